/**
 * The chain as it is told to people: `GET /api/providers`. Pure but for reading the state it is handed.
 *
 * Anybody may see which providers a spore uses and how they do. Quotas, spending, budgets and the story of each answer
 * are the commander's. A key is never part of it, not even its length.
 */
import type { Providers } from "@synapse/shared/contract/status.ts";
import type { Accounts, AnswerRecord, ProviderState } from "./accounts.ts";
import { type Budget, type BudgetLimits, dayOf, type Spending } from "./budget.ts";
import type { Offer } from "./candidates.ts";
import { EXTRACTIVE_MODEL, EXTRACTIVE_PROVIDER } from "./extractive.ts";
import type { QuotaLedger, Skip, SkipKind } from "./quota-ledger.ts";
import type { ModelSettings } from "./settings.ts";
import type { Source } from "./sources.ts";

export interface ChainView {
  readonly settings: ModelSettings;
  readonly sources: ReadonlyMap<string, Source>;
  readonly accounts: Accounts;
  readonly ledger: QuotaLedger;
  readonly budget: Budget;
  readonly offers: () => readonly Offer[];
  readonly limits: () => BudgetLimits;
}

type Row = Providers["providers"][number];

const STATE_OF_SKIP: Readonly<Record<SkipKind, ProviderState>> = {
  busy: "ready",
  rate: "limited",
  day: "limited",
  too_large: "limited",
  reserved: "ready",
  balance: "off",
  key: "off",
  model_gone: "off",
  server: "failing",
};

/** What a person can do; null where time mends it. */
const MENDS: Readonly<Partial<Record<SkipKind, string>>> = {
  balance: "top up the account, or remove its key",
  key: "set another key and start the spore again",
  model_gone: "name a model that the server offers",
  server: "see whether the server runs and can be reached from here",
};

export interface LiveState {
  readonly state: ProviderState;
  readonly reason: string | null;
  readonly until: number | null;
  readonly mend: string | null;
}

/** How a source is now: as good as its best model. */
export function stateOf(
  id: string,
  { offers, ledger, accounts }: Pick<ChainView, "offers" | "ledger" | "accounts">,
  nowMs: number,
): LiveState {
  const account = accounts.of(id);
  const own = offers().filter(({ provider }) => provider === id);
  if (own.length === 0) {
    if (account.state === "failing" || account.state === "off") {
      const mend = MENDS[account.state === "off" ? "key" : "server"] ?? null;
      return { state: account.state, reason: account.reason, until: null, mend };
    }
    if (account.calls === 0)
      return { state: "untried", reason: "no model of it is known yet", until: null, mend: null };
    return { state: "off", reason: "it offers no chat model", until: null, mend: MENDS.model_gone ?? null };
  }
  let best: Skip | null = null;
  for (const offer of own) {
    const skip = ledger.skip(offer, 0, "reason", nowMs);
    if (skip === null || STATE_OF_SKIP[skip.kind] === "ready") {
      const state = account.calls === 0 ? "untried" : "ready";
      return { state, reason: null, until: null, mend: null };
    }
    if (best === null || (skip.until ?? Number.POSITIVE_INFINITY) < (best.until ?? Number.POSITIVE_INFINITY))
      best = skip;
  }
  const { kind, reason, until } = best as Skip;
  return { state: STATE_OF_SKIP[kind], reason, until, mend: MENDS[kind] ?? null };
}

export function describeChain(view: ChainView, authorised: boolean, nowMs: number): Providers {
  const { sources, settings, accounts, budget, limits } = view;
  const today = budget.byProvider(dayOf(nowMs));
  const rows = [...sources.values()].map((source): Row => {
    const { state, reason, until, mend } = stateOf(source.id, view, nowMs);
    const models = modelsOf(source.id, view);
    return {
      ...figures(source.id, accounts),
      name: source.name,
      // Cortex is always there to be asked; without a model there is nothing to ask.
      configured: source.class !== "cortex" || models.length > 0,
      state,
      reason: reason === null ? null : (accounts.of(source.id).reason ?? reason),
      until: isoOf(until),
      mend,
      models,
      ...(authorised
        ? {
            usd: accounts.of(source.id).usd,
            quotas: quotasOf(source.id, view),
            today: today[source.id] ?? NOTHING,
          }
        : {}),
    };
  });
  const unused = settings.unused.map(
    ({ provider, reason }): Row => ({
      ...figures(provider.id, accounts),
      name: provider.name,
      configured: false,
      state: provider.retired === undefined ? "unused" : "retired",
      reason,
      until: null,
      mend: provider.retired === undefined ? `get a key at ${provider.keyPage}` : null,
      models: [],
    }),
  );
  const embedded: Row = {
    ...figures(EXTRACTIVE_PROVIDER, accounts),
    name: "Embedded extractive reasoner (no model)",
    configured: true,
    state: "ready",
    reason: null,
    until: null,
    mend: null,
    models: [EXTRACTIVE_MODEL],
  };
  const providers = [...rows, embedded, ...unused];
  if (!authorised) return { providers };
  return {
    providers,
    budget: describeBudget(budget.spentOn(dayOf(nowMs)), limits()),
    recent: accounts.recent().map(toRecent),
    days: budget.save().days,
  };
}

const NOTHING: Spending = { calls: 0, tokens: 0, usd: 0 };

function figures(id: string, accounts: Accounts) {
  const { calls, failures, tokensIn, tokensOut, latencyMsTotal } = accounts.of(id);
  const answered = calls - failures;
  return {
    id,
    calls,
    failures,
    tokens_in: tokensIn,
    tokens_out: tokensOut,
    latency_ms_mean: answered === 0 ? null : latencyMsTotal / answered,
  };
}

/** Those that answered, then those that can be asked. */
function modelsOf(id: string, { accounts, offers }: ChainView): string[] {
  const offered = offers().filter(({ provider }) => provider === id);
  return [...new Set([...accounts.of(id).models, ...offered.map(({ model }) => model)])];
}

function quotasOf(id: string, { ledger, offers }: ChainView): NonNullable<Row["quotas"]> {
  const seen = new Set<string>();
  return offers()
    .filter(({ provider }) => provider === id)
    .flatMap((offer) => {
      if (seen.has(offer.pool)) return [];
      seen.add(offer.pool);
      return ledger.pool(offer).meters.map(({ unit, window, limit, remaining, resetsAt }) => ({
        pool: offer.pool,
        unit,
        window,
        limit,
        remaining,
        resets_at: isoOf(resetsAt),
      }));
    });
}

function describeBudget(today: Spending, limits: BudgetLimits): NonNullable<Providers["budget"]> {
  return {
    today: { ...today },
    per_day: { calls: limits.callsPerDay, tokens: limits.tokensPerDay, usd: limits.usdPerDay },
    per_task: { calls: limits.callsPerTask, tokens: limits.tokensPerTask, usd: limits.usdPerTask },
  };
}

function toRecent(record: AnswerRecord): NonNullable<Providers["recent"]>[number] {
  return {
    at: isoOf(record.at) as string,
    purpose: record.purpose,
    task: record.task,
    provider: record.provider,
    model: record.model,
    tokens_in: record.tokensIn,
    tokens_out: record.tokensOut,
    usd: record.usd,
    latency_ms: record.latencyMs,
    attempts: [...record.attempts],
    skipped: record.skipped.map(({ until, ...rest }) => ({ ...rest, until: isoOf(until) })),
  };
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
