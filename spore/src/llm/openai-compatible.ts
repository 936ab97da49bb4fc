/**
 * One server that speaks the OpenAI chat completions API: a hosted provider, Ollama, LM Studio, llama.cpp, vLLM.
 *
 * Requests are written and replies read by the AI SDK's provider layer, whose `doGenerate` makes exactly one HTTP
 * request: retries, waiting and choice of server belong to the chain, which knows the quotas.
 *
 * Invariants:
 * 1. One outcome for every call: a reply with text, or a classified failure. Nothing is thrown.
 * 2. No message of an outcome holds the key, the prompt or words of the server.
 * 3. Every call ends: by the caller's signal, or by a time-out over the whole of it, body included.
 * 4. JSON is asked for by schema; a server that refuses that is asked again without, once, and remembered.
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
} from "@ai-sdk/provider";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import { classifyHttpFailure } from "./failure.ts";
import { ConnectionFailed, type Fetch, limitFetch } from "./limited-fetch.ts";
import type { ChatFailure, ChatReply, ChatRequest } from "./provider.ts";
import { readStructured } from "./structured-reply.ts";
import { stripThinking } from "./thinking.ts";

export interface ServerSettings {
  /** Short and stable: it names the provider in entries, events and metrics. */
  readonly id: string;
  /** Normalised (base-url.ts), without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
}

export interface ServerDeps {
  readonly fetch: Fetch;
  readonly now: () => number;
}

export interface CallOutcome {
  readonly result: Result<ChatReply, ChatFailure>;
  /** Null when there was no response at all. */
  readonly status: number | null;
  /** The response's headers, lower-case: they say what is left of a quota. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ModelServer {
  readonly id: string;
  call(model: string, request: ChatRequest): Promise<CallOutcome>;
  /** Ids of the chat models the server offers, in its own order. */
  models(signal?: AbortSignal): Promise<Result<readonly string[], ChatFailure>>;
}

/** A slow local model needs minutes for a long reply; nobody waits longer for one contribution. */
export const CALL_TIMEOUT_MS = 180_000;
/** A list of models is one small page. */
const MODELS_TIMEOUT_MS = 10_000;
/** Ids of models that cannot chat, as the lists of servers name them. */
const NOT_CHAT =
  /embed|whisper|tts|rerank|moderation|guard|dall-e|imagen|veo|stable-diffusion|transcribe|realtime/i;
const modelsSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string().min(1).max(200) })) });

type JsonSupport = "schema" | "object";

