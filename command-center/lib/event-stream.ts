/**
 * One spore's `GET /api/events` as parsed events. Read with fetch rather than EventSource, because only fetch can
 * send the token as a header (in the address it would end in logs).
 *
 * Invariants:
 * 1. After a break the stream resumes with `Last-Event-ID`; the spore sends what was missed, or `reset`.
 * 2. An id is remembered together with handing its event on, so nothing is skipped.
 * 3. Waiting grows from 1 s to 30 s with jitter, so a swarm that comes back is not met by a stampede.
 * 4. A stream that is silent for SILENCE_MS is taken for dead and reopened.
 */
import { type EventType, eventSchemas, type SporeEvent } from "@synapse/shared/contract/events.ts";
import { createParser } from "eventsource-parser";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { LivePhase } from "@/lib/live-state.ts";
import { authorization } from "@/lib/spore-client.ts";
import { callSpore } from "@/lib/transport.ts";

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** A refusal heals only by the commander's doing (a new token restarts the stream at once anyway). */
const REFUSED_RETRY_MS = 60_000;
/** Spores send a comment at least every 30 s; twice that is dead. */
const SILENCE_MS = 75_000;
/** One event carries at most one entry (16 KiB) and its frame; a longer one is hostile. */
const FRAME_CHARS_MAX = 256 * 1024;

export interface StreamHandlers {
  readonly onPhase: (
    phase: LivePhase,
    details: { retryAt?: number; attempts: number; cause?: string },
  ) => void;
  readonly onByte: () => void;
  /** Where to resume from; also for events this page does not know, and for ids that come without one. */
  readonly onId: (id: string) => void;
  readonly onEvent: (event: SporeEvent, id: string) => void;
}

/** Runs until `signal` aborts. `lastEventId` is where to resume; the id reached is kept by the caller via onEvent. */
export async function runStream(
  spore: ChosenSpore,
  start: string | null,
  handlers: StreamHandlers,
  signal: AbortSignal,
): Promise<void> {
  let lastEventId = start;
  let attempts = 0;
  const onId = (id: string) => {
    lastEventId = id;
    handlers.onId(id);
  };
  while (!signal.aborted) {
    handlers.onPhase("connecting", { attempts });
    const ended = await readOnce(spore, lastEventId, { ...handlers, onId }, signal, () => {
      attempts = 0;
    });
    if (signal.aborted) return;
    attempts += 1;
    const wait = ended.phase === "waiting" ? retryDelay(attempts, Math.random()) : REFUSED_RETRY_MS;
    handlers.onPhase(ended.phase, { retryAt: Date.now() + wait, attempts, cause: ended.cause });
    await sleep(wait, signal);
  }
}

/** Exponential with half jitter. @param random in [0, 1) */
export function retryDelay(attempts: number, random: number): number {
  const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.max(0, attempts - 1));
  return full / 2 + (full / 2) * random;
}

interface Ended {
  readonly phase: "waiting" | "unauthorised" | "unsupported";
  readonly cause: string;
}

async function readOnce(
  spore: ChosenSpore,
  lastEventId: string | null,
  handlers: StreamHandlers,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<Ended> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await callSpore(`${spore.url}/api/events`, {
      headers: {
        accept: "text/event-stream",
        ...authorization(spore),
        ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
      },
      signal: AbortSignal.any([signal, silence.signal]),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const refused = refusedBy(response);
    if (refused !== null || response.body === null) {
      return refused ?? { phase: "unsupported", cause: "The answer has no body" };
    }
    onOpen();
    handlers.onPhase("live", { attempts: 0 });
    const parser = parserFor(handlers);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { phase: "waiting", cause: "The spore ended the stream" };
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      handlers.onByte();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch {
    return { phase: "waiting", cause: silence.signal.aborted ? "Silent for too long" : "Connection lost" };
  } finally {
    clearTimeout(timer);
  }
}

function refusedBy(response: Response): Ended | null {
  if (response.status === 401 || response.status === 403) {
    return { phase: "unauthorised", cause: `HTTP ${response.status}` };
  }
  if (response.status >= 500 || response.status === 429) {
    return { phase: "waiting", cause: `HTTP ${response.status}` };
  }
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok || !type.startsWith("text/event-stream")) {
    return { phase: "unsupported", cause: "This spore offers no event stream" };
  }
  return null;
}

function parserFor(handlers: StreamHandlers) {
  return createParser({
    maxBufferSize: FRAME_CHARS_MAX,
    onId: handlers.onId,
    onEvent: ({ event = "", data, id = "" }) => {
      const parsed = parseEvent(event, data);
      if (parsed !== null) handlers.onEvent(parsed, id);
    },
  });
}

export function parseEvent(type: string, data: string): SporeEvent | null {
  if (!Object.hasOwn(eventSchemas, type)) return null;
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return null;
  }
  const parsed = eventSchemas[type as EventType].safeParse(json);
  return parsed.success ? ({ type, data: parsed.data } as SporeEvent) : null;
}

/** Leaves nothing behind on the signal, which outlives thousands of reconnects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
