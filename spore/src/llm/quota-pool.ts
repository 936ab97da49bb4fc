/**
 * One quota pool: what is left of an allowance that several models or calls share, and when it returns. Pure.
 *
 * 1. A call in flight counts as spent before its reply says so (a lease), so a burst never overruns what was stated.
 * 2. Nothing is assumed: an allowance nobody stated does not limit.
 * 3. What returns when a window ends is not touched before; what drips back (a token bucket) is counted a moment late.
 */
import type { QuotaWindow } from "@synapse/shared/providers.ts";
import { backoffMs } from "./backoff.ts";
import { type LimitDialect, nextMidnight } from "./failure.ts";
import type { MeterReading } from "./limit-headers.ts";

export interface Meter extends MeterReading {
  /** When it was stated, ms since the epoch. */
  readonly readAt: number;
}

export interface Pool {
  readonly meters: readonly Meter[];
  /** A refusal said to stay away until then, ms since the epoch; null when it did not. */
  readonly coolUntil: number | null;
  readonly why: "rate" | "day" | null;
  /** Refusals in a row that named no moment. */
  readonly misses: number;
  /** When it last refused, ms since the epoch; null when it never did. */
  readonly refusedAt: number | null;
  /** Calls in flight, and the tokens reserved for them. */
  readonly leases: number;
  readonly leasedTokens: number;
}

export const FRESH_POOL: Pool = {
  meters: [],
  coolUntil: null,
  why: null,
  misses: 0,
  refusedAt: null,
  leases: 0,
  leasedTokens: 0,
};

export type PoolVerdict =
  | { readonly open: true }
  | { readonly open: false; readonly why: "rate" | "day" | "too_large"; readonly until: number | null };

const WINDOW_MS: Readonly<Record<Exclude<QuotaWindow, "day">, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  month: 30 * 24 * 3_600_000,
  // As short as such a window can be expected to be; a refusal says more.
  unstated: 60_000,
};
const DAY_MS = 24 * 3_600_000;
/** Clocks differ and headers are rounded: what drips back is counted this much late. */
const REFILL_MARGIN_MS = 100;

export function poolVerdict(pool: Pool, tokens: number, dialect: LimitDialect, nowMs: number): PoolVerdict {
  if (pool.coolUntil !== null && nowMs < pool.coolUntil)
    return { open: false, why: pool.why ?? "rate", until: pool.coolUntil };
  // Nobody said when it returns: one call tries, the others wait for what it finds.
  if (pool.misses > 0 && pool.leases > 0) return { open: false, why: "rate", until: null };
  for (const meter of pool.meters) {
    const needed = meter.unit === "requests" ? 1 : tokens;
    if (meter.limit !== null && needed > meter.limit) return { open: false, why: "too_large", until: null };
    const taken = meter.unit === "requests" ? pool.leases : pool.leasedTokens;
    const until = meterOpensAt(meter, needed + taken, dialect, nowMs);
    if (until > nowMs) return { open: false, why: isLong(meter.window) ? "day" : "rate", until };
  }
  return { open: true };
}

/** When the meter will cover what is needed: now or earlier if it does. */
function meterOpensAt(meter: Meter, needed: number, dialect: LimitDialect, nowMs: number): number {
  const { remaining, limit, readAt } = meter;
  if (remaining === null || remaining >= needed) return nowMs;
  if (dialect.refill === "continuous" && limit !== null && meter.window !== "unstated") {
    const perMs = limit / (meter.window === "day" ? DAY_MS : WINDOW_MS[meter.window]);
    // The moment at which it will be full tells the level exactly; what remains is rounded down.
    const exact = meter.resetsAt === null ? null : meter.resetsAt - (limit - needed) / perMs;
    return Math.max(exact ?? readAt + (needed - remaining) / perMs, readAt) + REFILL_MARGIN_MS;
  }
  return meterResetsAt(meter, dialect);
}

function meterResetsAt(meter: Meter, dialect: LimitDialect): number {
  if (meter.resetsAt !== null) return meter.resetsAt;
  if (meter.window === "day") return nextMidnight(dialect.dayEnds, meter.readAt);
  // Most windows begin at full minutes and hours. One that does not answers with a refusal that says when to come.
  const window = WINDOW_MS[meter.window];
  return (Math.floor(meter.readAt / window) + 1) * window;
}

function isLong(window: QuotaWindow): boolean {
  return window === "day" || window === "month";
}

/** Share of the long allowances that is left, 0 to 1; 1 where none was stated. */
export function longShareLeft(pool: Pool, dialect: LimitDialect, nowMs: number): number {
  const shares = pool.meters.flatMap((meter) => {
    const { limit, remaining, window } = meter;
    if (!isLong(window) || limit === null || remaining === null || limit === 0) return [];
    return nowMs >= meterResetsAt(meter, dialect) ? [] : [remaining / limit];
  });
  return Math.min(1, ...shares);
}

/** Takes a lease; the meters are lowered when the reply states them anew, or by one where it does not. */
export function leased(pool: Pool, tokens: number): Pool {
  return { ...pool, leases: pool.leases + 1, leasedTokens: pool.leasedTokens + tokens };
}

export function released(pool: Pool, tokens: number): Pool {
  return {
    ...pool,
    leases: Math.max(0, pool.leases - 1),
    leasedTokens: Math.max(0, pool.leasedTokens - tokens),
  };
}

/** What a reply stated replaces what was known; what it did not state is lowered by what the call used. */
export function metered(
  pool: Pool,
  stated: readonly MeterReading[],
  used: { readonly requests: number; readonly tokens: number },
  dialect: LimitDialect,
  nowMs: number,
): Pool {
  const same = (a: MeterReading, b: MeterReading) => a.unit === b.unit && a.window === b.window;
  const kept = pool.meters
    .filter((meter) => !stated.some((reading) => same(meter, reading)))
    .filter((meter) => nowMs < meterResetsAt(meter, dialect))
    .map((meter) => ({
      ...meter,
      remaining: meter.remaining === null ? null : Math.max(0, meter.remaining - used[meter.unit]),
    }));
  const fresh = stated.map((reading) => {
    const before = pool.meters.find((meter) => same(meter, reading));
    return {
      ...reading,
      limit: reading.limit ?? before?.limit ?? null,
      readAt: nowMs,
    };
  });
  return { ...pool, meters: [...kept, ...fresh] };
}

/** @param askedAt when the call was made: an answer to an older call says nothing about a later refusal */
export function answered(pool: Pool, askedAt: number): Pool {
  if (pool.refusedAt !== null && askedAt <= pool.refusedAt) return pool;
  return { ...pool, coolUntil: null, why: null, misses: 0 };
}

/** A refusal: until the stated moment, else a backoff that grows with each refusal in a row. */
export function refused(
  pool: Pool,
  why: "rate" | "day",
  untilMs: number | null,
  nowMs: number,
  random: number,
): Pool {
  // A moment that has passed already is none: the refusal just said otherwise.
  const stated = untilMs !== null && untilMs > nowMs ? untilMs : null;
  const until = stated ?? nowMs + backoffMs(pool.misses, random);
  // Replies may arrive out of order: a shorter wait never replaces a longer one that still holds.
  const coolUntil = Math.max(until, pool.coolUntil ?? 0);
  return {
    ...pool,
    coolUntil,
    why: coolUntil === until ? why : pool.why,
    refusedAt: nowMs,
    misses: stated === null ? pool.misses + 1 : pool.misses,
  };
}