export function createOpenAiCompatible(settings: ServerSettings, deps: ServerDeps): ModelServer {
  const { id, apiKey } = settings;
  const fetch = limitFetch(deps.fetch);
  const provider = createOpenAICompatible({
    name: id,
    baseURL: settings.baseUrl,
    ...(apiKey === null ? {} : { apiKey }),
    supportsStructuredOutputs: true,
    // The SDK's type asks for members of `fetch` (preconnect) that it never calls.
    fetch: fetch as typeof globalThis.fetch,
  });
  let jsonSupport: JsonSupport = "schema";

  async function call(model: string, request: ChatRequest): Promise<CallOutcome> {
    const started = deps.now();
    const timeoutMs = Math.min(request.timeoutMs ?? CALL_TIMEOUT_MS, CALL_TIMEOUT_MS);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    try {
      const generated = await generate(model, request, signal);
      return {
        result: toReply(id, model, request, generated, deps.now() - started),
        status: 200,
        headers: generated.response?.headers ?? {},
      };
    } catch (error) {
      if (request.signal?.aborted)
        return noResponse({ kind: "cancelled", retryable: false, message: "cancelled" });
      if (timeout.aborted)
        return noResponse(unreachable(`${id} gave no answer within ${timeoutMs / 1_000} s`));
      return toFailure(id, error, deps.now());
    }
  }

  async function generate(model: string, request: ChatRequest, signal: AbortSignal) {
    const asked = jsonSupport;
    try {
      return await provider.chatModel(model).doGenerate(toCallOptions(request, asked, signal));
    } catch (error) {
      if (request.schema === undefined || asked === "object" || !refusesSchema(error)) throw error;
      jsonSupport = "object";
      return await provider.chatModel(model).doGenerate(toCallOptions(request, "object", signal));
    }
  }

  async function models(signal?: AbortSignal): Promise<Result<readonly string[], ChatFailure>> {
    const timeout = AbortSignal.timeout(MODELS_TIMEOUT_MS);
    try {
      const response = await fetch(`${settings.baseUrl}/models`, {
        headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const body = await response.text();
      if (!response.ok) {
        const headers = Object.fromEntries(response.headers);
        return err(classifyHttpFailure(id, { status: response.status, headers, body }, deps.now()));
      }
      const list = modelsSchema.safeParse(JSON.parse(body));
      if (!list.success) return err(invalidReply(`${id} answered no list of models`));
      return ok(list.data.data.map((entry) => entry.id).filter((model) => !NOT_CHAT.test(model)));
    } catch (error) {
      if (error instanceof SyntaxError) return err(invalidReply(`${id} answered no list of models`));
      return err(unreachable(`${id} cannot be reached`));
    }
  }

  return { id, call, models };
}

function toCallOptions(
  request: ChatRequest,
  json: JsonSupport,
  signal: AbortSignal,
): LanguageModelV4CallOptions {
  const schema = request.schema === undefined ? null : toSchema(request.schema);
  const described =
    schema === null || json === "schema"
      ? []
      : [
          {
            role: "system" as const,
            content: `Reply with one JSON value of this JSON schema:\n${JSON.stringify(schema)}`,
          },
        ];
  return {
    prompt: [
      ...described,
      ...request.messages.map(({ role, content }) =>
        role === "system" ? { role, content } : { role, content: [{ type: "text" as const, text: content }] },
      ),
    ],
    temperature: request.temperature,
    maxOutputTokens: request.maxTokens,
    abortSignal: signal,
    ...(schema === null
      ? {}
      : {
          responseFormat:
            json === "schema" ? { type: "json" as const, schema, name: "reply" } : { type: "json" as const },
        }),
  };
}

function toSchema(schema: z.ZodType): object {
  // `$schema` names the dialect; some servers refuse members they do not know.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return rest;
}

/** Servers say in many ways that they do not know `json_schema`; all of them name the field or the feature. */
function refusesSchema(error: unknown): boolean {
  if (!APICallError.isInstance(error)) return false;
  const { statusCode, responseBody } = error;
  return (
    (statusCode === 400 || statusCode === 422 || statusCode === 501) &&
    /response_?format|json_?schema|structured|grammar|schema/i.test(responseBody ?? "")
  );
}

function toReply(
  id: string,
  model: string,
  request: ChatRequest,
  generated: LanguageModelV4GenerateResult,
  latencyMs: number,
): Result<ChatReply, ChatFailure> {
  const raw = generated.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  const text = stripThinking(raw);
  if (text === "") {
    const cut = generated.finishReason.unified === "length";
    return err(invalidReply(cut ? `${id} spent all tokens on thinking` : `${id} answered with no text`));
  }
  const reply: ChatReply = {
    text,
    provider: id,
    model: (generated.response?.modelId ?? "") || model,
    tokensIn: generated.usage.inputTokens.total ?? 0,
    tokensOut: generated.usage.outputTokens.total ?? 0,
    latencyMs,
  };
  const read = request.schema === undefined ? null : readStructured(text, request.schema);
  return ok(read?.ok ? { ...reply, value: read.value } : reply);
}

function toFailure(id: string, error: unknown, nowMs: number): CallOutcome {
  const {
    statusCode: status,
    responseHeaders: headers = {},
    responseBody: body = "",
  } = APICallError.isInstance(error) ? error : {};
  // The SDK wraps some connection errors and passes others on.
  const noConnection = error instanceof ConnectionFailed || (APICallError.isInstance(error) && !status);
  if (noConnection) return noResponse(unreachable(`${id} cannot be reached`));
  if (status === undefined || status < 400) {
    const failure = invalidReply(`${id} answered something unreadable`);
    return { result: err(failure), status: status ?? null, headers };
  }
  return { result: err(classifyHttpFailure(id, { status, headers, body }, nowMs)), status, headers };
}

function noResponse(failure: ChatFailure): CallOutcome {
  return { result: err(failure), status: null, headers: {} };
}

function unreachable(message: string): ChatFailure {
  return { kind: "unreachable", retryable: true, message };
}

function invalidReply(message: string): ChatFailure {
  return { kind: "invalid_reply", retryable: true, message };
}
