/** A budget is hard: whatever is asked for at the same time, the sum of what was allowed stays below it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { createBudget, type Reservation, usdFor } from "./budget.ts";

const NOW = Date.UTC(2026, 10, 26, 23, 59);
const NO_LIMIT = 1e12;
const limits = {
  callsPerDay: NO_LIMIT,
  tokensPerDay: 5_000,
  usdPerDay: NO_LIMIT,
  callsPerTask: 3,
  tokensPerTask: NO_LIMIT,
  usdPerTask: NO_LIMIT,
};

test("no order of calls and replies oversteps a limit", () => {
  const step = fc.record({
    task: fc.constantFrom("a", "b"),
    tokens: fc.integer({ min: 1, max: 2_000 }),
    end: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const budget = createBudget(() => limits);
      const open: { reservation: Reservation; used: number }[] = [];
      for (const { task, tokens, end } of steps) {
        const most = { calls: 1, tokens, usd: 0 };
        if (budget.refusal(task, most, NOW) === null)
          open.push({ reservation: budget.reserve("p", task, most, NOW), used: Math.floor(tokens / 2) });
        const first = end ? open.shift() : undefined;
        if (first !== undefined) budget.book(first.reservation, { calls: 1, tokens: first.used, usd: 0 });
        const day = budget.spentOn("2026-11-26");
        if (day.tokens > limits.tokensPerDay) return false;
        if (budget.spentFor("a").calls > 3 || budget.spentFor("b").calls > 3) return false;
      }
      return true;
    }),
  );
});

test("a new UTC day has a budget of its own; a task's stays", () => {
  const budget = createBudget(() => limits);
  const most = { calls: 1, tokens: 5_000, usd: 0 };
  budget.book(budget.reserve("p", "a", most, NOW), most);
  expect(budget.refusal("a", { calls: 1, tokens: 1, usd: 0 }, NOW)).toBe(
    "the day's budget of tokens is spent",
  );
  expect(budget.refusal("a", { calls: 1, tokens: 1, usd: 0 }, NOW + 60_000)).toBeNull();
  expect(budget.spentFor("a").calls).toBe(1);
});

test("an unknown price counts as a high one, a free tier as none", () => {
  expect(usdFor(null, 1_000_000, 0)).toBeGreaterThan(usdFor({ in: 3, out: 15 }, 1_000_000, 0));
  expect(usdFor({ in: 0, out: 0 }, 1e9, 1e9)).toBe(0);
});
