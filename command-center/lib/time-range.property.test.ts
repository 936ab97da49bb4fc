import { expect, test } from "bun:test";
import fc from "fast-check";
import { fixedParams, parseRange, RANGES, spanOf } from "@/lib/time-range.ts";

test("a span that was chosen is found again in the address, and is never too short or too fine to show", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 3e10 }), (start, length) => {
      const { from, to } = fixedParams(start, start + length);
      const range = parseRange(null, from, to);
      expect(range.kind).toBe("fixed");
      const span = spanOf(range, 0);
      expect(span.from).toBeLessThanOrEqual(start);
      expect(span.to).toBeGreaterThanOrEqual(start + length);
      expect(span.stepS % 60).toBe(0);
      expect((span.to - span.from) / span.stepS / 1000).toBeLessThan(500);
    }),
  );
});

test("whatever stands in the address, there is a range", () => {
  fc.assert(
    fc.property(fc.option(fc.string()), fc.option(fc.string()), fc.option(fc.string()), (name, from, to) => {
      const span = spanOf(parseRange(name, from, to), 1e12);
      expect(span.to).toBeGreaterThan(span.from);
      expect(span.stepS).toBeGreaterThanOrEqual(60);
    }),
  );
  expect(parseRange("nonsense", "x", "y")).toEqual({
    kind: "moving",
    name: RANGES[0].value,
    ms: RANGES[0].ms,
  });
});
