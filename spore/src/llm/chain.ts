/**
 * From settings to one model for the whole spore, and the account of everything that was asked of it.
 *
 * The embedded extractive reasoner stands outside the chain of models: it is used where `model` is null or fails, it
 * is always labelled as what it is, and its use is counted here like any other provider's.
 */

import type { Providers } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { type Account, createAccounts, type ProviderEvent, type ProviderState } from "./accounts.ts";
import {
  EXTRACTIVE_MODEL,
  EXTRACTIVE_PROVIDER,
  type ExtractiveInput,
  type ExtractiveReply,
  reasonExtractively,
} from "./extractive.ts";
import { createOpenAiCompatible, type ServerDeps } from "./openai-compatible.ts";
import type { ChatFailure, ChatModel, ChatReply } from "./provider.ts";
import type { EndpointSettings, ModelSettings } from "./settings.ts";

export interface ModelChain {
  /** Null when no provider is configured: the spore then reasons with `extract` alone. */
  readonly model: ChatModel | null;
  /** The embedded reasoner, counted. */
  extract(input: ExtractiveInput): ExtractiveReply;
  /** The body of `GET /api/providers`. */
  describe(): Providers;
  /** What produced the last answer, for health. */
  lastUsed(): { readonly provider: string; readonly model: string } | null;
  /** A provider changed state. The returned function ends it. */
  subscribe(listener: (event: ProviderEvent) => void): () => void;
}

const ENDPOINT_ID = "endpoint";
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  [ENDPOINT_ID]: "OpenAI-compatible endpoint",
  [EXTRACTIVE_PROVIDER]: "Embedded extractive reasoner (no model)",
};
/** A limit without a stated end is tried again after this. */
const LIMITED_MS = 60_000;
/** A server that cannot be reached is tried again after 2 s, then 4 s … up to a minute. */
const FAILING_MS_MIN = 2_000;
const FAILING_MS_MAX = 60_000;
/** A refused key or a used-up balance is mended by a person; asking once in this time notices it. */
const OFF_MS = 15 * 60_000;

export function createChatModel(settings: ModelSettings, deps: ServerDeps): ModelChain {
  const accounts = createAccounts();
  let last: ReturnType<ModelChain["lastUsed"]> = null;

  const endpoint = settings.endpoint;
  const ask = endpoint === null ? null : createEndpoint(endpoint, deps, accounts);
  const model: ChatModel | null =
    ask === null
      ? null
      : {
          async ask(request) {
            const result = await ask(request);
            if (result.ok) last = { provider: result.value.provider, model: result.value.model };
            return result;
          },
        };

  return {
    model,
    extract(input) {
      const started = deps.now();
      const reply = reasonExtractively(input);
      last = { provider: EXTRACTIVE_PROVIDER, model: EXTRACTIVE_MODEL };
      accounts.succeeded(EXTRACTIVE_PROVIDER, {
        text: reply.hypothesis,
        provider: EXTRACTIVE_PROVIDER,
        model: EXTRACTIVE_MODEL,
        tokensIn: 0,
        tokensOut: 0,
        latencyMs: deps.now() - started,
      });
      return reply;
    },
    describe() {
      const ids = [...(endpoint === null ? [] : [ENDPOINT_ID]), EXTRACTIVE_PROVIDER];
      return { providers: ids.map((id) => describeOne(id, accounts.of(id))) };
    },
    lastUsed: () => last,
    subscribe: accounts.subscribe,
  };
}

function describeOne(id: string, account: Readonly<Account>): Providers["providers"][number] {
  const answered = account.calls - account.failures;
  return {
    id,
    name: PROVIDER_NAMES[id] ?? id,
    configured: true,
    state: id === EXTRACTIVE_PROVIDER ? "ready" : account.state,
    reason: account.reason,
    models: id === EXTRACTIVE_PROVIDER ? [EXTRACTIVE_MODEL] : [...account.models],
    calls: account.calls,
    failures: account.failures,
    tokens_in: account.tokensIn,
    tokens_out: account.tokensOut,
    latency_ms_mean: answered === 0 ? null : account.latencyMsTotal / answered,
  };
}

/** One server with its model and its pauses: it is not called again before a failure's time has passed. */
function createEndpoint(
  settings: EndpointSettings,
  deps: ServerDeps,
  accounts: ReturnType<typeof createAccounts>,
): ChatModel["ask"] {
  const server = createOpenAiCompatible({ id: ENDPOINT_ID, ...settings }, deps);
  let chosen = settings.model;
  let pause: { readonly until: number; readonly failure: ChatFailure } | null = null;
  let misses = 0;

  function note(failure: ChatFailure): Result<ChatReply, ChatFailure> {
    // Neither says anything about the server: the caller stopped, or asked for too much.
    if (failure.kind === "cancelled" || failure.kind === "context_too_long") return err(failure);
    const { state, waitMs } = consequenceOf(failure, misses, deps.now());
    misses += 1;
    if (waitMs > 0) pause = { until: deps.now() + waitMs, failure };
    if (failure.kind === "model_gone") chosen = settings.model;
    accounts.failed(ENDPOINT_ID, failure, state);
    return err(failure);
  }

  async function findModel(signal: AbortSignal | undefined): Promise<Result<string, ChatFailure>> {
    const listed = await server.models(signal);
    if (!listed.ok) return listed;
    accounts.found(ENDPOINT_ID, listed.value);
    const [first] = listed.value;
    if (first !== undefined) return ok(first);
    return err({ kind: "model_gone", retryable: false, message: `${ENDPOINT_ID} offers no chat model` });
  }

  return async (request) => {
    if (pause !== null && deps.now() < pause.until) return err(pause.failure);
    const found = chosen === null ? await findModel(request.signal) : ok(chosen);
    if (!found.ok) return note(found.error);
    chosen = found.value;
    const { result } = await server.call(chosen, request);
    if (!result.ok) return note(result.error);
    pause = null;
    misses = 0;
    accounts.succeeded(ENDPOINT_ID, result.value);
    return result;
  };
}

/** What a failure means for the server's state, and for how long it is left alone. */
function consequenceOf(
  failure: ChatFailure,
  misses: number,
  nowMs: number,
): { readonly state: ProviderState; readonly waitMs: number } {
  switch (failure.kind) {
    case "rate_limited":
      return { state: "limited", waitMs: failure.retryAfterMs ?? LIMITED_MS };
    case "exhausted":
      return { state: "limited", waitMs: failure.untilMs === null ? OFF_MS : failure.untilMs - nowMs };
    case "unauthorised":
    case "model_gone":
      return { state: "off", waitMs: OFF_MS };
    case "unreachable":
      return { state: "failing", waitMs: Math.min(FAILING_MS_MAX, FAILING_MS_MIN * 2 ** misses) };
    case "invalid_reply":
      return { state: "failing", waitMs: 0 };
    case "context_too_long":
    case "cancelled":
    case "no_provider":
      return { state: "ready", waitMs: 0 };
  }
}
