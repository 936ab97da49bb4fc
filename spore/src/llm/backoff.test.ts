import { expect, test } from "bun:test";
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN, backoffMs } from "./backoff.ts";

const DRAWS = [0, 0.25, 0.5, 0.75, 0.999_999];

test("no wait is shorter than the least or longer than the most, and later ones may be longer", () => {
  for (let misses = 0; misses < 2_000; misses = misses * 2 + 1) {
    for (const draw of DRAWS) {
      expect(backoffMs(misses, draw)).toBeGreaterThanOrEqual(BACKOFF_MS_MIN);
      expect(backoffMs(misses, draw)).toBeLessThanOrEqual(BACKOFF_MS_MAX);
      expect(backoffMs(misses + 1, draw)).toBeGreaterThanOrEqual(backoffMs(misses, draw));
    }
  }
  expect(backoffMs(9, 0.999_999, 10_000)).toBeLessThanOrEqual(10_000);
});

test("spores that are refused together come back apart, from the first time on", () => {
  for (const misses of [0, 1, 2, 3]) {
    const waits = DRAWS.map((draw) => backoffMs(misses, draw));
    for (const [place, wait] of waits.slice(1).entries())
      expect(wait - (waits[place] ?? 0)).toBeGreaterThanOrEqual(BACKOFF_MS_MIN / 5);
  }
});
