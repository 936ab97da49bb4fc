/**
 * What the chain needs of a server of models, whichever client speaks to it, and what all clients do the same way.
 *
 * Invariants that the acceptance suite holds every adapter to (tests/support/model-server-suite.ts):
 * 1. One outcome for every call: a reply with text, or a classified failure. Nothing is thrown.
 * 2. No message of an outcome holds the key, the prompt or words of the server.
 * 3. Every call ends: by the caller's signal, or by a time-out over the whole of it, body included.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { readErrorBody } from "./error-body.ts";
import { classifyHttpFailure, type HttpFailure, type LimitDialect, PLAIN_DIALECT } from "./failure.ts";
import type { Headers } from "./limit-headers.ts";
import { type Fetch, limitFetch } from "./limited-fetch.ts";
import type { ChatFailure, ChatReply, ChatRequest } from "./provider.ts";
import { readStructured } from "./structured-reply.ts";
import { stripThinking } from "./thinking.ts";

export interface ServerSettings {
  /** Short and stable: it names the provider in entries, events and metrics. */
  readonly id: string;
  /** Normalised (base-url.ts), without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly dialect?: LimitDialect;
}

export interface ServerDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
}

export interface CallOutcome {
  readonly result: Result<ChatReply, ChatFailure>;
  /** Null when there was no response at all. */
  readonly status: number | null;
  /** The response's headers, lower-case, and those a router repeats in its body: they say what is left of a quota. */
  readonly headers: Headers;
}

export interface ModelServer {
  readonly id: string;
  call(model: string, request: ChatRequest): Promise<CallOutcome>;
  /** Ids of the chat models the server offers, in its own order. */
  models(signal?: AbortSignal): Promise<Result<readonly string[], ChatFailure>>;
  /** True where a look at that list costs nothing: it is not spared while nothing is known. */
  readonly listsFreely?: boolean;
}

/** What a client read off a good response. */
export interface RawReply {
  readonly text: string;
  /** As the server names it; empty where it does not. */
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** What the provider says the call cost, US dollars; null where it does not say. */
  readonly costUsd: number | null;
  /** True where the reply ended because its tokens were spent. */
  readonly cut: boolean;
}

/** A slow local model needs minutes for a long reply; nobody waits longer for one contribution. */
export const CALL_TIMEOUT_MS = 180_000;
/** A list of models is one small page. */
const MODELS_TIMEOUT_MS = 10_000;
/** Ids of models that cannot chat, as the lists of servers name them. */
const NOT_CHAT =
  /embed|whisper|tts|rerank|moderation|guard|dall-e|imagen|veo|stable-diffusion|transcribe|realtime|audio|image/i;
const modelsSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string().min(1).max(200) })) });

export function toReply(
  provider: string,
  asked: { readonly model: string; readonly request: ChatRequest; readonly latencyMs: number },
  raw: RawReply,
): Result<ChatReply, ChatFailure> {
  const { request, latencyMs } = asked;
  const text = stripThinking(raw.text);
  if (text === "") {
    return err(
      invalidReply(
        raw.cut ? `${provider} spent all tokens on thinking` : `${provider} answered with no text`,
      ),
    );
  }
  const reply: ChatReply = {
    text,
    provider,
    model: raw.model || asked.model,
    tokensIn: raw.tokensIn,
    tokensOut: raw.tokensOut,
    costUsd: raw.costUsd,
    latencyMs,
  };
  const read = request.schema === undefined ? null : readStructured(text, request.schema);
  return ok(read?.ok ? { ...reply, value: read.value } : reply);
}

/** A response that was no good, classified; the headers a router repeats in its body are added. */
export function failedResponse(
  { id, dialect = PLAIN_DIALECT }: Pick<ServerSettings, "id" | "dialect">,
  failure: HttpFailure,
  nowMs: number,
): CallOutcome {
  return {
    result: err(classifyHttpFailure(id, failure, nowMs, dialect)),
    status: failure.status,
    headers: { ...readErrorBody(failure.body, nowMs).headers, ...failure.headers },
  };
}

export function noResponse(failure: ChatFailure): CallOutcome {
  return { result: err(failure), status: null, headers: {} };
}

export function unreachable(message: string): ChatFailure {
  return { kind: "unreachable", retryable: true, message };
}

export function invalidReply(message: string): ChatFailure {
  return { kind: "invalid_reply", retryable: true, message };
}

export const CANCELLED: ChatFailure = { kind: "cancelled", retryable: false, message: "cancelled" };

/** `GET {base}/models`, as every server in the catalogue answers it. */
export async function listModels(
  settings: ServerSettings,
  { fetch, clock }: ServerDeps,
  signal?: AbortSignal,
  timeoutMs = MODELS_TIMEOUT_MS,
): Promise<Result<readonly string[], ChatFailure>> {
  const { id, baseUrl, apiKey } = settings;
  // A list has no meaning in simulated time: it is fetched in real time or not at all.
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await limitFetch(fetch)(`${baseUrl}/models`, {
      headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const body = await response.text();
    if (!response.ok) {
      const headers = Object.fromEntries(response.headers);
      const failure = { status: response.status, headers, body };
      return failedResponse(settings, failure, clock.now()).result as Result<never, ChatFailure>;
    }
    const list = modelsSchema.safeParse(JSON.parse(body));
    if (!list.success) return err(invalidReply(`${id} answered no list of models`));
    return ok(
      list.data.data
        // Google lists `models/gemini-…`, and takes the name without its folder.
        .map((entry) => entry.id.replace(/^models\//, ""))
        .filter((model) => !NOT_CHAT.test(model))
        // Names are shown to everybody.
        .filter((model) => apiKey === null || !model.includes(apiKey)),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return err(invalidReply(`${id} answered no list of models`));
    return err(unreachable(`${id} cannot be reached`));
  }
}
