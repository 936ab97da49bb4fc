/**
 * The part of the Hub's REST interface that `@huggingface/hub` does not have: what belongs to a running Space.
 *
 * Shapes follow the source of huggingface_hub (`HfApi.add_space_secret`, `get_space_runtime`, `fetch_space_logs` …).
 * Values of secrets are write-only; their description is readable, which is how a later run knows them again.
 */
import { ok } from "@synapse/shared/result.ts";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import { callRemote, failureOf, type patientFetch, type Remote, unreachable } from "../../remote-call.ts";

export interface HubAccess {
  readonly url: string;
  readonly token: string;
  readonly fetch: ReturnType<typeof patientFetch>;
}

/** `huggingface_hub.SpaceStage`; a stage that is not known is kept as it is called. */
export const STAGES_FAILED = new Set(["BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR"]);
export const STAGES_RESTING = new Set(["PAUSED", "SLEEPING", "STOPPED"]);

const runtimeSchema = z.looseObject({
  stage: z.string(),
  errorMessage: z.string().nullish(),
});
export type SpaceRuntime = z.infer<typeof runtimeSchema>;

const spaceSchema = z.looseObject({
  id: z.string(),
  sdk: z.string().nullish(),
  private: z.boolean().nullish(),
  /** public, protected or private; older answers have `private` only. */
  visibility: z.string().nullish(),
  host: z.string().nullish(),
  subdomain: z.string().nullish(),
  runtime: runtimeSchema.nullish(),
});
export type SpaceDetails = z.infer<typeof spaceSchema>;

const namedValuesSchema = z.record(
  z.string(),
  z.looseObject({ value: z.string().nullish(), description: z.string().nullish() }),
);
export type NamedValues = z.infer<typeof namedValuesSchema>;
export type ValueKind = "secrets" | "variables";

export interface NamedValue {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

const anything = z.unknown();
/** Logs that are only read to their present end: the Hub keeps the stream open, so silence is the end. */
const LOG_SILENCE_MS = 5_000;

export function spaceDetails(hub: HubAccess, id: string): Promise<Remote<SpaceDetails>> {
  return get(hub, `/api/spaces/${id}`, spaceSchema);
}

const datasetSchema = z.looseObject({ id: z.string(), private: z.boolean().nullish() });

export function datasetDetails(hub: HubAccess, id: string): Promise<Remote<z.infer<typeof datasetSchema>>> {
  return get(hub, `/api/datasets/${id}`, datasetSchema);
}

export function spaceRuntime(hub: HubAccess, id: string): Promise<Remote<SpaceRuntime>> {
  return get(hub, `/api/spaces/${id}/runtime`, runtimeSchema);
}

export function spaceValues(hub: HubAccess, id: string, kind: ValueKind): Promise<Remote<NamedValues>> {
  return get(hub, `/api/spaces/${id}/${kind}`, namedValuesSchema);
}

export async function setSpaceValue(
  hub: HubAccess,
  id: string,
  kind: ValueKind,
  value: NamedValue,
): Promise<Remote<unknown>> {
  return await send(hub, "POST", `/api/spaces/${id}/${kind}`, value);
}

export async function removeSpaceValue(
  hub: HubAccess,
  id: string,
  kind: ValueKind,
  key: string,
): Promise<Remote<unknown>> {
  return await send(hub, "DELETE", `/api/spaces/${id}/${kind}`, { key });
}

export async function restartSpace(hub: HubAccess, id: string): Promise<Remote<unknown>> {
  return await send(hub, "POST", `/api/spaces/${id}/restart`);
}

export async function pauseSpace(hub: HubAccess, id: string): Promise<Remote<unknown>> {
  return await send(hub, "POST", `/api/spaces/${id}/pause`);
}

export async function setSpaceVisibility(
  hub: HubAccess,
  id: string,
  visibility: string,
): Promise<Remote<unknown>> {
  return await send(hub, "PUT", `/api/spaces/${id}/settings`, { visibility });
}

/** The lines of the build or of the run, oldest first; ends at silence, or with `signal` when it is followed. */
export async function* spaceLogs(
  hub: HubAccess,
  id: string,
  kind: "build" | "run",
  following: AbortSignal | null,
): AsyncGenerator<Remote<string>> {
  const path = `/api/spaces/${id}/logs/${kind}`;
  const silence = new AbortController();
  const signal = following ?? silence.signal;
  let timer: Timer | undefined;
  const listen = () => {
    clearTimeout(timer);
    if (following === null) timer = setTimeout(() => silence.abort(), LOG_SILENCE_MS);
  };
  listen();
  try {
    const response = await fetch(`${hub.url}${path}`, {
      headers: { Authorization: `Bearer ${hub.token}`, Accept: "text/event-stream" },
      redirect: "error",
      signal,
    });
    if (!response.ok || response.body === null) {
      const text = await response.text();
      yield { ok: false, error: failureOf(response.status, `GET ${path}`, undefined, text, [hub.token]) };
      return;
    }
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { data } of events) {
      listen();
      const line = logLine(data);
      if (line !== null) yield ok(line);
    }
  } catch (error) {
    // Silence, or nobody follows any more: both are how it is meant to end.
    if (!signal.aborted) yield { ok: false, error: unreachable(new URL(hub.url).host, error) };
  } finally {
    clearTimeout(timer);
  }
}

/** `{"data": "…", "timestamp": "…"}`; keep-alives are empty. */
function logLine(data: string): string | null {
  if (!data.startsWith("{")) return null;
  try {
    const parsed = JSON.parse(data) as { data?: unknown };
    return typeof parsed.data === "string" ? parsed.data.replace(/\r?\n$/, "") : null;
  } catch {
    // A line that is no event of this kind has nothing to show.
    return null;
  }
}

function get<T>(hub: HubAccess, path: string, schema: z.ZodType<T>): Promise<Remote<T>> {
  return callRemote(hub.fetch, { method: "GET", url: `${hub.url}${path}`, token: hub.token }, schema);
}

function send(hub: HubAccess, method: "POST" | "PUT" | "DELETE", path: string, json?: unknown) {
  const call = {
    method,
    url: `${hub.url}${path}`,
    token: hub.token,
    ...(json === undefined ? {} : { json }),
  };
  return callRemote(hub.fetch, call, anything);
}
