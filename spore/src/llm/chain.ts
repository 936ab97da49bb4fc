/**
 * From settings to one model for the whole spore: who can be asked, what is known of their quotas, what it all cost.
 *
 * The embedded extractive reasoner stands outside the chain of models: it is used where every model fails, it is
 * always labelled as what it is, and its use is counted here like any other provider's.
 */

import type { Providers } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { createAccounts, type ProviderEvent } from "./accounts.ts";
import { type BudgetLimits, createBudget, dayOf, type Reservation, type Spending, usdFor } from "./budget.ts";
import { type Offer, orderOffers } from "./candidates.ts";
import { describeChain, stateOf } from "./chain-report.ts";
import { type ChainState, type ChainStore, createStateSaver, NO_STATE } from "./chain-state.ts";
import type { Clock } from "./clock.ts";
import { dispatch, type Refusal } from "./dispatch.ts";
import {
  EXTRACTIVE_MODEL,
  EXTRACTIVE_PROVIDER,
  type ExtractiveInput,
  type ExtractiveReply,
  reasonExtractively,
} from "./extractive.ts";
import { readMeters } from "./limit-headers.ts";
import type { Fetch } from "./limited-fetch.ts";
import { findLocalServers } from "./local-servers.ts";
import { createModelDirectory, type Listing } from "./model-directory.ts";
import { invalidReply, type ModelServer, noResponse, unreachable } from "./model-server.ts";
import { createOpenAiCompatible } from "./openai-compatible.ts";
import type { ChatFailure, ChatModel, ChatReply, ChatRequest } from "./provider.ts";
import { createQuotaLedger } from "./quota-ledger.ts";
import { knownRefusals, replyTokens, THINKING_ROOM_TOKENS } from "./request-form.ts";
import type { ModelSettings } from "./settings.ts";
import { configuredSources, isForwarded, localSource, poolName, type Source } from "./sources.ts";

export interface ChainDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Which place this spore takes in taking turns (candidates.ts). */
  readonly seat: number;
  /** Read at each use. */
  readonly budget: () => BudgetLimits;
  /** Where limits and spending survive a restart; null in tests that need no such thing. */
  readonly store: ChainStore | null;
  /** The local model: last in the chain. */
  readonly cortex: ModelServer | null;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export type ModelChain = Awaited<ReturnType<typeof createModelChain>>;

/** How often servers on this machine are looked for again while nothing else can be asked. */
const LOOK_AGAIN_MS = 30_000;
/** Tokens of a text, estimated low (to know what fits) and high (to know what it may cost), bytes per token. */
const BYTES_PER_TOKEN = 4;
const BYTES_PER_TOKEN_MIN = 3;

