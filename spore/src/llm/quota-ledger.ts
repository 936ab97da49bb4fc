/**
 * What is known about every account, quota pool and model, and whether a call may be made now. Deterministic: clock and
 * chance are arguments, there is no timer, and everything that must survive a restart can be saved and loaded.
 *
 * Invariants:
 * 1. A call that is known to be refused is not made: not over a stated allowance, not with a refused key, not to a
 *    model that is gone, not while its server is down (one probe at a time excepted).
 * 2. Every lease is settled exactly once, whatever became of the call.
 * 3. A failure touches what it is about and nothing else: a pool, an account, a model or a server.
 */
import type { Provider } from "@synapse/shared/providers.ts";
import { afterFailure, type Breaker, breakerState, CLOSED } from "./circuit-breaker.ts";
import type { LimitDialect } from "./failure.ts";
import type { MeterReading } from "./limit-headers.ts";
import type { ChatFailure, ChatPurpose } from "./provider.ts";
import {
  answered,
  FRESH_POOL,
  leased,
  longShareLeft,
  metered,
  type Pool,
  poolVerdict,
  refused,
  released,
} from "./quota-pool.ts";

/** An account: one key at one provider, or one server. */
export interface AccountTerms extends Pick<Provider, "concurrency" | "reservesReply"> {
  /** Names the provider and the key (a fingerprint), so that a new key starts afresh. */
  readonly account: string;
  readonly dialect: LimitDialect;
  /** How long a model that was not found is not asked for, ms. */
  readonly goneMs: number;
}

export interface Candidate {
  readonly provider: string;
  readonly model: string;
  /** Name of the shared quota inside the account. */
  readonly pool: string;
}

export type SkipKind =
  | "busy"
  | "rate"
  | "day"
  | "balance"
  | "key"
  | "model_gone"
  | "server"
  | "too_large"
  | "reserved";

export interface Skip {
  readonly kind: SkipKind;
  /** In this project's own words. */
  readonly reason: string;
  /** ms since the epoch; null where nobody knows. */
  readonly until: number | null;
}

export interface Lease {
  readonly candidate: Candidate;
  readonly tokens: number;
  /** When it was taken, ms since the epoch. */
  readonly at: number;
}

export interface CallReport {
  /** Null for a success. */
  readonly failure: ChatFailure | null;
  /** Null when there was no response at all. */
  readonly status: number | null;
  readonly meters: readonly MeterReading[];
  /** Tokens that were billed; 0 where nothing was. */
  readonly tokens: number;
}

interface AccountState {
  off: { readonly kind: "key" | "balance"; readonly until: number; readonly times: number } | null;
  inFlight: number;
  server: Breaker;
}

interface ModelState {
  goneUntil: number | null;
  breaker: Breaker;
  inFlight: number;
}

/** What survives a restart: refusals and allowances, not what is only a moment's weather. */
export interface SavedLedger {
  readonly pools: Readonly<Record<string, Pick<Pool, "meters" | "coolUntil" | "why">>>;
  readonly accounts: Readonly<Record<string, NonNullable<AccountState["off"]>>>;
  readonly gone: Readonly<Record<string, number>>;
}

/** A refused key or an empty balance is mended by a person; one call in this time notices it, then ever rarer. */
const PROBE_MS_MIN = 15 * 60_000;
const PROBE_MS_MAX = 6 * 3_600_000;
/** Idle thought leaves this share of a day's allowance to reasoning. */
const IDLE_LEAVES_SHARE = 0.5;
/** Useless replies in a row that are put up with before the model is left alone. */
const USELESS_TOLERATED = 2;

const REASONS: Readonly<Record<SkipKind, string>> = {
  busy: "as many calls are in flight as it takes",
  rate: "its quota for the moment is used up",
  day: "its quota for the day is used up",
  balance: "its balance or credits are used up",
  key: "the key was refused",
  model_gone: "it no longer offers this model",
  server: "it does not answer properly",
  too_large: "the prompt is larger than its quota",
  reserved: "the rest of its quota is kept for reasoning",
};

export type QuotaLedger = ReturnType<typeof createQuotaLedger>;

