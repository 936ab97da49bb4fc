/**
 * Hugging Face Inference Providers, through Hugging Face's own client.
 *
 * The client retries a 503 without pause and drops the headers of errors. So its retries are off, and each call's
 * `fetch` is wrapped to keep status, headers and body of what came back: classification is the same as everywhere.
 */
import { InferenceClient } from "@huggingface/inference";
import { startDeadline } from "./clock.ts";
import type { HttpFailure } from "./failure.ts";
import { type Fetch, limitFetch } from "./limited-fetch.ts";
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
  describeSchema,
  knownRefusals,
  REFUSALS,
  type Refusal,
  refusalIn,
  replyTokens,
  toJsonSchema,
  wantsRoom,
  withTokensOf,
} from "./request-form.ts";
import { createTextFeed } from "./text-feed.ts";

interface Seen {
  response: HttpFailure | null;
}

export function createHfInference(settings: ServerSettings, deps: ServerDeps): ModelServer {
  const { id, apiKey, baseUrl } = settings;
  const { clock } = deps;
  const client = new InferenceClient(apiKey ?? "");
  const refusedBy = new Map<string, Set<Refusal>>();

  async function call(model: string, request: ChatRequest): Promise<CallOutcome> {
    const started = clock.now();
    const timeoutMs = Math.min(request.timeoutMs ?? CALL_TIMEOUT_MS, CALL_TIMEOUT_MS);
    const deadline = startDeadline(clock, timeoutMs, request.signal);
    const refused = refusedBy.get(model) ?? knownRefusals(model);
    refusedBy.set(model, refused);
    let thought: RawReply | null = null;
    try {
      for (let attempt = 0; ; attempt++) {
        const seen: Seen = { response: null };
        try {
          const raw = withTokensOf(thought, await exchange(model, request, refused, deadline.signal, seen));
          if (wantsRoom(raw, refused)) {
            refused.add("brevity");
            thought = raw;
            continue;
          }
          const asked = { model, request, latencyMs: clock.now() - started };
          return { result: toReply(id, asked, raw), status: 200, headers: seen.response?.headers ?? {} };
        } catch {
          if (request.signal?.aborted) return noResponse(CANCELLED);
          if (deadline.expired())
            return noResponse(unreachable(`${id} gave no answer within ${timeoutMs / 1_000} s`));
          // The client's error repeats request and reply; what is needed was seen, the rest is dropped.
          const { response } = seen;
          if (response === null) return noResponse(unreachable(`${id} cannot be reached`));
          const refusal = refusalIn(response.status, response.body, refused);
          if (refusal === null || attempt >= REFUSALS.length) return unusable(response);
          refused.add(refusal);
        }
      }
    } finally {
      deadline.end();
    }
  }

  function unusable(response: HttpFailure): CallOutcome {
    if (response.status >= 400) return failedResponse(settings, response, clock.now());
    const failure = invalidReply(`${id} answered something unreadable`);
    return { ...noResponse(failure), status: response.status, headers: response.headers };
  }

  async function exchange(
    model: string,
    request: ChatRequest,
    refused: ReadonlySet<Refusal>,
    signal: AbortSignal,
    seen: Seen,
  ): Promise<RawReply> {
    const schema = request.schema === undefined ? null : toJsonSchema(request.schema);
    const described =
      schema !== null && refused.has("schema")
        ? [{ role: "system" as const, content: describeSchema(schema) }]
        : [];
    const body = {
      model,
      endpointUrl: baseUrl,
      messages: [...described, ...request.messages.map(({ role, content }) => ({ role, content }))],
      max_tokens: replyTokens(request, refused),
      ...(refused.has("temperature") ? {} : { temperature: request.temperature }),
      ...(schema === null || refused.has("schema")
        ? {}
        : {
            response_format: {
              type: "json_schema" as const,
              json_schema: { name: "reply", schema: schema as Record<string, unknown> },
            },
          }),
    };
    const options = {
      signal,
      retry_on_error: false,
      fetch: watching(limitFetch(deps.fetch), seen) as typeof fetch,
    };
    if (request.onText === undefined) {
      const { choices, usage, model: named } = await client.chatCompletion(body, options);
      const [choice] = choices;
      if (choice === undefined) throw new Error("no choices");
      return {
        text: choice.message.content ?? "",
        model: named ?? "",
        tokensIn: usage?.prompt_tokens ?? 0,
        tokensOut: usage?.completion_tokens ?? 0,
        costUsd: null,
        cut: choice.finish_reason === "length",
      };
    }
    const feed = createTextFeed(request.onText);
    let raw: RawReply = { text: "", model: "", tokensIn: 0, tokensOut: 0, costUsd: null, cut: false };
    let finished = false;
    const stream = client.chatCompletionStream({ ...body, stream_options: { include_usage: true } }, options);
    for await (const { choices, usage, model: named } of stream) {
      const [choice] = choices;
      feed.add(choice?.delta.content ?? "");
      finished ||= (choice?.finish_reason ?? null) !== null;
      raw = {
        ...raw,
        model: named ?? raw.model,
        tokensIn: usage?.prompt_tokens ?? raw.tokensIn,
        tokensOut: usage?.completion_tokens ?? raw.tokensOut,
        cut: raw.cut || choice?.finish_reason === "length",
      };
    }
    if (!finished) {
      seen.response = null;
      throw new Error("the stream broke off");
    }
    return { ...raw, text: feed.text() };
  }

  return { id, call, models: (signal) => listModels(settings, deps, signal) };
}

/** Keeps what came back; the body only where it is an error. */
function watching(fetchRaw: Fetch, seen: Seen): Fetch {
  return async (input, init) => {
    const response = await fetchRaw(input, init);
    const headers = Object.fromEntries(response.headers);
    const body = response.ok ? "" : await response.clone().text();
    seen.response = { status: response.status, headers, body };
    return response;
  };
}