export async function createModelChain(settings: ModelSettings, deps: ChainDeps) {
  const { clock, fetch } = deps;
  const saved = (await deps.store?.load()) ?? NO_STATE;
  const sources = new Map<string, Source>(
    configuredSources(settings, deps.cortex, deps).map((one) => [one.id, one]),
  );
  const accounts = createAccounts();
  const ledger = createQuotaLedger((id) => sources.get(id)?.terms, deps.random, saved.ledger);
  const budget = createBudget(deps.budget, saved.budget);
  const directory = createModelDirectory({
    sources,
    clock,
    onListing: () => saver.changed(),
    onFailure: tellUnlisted,
    saved: listingsById(sources, saved.listings),
  });
  const waiting = new Set<() => void>();
  let last: { readonly provider: string; readonly model: string } | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  function state(): ChainState {
    const listings = Object.fromEntries(
      Object.entries(directory.save()).map(([id, listing]) => [
        sources.get(id)?.terms.account ?? id,
        listing,
      ]),
    );
    return { ledger: ledger.save(clock.now()), budget: budget.save(), listings };
  }
  const saver = createStateSaver({ store: deps.store, clock, state, warn: deps.warn });

  function offers(request?: ChatRequest): readonly Offer[] {
    const open = [...sources.values()].filter((one) => one.onThisMachine || !request?.onThisMachine);
    const stays = (model: string): boolean => !request?.onThisMachine || !isForwarded(model);
    const all = open.flatMap((source) =>
      directory
        .modelsOf(source.id)
        .filter(stays)
        .map(
          (model): Offer => ({
            provider: source.id,
            model,
            pool: poolName(source.quota, model),
            source: source.class,
          }),
        ),
    );
    return orderOffers(all, deps.seat);
  }

  function refusal(offer: Offer, request: ChatRequest): Refusal | null {
    const source = sources.get(offer.provider) as Source;
    const skip = ledger.skip(offer, neededTokens(source, offer, request), request.purpose, clock.now());
    if (skip !== null || !source.metered) return skip;
    const reason = budget.refusal(request.task ?? null, mostOf(source, request), clock.now());
    return reason === null ? null : { kind: "budget", reason, until: null };
  }

  async function call(offer: Offer, request: ChatRequest): Promise<Result<ChatReply, ChatFailure>> {
    const source = sources.get(offer.provider) as Source;
    const lease = ledger.lease(offer, neededTokens(source, offer, request), clock.now());
    const reservation = source.metered
      ? budget.reserve(offer.provider, request.task ?? null, mostOf(source, request), clock.now())
      : null;
    const {
      result: answered,
      status,
      headers,
    } = await source.server.call(offer.model, request).catch((cause: unknown) => {
      // Adapters do not throw; should one do so, its lease still comes back.
      deps.warn("a model's adapter failed", { provider: source.id, cause: nameOf(cause) });
      return noResponse(unreachable(`${source.id} cannot be asked`));
    });
    const result = answered.ok ? accept(source, answered.value) : answered;
    const { tokensIn = 0, tokensOut = 0 } = result.ok ? result.value : {};
    const now = clock.now();
    const failure = result.ok ? null : result.error;
    const meters = readMeters(headers, source.terms.dialect.windows, now);
    ledger.settle(lease, { failure, status, meters, tokens: tokensIn + tokensOut }, now);
    if (reservation !== null) budget.book(reservation, usedBy(result, reservation, source));
    if (result.ok) accounts.succeeded(source.id, result.value);
    else if (result.error.kind !== "cancelled") accounts.failed(source.id);
    if (failure?.kind === "model_gone") directory.doubt(source.id);
    tellState(source.id, failure);
    saver.changed();
    for (const wake of [...waiting]) wake();
    waiting.clear();
    return result;
  }

  function tellState(id: string, failure: ChatFailure | null): void {
    if (failure?.kind === "cancelled" || failure?.kind === "context_too_long") return;
    const { state, reason, until } = stateOf(id, view(), clock.now());
    // What the ledger puts up with is still no good answer.
    if (state === "ready" && failure !== null) accounts.move(id, "failing", failure.message, null);
    else accounts.move(id, state, failure?.message ?? reason, until);
  }

  /** A source of which no model is known cannot be asked: that its list failed is all there is to tell. */
  function tellUnlisted(id: string, { kind, message }: ChatFailure): void {
    if (directory.modelsOf(id).length > 0) return;
    accounts.move(id, kind === "unauthorised" ? "off" : "failing", message, null);
  }

  const view = () => ({ settings, sources, accounts, ledger, budget, offers, limits: deps.budget });

  async function lookAround(): Promise<void> {
    if (!settings.detectLocal || clock.now() - lookedAt < LOOK_AGAIN_MS) return;
    lookedAt = clock.now();
    for (const found of await findLocalServers({ fetch, clock })) {
      if (sources.has(found.settings.id)) continue;
      const source = localSource(found.settings.id, found.name, createOpenAiCompatible(found.settings, deps));
      sources.set(source.id, source);
    }
  }

  /** Lists that are due are read beside the call; only a source of which no model is known is waited for. */
  async function prepare(): Promise<void> {
    await lookAround();
    const blind: Promise<void>[] = [];
    for (const id of sources.keys()) {
      const reading = directory.refresh(id);
      if (directory.modelsOf(id).length === 0) blind.push(reading);
    }
    await Promise.all(blind);
  }

  const model: ChatModel = {
    async ask(request) {
      const started = clock.now();
      await prepare();
      const { result, attempts, skipped } = await dispatch(request, {
        clock,
        offers: () => offers(request),
        refusal,
        call,
        onSettled(wake) {
          waiting.add(wake);
          return () => waiting.delete(wake);
        },
      });
      if (result.ok) last = { provider: result.value.provider, model: result.value.model };
      accounts.served({
        at: started,
        purpose: request.purpose,
        task: request.task ?? null,
        provider: result.ok ? result.value.provider : null,
        model: result.ok ? result.value.model : null,
        tokensIn: result.ok ? result.value.tokensIn : 0,
        tokensOut: result.ok ? result.value.tokensOut : 0,
        usd: result.ok ? result.value.costUsd : 0,
        latencyMs: clock.now() - started,
        attempts,
        skipped,
      });
      return result;
    },
  };

  return {
    model,
    /** Reads lists of models and looks for local servers, so that what can be asked is known before the first question. */
    start: (): void => void prepare(),
    /** The embedded reasoner, counted. */
    extract(input: ExtractiveInput): ExtractiveReply {
      const started = clock.now();
      const reply = reasonExtractively(input);
      last = { provider: EXTRACTIVE_PROVIDER, model: EXTRACTIVE_MODEL };
      accounts.succeeded(EXTRACTIVE_PROVIDER, {
        text: reply.hypothesis,
        provider: EXTRACTIVE_PROVIDER,
        model: EXTRACTIVE_MODEL,
        tokensIn: 0,
        tokensOut: 0,
        costUsd: 0,
        latencyMs: clock.now() - started,
      });
      return reply;
    },
    /** The body of `GET /api/providers`; quotas, spending and the story of each answer for the commander only. */
    describe: (authorised: boolean): Providers => describeChain(view(), authorised, clock.now()),
    /** What produced the last answer, for health. */
    lastUsed: () => last,
    /** The model that would be asked next, for display; null where there is none. */
    nextModel: (): string | null => offers()[0]?.model ?? null,
    /** What a task has used of metered sources so far. */
    spentFor: (task: string): Spending => budget.spentFor(task),
    spentToday: (): Spending => budget.spentOn(dayOf(clock.now())),
    accounts: accounts.all,
    /** Mean time of the last answers, ms; null before the first. */
    recentLatencyMs: (): number | null => accounts.recentLatencyMs(),
    /** A provider changed state. The returned function ends it. */
    subscribe: (listener: (event: ProviderEvent) => void) => accounts.subscribe(listener),
    /** Writes what has not been written yet. */
    close: saver.close,
  };
}

