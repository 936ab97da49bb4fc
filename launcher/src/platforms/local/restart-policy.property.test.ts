import { expect, test } from "bun:test";
import fc from "fast-check";
import { decideRestart, QUICK_DEATH_MS, QUICK_DEATHS_MAX } from "./restart-policy.ts";

test("pauses grow, and quick deaths end after a stated number of them", () => {
  let deaths = 0;
  const pauses: (number | null)[] = [];
  while (pauses.at(-1) !== null && pauses.length < 100) {
    const decision = decideRestart(deaths, 10, QUICK_DEATHS_MAX);
    deaths = decision.quickDeaths;
    pauses.push(decision.delayMs);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, null]);
});

test("a life that was long enough is never held against a process, and pauses stay bounded", () => {
  fc.assert(
    fc.property(
      fc.nat(1_000),
      fc.nat(10_000_000),
      fc.integer({ min: 1, max: 1_000 }),
      (deaths, livedMs, limit) => {
        const { quickDeaths, delayMs } = decideRestart(deaths, livedMs, limit);
        if (livedMs >= QUICK_DEATH_MS)
          expect({ quickDeaths, delayMs }).toEqual({ quickDeaths: 0, delayMs: 1_000 });
        else expect(delayMs === null).toBe(deaths + 1 >= limit);
        if (delayMs !== null) expect(delayMs).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});
