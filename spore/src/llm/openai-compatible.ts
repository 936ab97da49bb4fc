/**
 * One server that speaks the OpenAI chat completions API: a hosted provider, Ollama, LM Studio, llama.cpp, vLLM.
 *
 * Requests are written and replies read by the AI SDK's provider layer, which makes one HTTP request and retries
 * nothing: waiting and choice of server belong to the chain, which knows the quotas. A member that a model refuses is
 * left out from then on (request-form.ts). With `onText` the reply is streamed.
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, type LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { startDeadline } from "./clock.ts";
import { statusInBody } from "./error-body.ts";
import { ConnectionFailed, limitFetch } from "./limited-fetch.ts";
import {
  CALL_TIMEOUT_MS,
  CANCELLED,
  type CallOutcome,
  failedResponse,
  invalidReply,
  listModels,
  type ModelServer,
  noResponse,
  type RawReply,
  type ServerDeps,
  type ServerSettings,
  toReply,
  unreachable,
} from "./model-server.ts";
import type { ChatRequest } from "./provider.ts";
import {
  knownRefusals,
  REFUSALS,
  type Refusal,
  refusalIn,
  toBody,
  toCallOptions,
  wantsRoom,
  withTokensOf,
} from "./request-form.ts";
import { createTextFeed } from "./text-feed.ts";

/** What one exchange yielded: the reply as it stands, and its headers. */
interface Exchange {
  readonly raw: RawReply;
  readonly headers: Readonly<Record<string, string>>;
}

export function createOpenAiCompatible(settings: ServerSettings, deps: ServerDeps): ModelServer {
  const { id, apiKey } = settings;
  const { clock } = deps;
  const fetch = limitFetch(deps.fetch);
  const refusedBy = new Map<string, Set<Refusal>>();
  const provider = createOpenAICompatible({
    name: id,
    baseURL: settings.baseUrl,
    ...(apiKey === null ? {} : { apiKey }),
    supportsStructuredOutputs: true,
    includeUsage: true,
    transformRequestBody: (body) =>
      toBody(body, refusedBy.get(String(body.model)) ?? knownRefusals(String(body.model))),
    // The SDK's type asks for members of `fetch` (preconnect) that it never calls.
    fetch: fetch as typeof globalThis.fetch,
  });

  async function call(model: string, request: ChatRequest): Promise<CallOutcome> {
    const started = clock.now();
    const timeoutMs = Math.min(request.timeoutMs ?? CALL_TIMEOUT_MS, CALL_TIMEOUT_MS);
    const deadline = startDeadline(clock, timeoutMs, request.signal);
    try {
      const { raw, headers } = await exchangeAdapting(model, request, deadline.signal);
      const asked = { model, request, latencyMs: clock.now() - started };
      return { result: toReply(id, asked, raw), status: 200, headers };
    } catch (error) {
      if (request.signal?.aborted) return noResponse(CANCELLED);
      if (deadline.expired())
        return noResponse(unreachable(`${id} gave no answer within ${timeoutMs / 1_000} s`));
      return toFailure(error);
    } finally {
      deadline.end();
    }
  }

  /** Asks again without what the model refuses, at most once for each member that can be left out. */
  async function exchangeAdapting(
    model: string,
    request: ChatRequest,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const refused = refusedBy.get(model) ?? knownRefusals(model);
    refusedBy.set(model, refused);
    let thought: RawReply | null = null;
    for (let attempt = 0; ; attempt++) {
      try {
        const exchanged = await exchange(model, request, refused, signal);
        const raw = withTokensOf(thought, exchanged.raw);
        if (!wantsRoom(raw, refused)) return { ...exchanged, raw };
        refused.add("brevity");
        thought = raw;
      } catch (error) {
        if (!APICallError.isInstance(error) || attempt >= REFUSALS.length) throw error;
        const refusal = refusalIn(error.statusCode ?? 0, error.responseBody ?? "", refused);
        if (refusal === null) throw error;
        refused.add(refusal);
      }
    }
  }

  async function exchange(
    model: string,
    request: ChatRequest,
    refused: ReadonlySet<Refusal>,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const options = toCallOptions(request, refused, signal);
    if (request.onText !== undefined) {
      const { stream, response } = await provider.chatModel(model).doStream(options);
      return { raw: await readStream(stream, request.onText), headers: response?.headers ?? {} };
    }
    const generated = await provider.chatModel(model).doGenerate(options);
    const { usage, finishReason, response, content } = generated;
    return {
      raw: {
        text: content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(""),
        model: response?.modelId ?? "",
        tokensIn: usage.inputTokens.total ?? 0,
        tokensOut: usage.outputTokens.total ?? 0,
        costUsd: costIn(usage.raw),
        cut: finishReason.unified === "length",
      },
      headers: response?.headers ?? {},
    };
  }

  function toFailure(error: unknown): CallOutcome {
    const {
      statusCode: status,
      responseHeaders: headers = {},
      responseBody: body = "",
    } = APICallError.isInstance(error) ? error : {};
    // The SDK wraps some connection errors and passes others on.
    const noConnection = error instanceof ConnectionFailed || (APICallError.isInstance(error) && !status);
    if (noConnection) return noResponse(unreachable(`${id} cannot be reached`));
    const stated = status !== undefined && status < 400 ? statusInBody(body) : status;
    if (stated === undefined || stated === null) {
      return {
        ...noResponse(invalidReply(`${id} answered something unreadable`)),
        status: status ?? 200,
        headers,
      };
    }
    return failedResponse(settings, { status: stated, headers, body }, clock.now());
  }

  return { id, call, models: (signal) => listModels(settings, deps, signal) };
}

async function readStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  onText: NonNullable<ChatRequest["onText"]>,
): Promise<RawReply> {
  const feed = createTextFeed(onText);
  let raw: RawReply = { text: "", model: "", tokensIn: 0, tokensOut: 0, costUsd: null, cut: false };
  let finished = false;
  for await (const part of stream) {
    switch (part.type) {
      case "text-delta":
        feed.add(part.delta);
        break;
      case "response-metadata":
        raw = { ...raw, model: part.modelId ?? raw.model };
        break;
      case "error":
        throw part.error;
      case "finish":
        finished = true;
        raw = {
          ...raw,
          tokensIn: part.usage.inputTokens.total ?? 0,
          tokensOut: part.usage.outputTokens.total ?? 0,
          costUsd: costIn(part.usage.raw),
          cut: part.finishReason.unified === "length",
        };
        // A stream that breaks off ends as well, but names no reason: half an answer is none.
        if (part.finishReason.raw === undefined) finished = false;
        break;
    }
  }
  if (!finished) throw new ConnectionFailed("the stream broke off");
  return { ...raw, text: feed.text() };
}

/** OpenRouter states what a call cost among its usage. */
function costIn(usage: { readonly [key: string]: unknown } | undefined): number | null {
  const cost = usage?.cost;
  return typeof cost === "number" && Number.isFinite(cost) && cost >= 0 ? cost : null;
}
