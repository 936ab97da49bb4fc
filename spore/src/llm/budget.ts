/**
 * The commander's hard limits on what models may cost, per day and per task. Deterministic: the clock is an argument.
 *
 * 1. Hard means before the call: the most a call can use is reserved, so no sum of calls in flight oversteps a limit.
 * 2. A price nobody knows counts as a high one, so that ignorance never spends money silently.
 * 3. Days are UTC days. What was spent survives a restart.
 * 4. Only metered sources count; a server on this machine costs nothing that a budget could save.
 */
import type { Price } from "@synapse/shared/providers.ts";

/** Money in US dollars; zero spends none. */
export interface BudgetLimits {
  readonly callsPerDay: number;
  readonly tokensPerDay: number;
  readonly usdPerDay: number;
  readonly callsPerTask: number;
  readonly tokensPerTask: number;
  readonly usdPerTask: number;
}

export interface Spending {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

export interface SavedBudget {
  /** `2026-11-26` → provider → what was spent. */
  readonly days: Readonly<Record<string, Readonly<Record<string, Spending>>>>;
  readonly tasks: Readonly<Record<string, Spending>>;
}

export interface Reservation {
  readonly provider: string;
  readonly task: string | null;
  readonly day: string;
  readonly most: Spending;
}

const NOTHING: Spending = { calls: 0, tokens: 0, usd: 0 };
/** Above the list price of the models in the catalogue; used where no price is known. */
const UNKNOWN_PRICE: Price = { in: 5, out: 25 };
/** Days of spending that are kept: a month and a bit, for the page's charts. */
const DAYS_KEPT = 40;
/** Tasks whose spending is remembered; the oldest are forgotten first, and have long ended. */
const TASKS_KEPT = 2_000;

export type Budget = ReturnType<typeof createBudget>;

export function usdFor(price: Price | null, tokensIn: number, tokensOut: number): number {
  const { in: perIn, out: perOut } = price ?? UNKNOWN_PRICE;
  return (tokensIn * perIn + tokensOut * perOut) / 1e6;
}

export const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

export function createBudget(limits: () => BudgetLimits, saved: SavedBudget = { days: {}, tasks: {} }) {
  const days = new Map<string, Map<string, Spending>>(
    Object.entries(saved.days).map(([day, spent]) => [day, new Map(Object.entries(spent))]),
  );
  const tasks = new Map<string, Spending>(Object.entries(saved.tasks));
  const reserved = new Set<Reservation>();

  function spentOn(day: string): Spending {
    const booked = [...(days.get(day)?.values() ?? [])];
    const held = [...reserved].filter((one) => one.day === day).map(({ most }) => most);
    return [...booked, ...held].reduce(sum, NOTHING);
  }

  function spentFor(task: string): Spending {
    const held = [...reserved].filter((one) => one.task === task).map(({ most }) => most);
    return [tasks.get(task) ?? NOTHING, ...held].reduce(sum, NOTHING);
  }

  return {
    spentOn,
    spentFor,
    byProvider: (day: string): Readonly<Record<string, Spending>> =>
      Object.fromEntries(days.get(day) ?? new Map<string, Spending>()),

    /** Null where the most that a call can use fits, else which limit it would overstep. */
    refusal(task: string | null, most: Spending, nowMs: number): string | null {
      const { callsPerDay, tokensPerDay, usdPerDay, callsPerTask, tokensPerTask, usdPerTask } = limits();
      const day = sum(spentOn(dayOf(nowMs)), most);
      if (over(day.calls, callsPerDay)) return "the day's budget of calls is spent";
      if (over(day.tokens, tokensPerDay)) return "the day's budget of tokens is spent";
      if (over(day.usd, usdPerDay)) return "the day's budget of money is spent";
      if (task === null) return null;
      const own = sum(spentFor(task), most);
      if (over(own.calls, callsPerTask)) return "this task's budget of calls is spent";
      if (over(own.tokens, tokensPerTask)) return "this task's budget of tokens is spent";
      return over(own.usd, usdPerTask) ? "this task's budget of money is spent" : null;
    },

    reserve(provider: string, task: string | null, most: Spending, nowMs: number): Reservation {
      const reservation = { provider, task, day: dayOf(nowMs), most };
      reserved.add(reservation);
      return reservation;
    },

    /** Replaces the reservation by what was really used. */
    book(reservation: Reservation, used: Spending): void {
      reserved.delete(reservation);
      const { provider, task, day } = reservation;
      const spent = days.get(day) ?? new Map<string, Spending>();
      days.set(day, spent);
      spent.set(provider, sum(spent.get(provider) ?? NOTHING, used));
      for (const old of [...days.keys()].toSorted().slice(0, -DAYS_KEPT)) days.delete(old);
      if (task === null) return;
      const own = sum(tasks.get(task) ?? NOTHING, used);
      // Set anew, so that the map's order is the order of last use.
      tasks.delete(task);
      tasks.set(task, own);
      for (const old of [...tasks.keys()].slice(0, Math.max(0, tasks.size - TASKS_KEPT))) tasks.delete(old);
    },

    save: (): SavedBudget => ({
      days: Object.fromEntries([...days].map(([day, spent]) => [day, Object.fromEntries(spent)])),
      tasks: Object.fromEntries(tasks),
    }),
  };
}

function sum(a: Spending, b: Spending): Spending {
  return { calls: a.calls + b.calls, tokens: a.tokens + b.tokens, usd: a.usd + b.usd };
}

/** Rounding of many small sums must not stop a call that fits. */
function over(amount: number, limit: number): boolean {
  return amount > limit + 1e-9;
}
