/**
 * What idle thinking may spend: tokens, time and money in a sliding hour and day, and a share of all entries. Pure.
 *
 * A band that finds its part spent does without; nothing is borrowed from the next hour.
 */
import type { Band } from "./oscillator.ts";

export interface BudgetLimits {
  /** Model tokens in an hour, sent and received, over all bands. */
  readonly tokensPerHour: number;
  /** Seconds of running in an hour, over all bands. */
  readonly secondsPerHour: number;
  /** What a million tokens cost, in any currency; 0 where they are free. */
  readonly pricePerMillion: number;
  /** The most that may be spent in a day, in the same currency; counts only where tokens have a price. */
  readonly spendPerDay: number;
}

export interface Expense {
  readonly band: Band;
  readonly at: number;
  readonly tokens: number;
  readonly ms: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No band takes more than this share of an hour's tokens or time: a dream cannot use up what the audit needs. */
const BAND_SHARE: Readonly<Record<Band, number>> = {
  gamma: 0.2,
  beta: 0.2,
  alpha: 0.4,
  theta: 0.4,
  delta: 0.4,
};
export class Budget {
  readonly #limits: () => BudgetLimits;
  /** One a band and minute, dated by the last of it: a day's are kept, however short the ticks are. */
  #expenses: Expense[] = [];

  constructor(limits: () => BudgetLimits) {
    this.#limits = limits;
  }

  spend(expense: Expense): void {
    const minute = Math.floor(expense.at / MINUTE_MS);
    const last = this.#expenses.findLastIndex(({ band }) => band === expense.band);
    const before = this.#expenses[last];
    if (before === undefined || Math.floor(before.at / MINUTE_MS) !== minute) {
      this.#expenses = this.#expenses.filter(({ at }) => at > expense.at - DAY_MS);
      this.#expenses.push(expense);
      return;
    }
    const { band, at, tokens, ms } = expense;
    this.#expenses[last] = { band, at, tokens: before.tokens + tokens, ms: before.ms + ms };
  }

  /** What a band may still use now: tokens, and ms. Zero of either means: not now. */
  left(band: Band, now: number): { readonly tokens: number; readonly ms: number } {
    const limits = this.#limits();
    const hour = this.#expenses.filter(({ at }) => at > now - HOUR_MS);
    const own = hour.filter((one) => one.band === band);
    const tokens = Math.min(
      limits.tokensPerHour - sum(hour, "tokens"),
      limits.tokensPerHour * BAND_SHARE[band] - sum(own, "tokens"),
      this.#affordable(now),
    );
    const ms = Math.min(
      limits.secondsPerHour * 1_000 - sum(hour, "ms"),
      limits.secondsPerHour * 1_000 * BAND_SHARE[band] - sum(own, "ms"),
    );
    return { tokens: Math.max(0, Math.floor(tokens)), ms: Math.max(0, ms) };
  }

  spent(now: number) {
    const hour = this.#expenses.filter(({ at }) => at > now - HOUR_MS);
    const day = sum(
      this.#expenses.filter(({ at }) => at > now - DAY_MS),
      "tokens",
    );
    return {
      tokens_hour: sum(hour, "tokens"),
      seconds_hour: Math.round(sum(hour, "ms") / 100) / 10,
      money_day: (day * this.#limits().pricePerMillion) / 1e6,
    };
  }

  #affordable(now: number): number {
    const { pricePerMillion, spendPerDay } = this.#limits();
    if (pricePerMillion === 0) return Number.POSITIVE_INFINITY;
    const day = this.#expenses.filter(({ at }) => at > now - DAY_MS);
    return (spendPerDay * 1e6) / pricePerMillion - sum(day, "tokens");
  }
}

function sum(expenses: readonly Expense[], what: "tokens" | "ms"): number {
  return expenses.reduce((total, one) => total + one[what], 0);
}

/** May one more thought be stored? At most `share` of all entries are thoughts, the new one counted on both sides. */
export function fitsShare(thoughts: number, entries: number, share: number): boolean {
  return thoughts + 1 <= share * (entries + 1);
}