/** Lists are kept by account, so that a new key or address starts with its own. */
function listingsById(
  sources: ReadonlyMap<string, Source>,
  byAccount: ChainState["listings"],
): Record<string, Listing> {
  return Object.fromEntries(
    [...sources.values()].flatMap(({ id, terms: { account } }) => {
      const listing = byAccount[account];
      return listing === undefined ? [] : [[id, listing] as const];
    }),
  );
}

/** The most that a call can use: what a budget reserves for it. */
function mostOf({ price }: Source, request: ChatRequest): Spending {
  // Asked twice where the first reply was all thinking, the second time with room for it.
  const prompt = 2 * Math.ceil(bytesOf(request) / BYTES_PER_TOKEN_MIN);
  const reply = 2 * request.maxTokens + THINKING_ROOM_TOKENS;
  return { calls: 1, tokens: prompt + reply, usd: usdFor(price, prompt, reply) };
}

/** What a call used: as stated, else nothing where it was refused, else the most it can have been. */
function usedBy(result: Result<ChatReply, ChatFailure>, { most }: Reservation, { price }: Source): Spending {
  if (result.ok) {
    const { tokensIn, tokensOut, costUsd } = result.value;
    return { calls: 1, tokens: tokensIn + tokensOut, usd: costUsd ?? usdFor(price, tokensIn, tokensOut) };
  }
  // A useless reply and a call that was cancelled are billed as well, and nobody says how much.
  const { kind } = result.error;
  return kind === "invalid_reply" || kind === "cancelled" ? most : { calls: 1, tokens: 0, usd: 0 };
}

/** What a quota of tokens must still hold for a call to be let through. */
function neededTokens(source: Source, { model }: Offer, request: ChatRequest): number {
  const prompt = Math.ceil(bytesOf(request) / BYTES_PER_TOKEN);
  return prompt + (source.terms.reservesReply ? replyTokens(request, knownRefusals(model)) : 0);
}

/** A reply as it may be used: priced, and free of the key it was asked with. */
function accept(source: Source, reply: ChatReply): Result<ChatReply, ChatFailure> {
  if (source.secret !== null && `${reply.model} ${reply.text}`.includes(source.secret))
    return err(invalidReply(`${source.id} repeated the key it was asked with`));
  return ok(priced(source, reply));
}

/** What the provider stated, else its list price where one is known. */
function priced({ price }: Source, reply: ChatReply): ChatReply {
  if (reply.costUsd !== null || price === null) return reply;
  return { ...reply, costUsd: usdFor(price, reply.tokensIn, reply.tokensOut) };
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : "unknown";
}

function bytesOf({ messages }: ChatRequest): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}
