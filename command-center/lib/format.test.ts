import { expect, test } from "bun:test";
import { formatAge, formatCount, formatDuration, formatShare, GAP, toMs } from "@/lib/format.ts";

test("missing is a gap, never a zero", () => {
  for (const write of [formatCount, formatShare, formatDuration]) {
    expect(write(null)).toBe(GAP);
    expect(write(undefined)).toBe(GAP);
    expect(write(Number.NaN)).toBe(GAP);
  }
  expect(toMs("not a time")).toBeNull();
});

test("figures and spans", () => {
  expect([0, 1_240, 99_999, 128_400].map(formatCount)).toEqual(["0", "1,240", "99,999", "128.4K"]);
  expect([900, 41_000, 719_000, 5 * 3_600_000, 9 * 86_400_000].map(formatDuration)).toEqual([
    "0 s",
    "41 s",
    "11 min",
    "5 h",
    "9 d",
  ]);
  expect(formatAge(-5_000)).toBe("just now");
  expect(formatAge(3_000)).toBe("3 s ago");
});