/** @param random uniform in [0, 1) */
export function createQuotaLedger(
  terms: (provider: string) => AccountTerms | undefined,
  random: () => number,
  saved: SavedLedger = { pools: {}, accounts: {}, gone: {} },
) {
  const pools = new Map<string, Pool>(
    Object.entries(saved.pools).map(([key, pool]) => [key, { ...FRESH_POOL, ...pool }]),
  );
  const accounts = new Map<string, AccountState>(
    Object.entries(saved.accounts).map(([key, off]) => [key, { off, inFlight: 0, server: CLOSED }]),
  );
  const models = new Map<string, ModelState>(
    Object.entries(saved.gone).map(([key, goneUntil]) => [key, { goneUntil, breaker: CLOSED, inFlight: 0 }]),
  );

  function termsOf(candidate: Candidate): AccountTerms {
    const found = terms(candidate.provider);
    if (found === undefined) throw new Error(`no terms for ${candidate.provider}`);
    return found;
  }
  const poolKey = (candidate: Candidate) => `${termsOf(candidate).account}/${candidate.pool}`;
  const modelKey = (candidate: Candidate) => `${termsOf(candidate).account}/${candidate.model}`;

  function accountOf(candidate: Candidate): AccountState {
    return entryOf(accounts, termsOf(candidate).account, () => ({ off: null, inFlight: 0, server: CLOSED }));
  }
  function modelOf(candidate: Candidate): ModelState {
    return entryOf(models, modelKey(candidate), () => ({ goneUntil: null, breaker: CLOSED, inFlight: 0 }));
  }
  const poolOf = (candidate: Candidate) => pools.get(poolKey(candidate)) ?? FRESH_POOL;

  /** Null where the call may be made now, else why not. */
  function skip(candidate: Candidate, tokens: number, purpose: ChatPurpose, now: number): Skip | null {
    const { concurrency, dialect } = termsOf(candidate);
    const account = accountOf(candidate);
    const model = modelOf(candidate);
    const pool = poolOf(candidate);
    const because = (kind: SkipKind, until: number | null): Skip => ({ kind, reason: REASONS[kind], until });

    if (account.off !== null) {
      if (now < account.off.until) return because(account.off.kind, account.off.until);
      if (account.inFlight > 0) return because(account.off.kind, null);
    }
    if (model.goneUntil !== null && now < model.goneUntil) return because("model_gone", model.goneUntil);
    for (const [breaker, inFlight] of [
      [account.server, account.inFlight],
      [model.breaker, model.inFlight],
    ] as const) {
      const state = breakerState(breaker, now);
      if (state === "open") return because("server", breaker.openUntil);
      if (state === "half_open" && inFlight > 0) return because("server", null);
    }
    const verdict = poolVerdict(pool, tokens, dialect, now);
    if (!verdict.open) return because(verdict.why, verdict.until);
    if (account.inFlight >= concurrency) return because("busy", null);
    const idle = purpose === "thought" || purpose === "triage";
    if (idle && longShareLeft(pool, dialect, now) < IDLE_LEAVES_SHARE) return because("reserved", null);
    return null;
  }

  function lease(candidate: Candidate, tokens: number, now: number): Lease {
    accountOf(candidate).inFlight += 1;
    modelOf(candidate).inFlight += 1;
    pools.set(poolKey(candidate), leased(poolOf(candidate), tokens));
    return { candidate, tokens, at: now };
  }

  function settle({ candidate, tokens, at }: Lease, report: CallReport, now: number): void {
    const account = accountOf(candidate);
    const model = modelOf(candidate);
    account.inFlight -= 1;
    model.inFlight -= 1;
    const { failure, status, meters } = report;
    const counted = failure === null || failure.kind === "cancelled" || failure.kind === "invalid_reply";
    const used = {
      requests: counted ? 1 : 0,
      tokens: failure?.kind === "cancelled" ? tokens : report.tokens,
    };
    let pool = metered(released(poolOf(candidate), tokens), meters, used, termsOf(candidate).dialect, now);
    if (status !== null) account.server = CLOSED;
    switch (failure?.kind) {
      case undefined:
        account.off = null;
        model.breaker = CLOSED;
        model.goneUntil = null;
        pool = answered(pool, at);
        break;
      case "rate_limited":
        pool = refused(pool, "rate", failure.untilMs, now, random());
        break;
      case "exhausted":
        if (failure.quota === "day") pool = refused(pool, "day", failure.untilMs, now, random());
        else switchOff(account, "balance", now);
        break;
      case "unauthorised":
        switchOff(account, "key", now);
        break;
      case "model_gone":
        model.goneUntil = now + termsOf(candidate).goneMs;
        break;
      case "unreachable":
        if (status === null) account.server = afterFailure(account.server, 0, now, random());
        else model.breaker = afterFailure(model.breaker, 0, now, random());
        break;
      case "invalid_reply":
        model.breaker = afterFailure(model.breaker, USELESS_TOLERATED, now, random());
        break;
      case "context_too_long":
      case "cancelled":
      case "over_budget":
      case "no_provider":
        // None of them says anything about the provider.
        break;
    }
    pools.set(poolKey(candidate), pool);
  }

  return {
    skip,
    lease,
    settle,
    /** What is stated about the quota of a candidate now. */
    pool: (candidate: Candidate): Pool => poolOf(candidate),

    /** A server that was found again, or a key that was accepted, need not wait for its probe. */
    forgive(candidate: Candidate): void {
      const account = accountOf(candidate);
      account.off = null;
      account.server = CLOSED;
    },

    save(now: number): SavedLedger {
      return {
        pools: Object.fromEntries(
          [...pools]
            .map(([key, { meters, coolUntil, why }]) => [key, { meters, coolUntil, why }] as const)
            .filter(([, pool]) => pool.meters.length > 0 || (pool.coolUntil ?? 0) > now),
        ),
        accounts: Object.fromEntries(
          [...accounts].flatMap(([key, { off }]) => (off === null ? [] : [[key, off] as const])),
        ),
        gone: Object.fromEntries(
          [...models].flatMap(([key, { goneUntil }]) =>
            goneUntil === null || goneUntil <= now ? [] : [[key, goneUntil] as const],
          ),
        ),
      };
    },
  };
}

function switchOff(account: AccountState, kind: "key" | "balance", now: number): void {
  const times = (account.off?.kind === kind ? account.off.times : 0) + 1;
  const waitMs = Math.min(PROBE_MS_MAX, PROBE_MS_MIN * 2 ** (times - 1));
  account.off = { kind, until: now + waitMs, times };
}

function entryOf<V>(map: Map<string, V>, key: string, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = create();
  map.set(key, fresh);
  return fresh;
}
