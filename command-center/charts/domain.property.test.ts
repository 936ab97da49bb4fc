import { expect, test } from "bun:test";
import fc from "fast-check";
import { domainOf, ratePerMinute, wholeTicks } from "@/charts/domain.ts";

const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });

test("every value is inside, the span is never empty, and counts get no axis below zero", () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const [low, high] = domainOf(values);
      expect(high).toBeGreaterThan(low);
      for (const one of values) expect(one >= low && one <= high).toBe(true);
      if (values.every((one) => one >= 0)) expect(low).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("a flat series stands in its own neighbourhood", () => {
  expect(domainOf([0, 0])).toEqual([0, 1]);
  expect(domainOf([200, 200])).toEqual([100, 300]);
  expect(wholeTicks([0, 0.5, 1], [0, 1])).toEqual([0, 1]);
  expect(wholeTicks([0, 0.5, 1], [0.2])).toEqual([0, 0.5, 1]);
});

test("a rate is a gap where there was no sample, and a restart never makes it negative", () => {
  const minutes = [100, 160, null, 170, 10, 40].map((at, index) => [index * 60_000, at] as const);
  expect(ratePerMinute(minutes).map(([, rate]) => rate)).toEqual([null, 60, null, null, 10, 30]);
});
