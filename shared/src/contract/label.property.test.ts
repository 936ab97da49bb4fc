import { expect, test } from "bun:test";
import fc from "fast-check";
import { isMoreRestricted, LABELS, type Label, mostRestricted, SHARED_LABELS } from "./label.ts";

const label = fc.constantFrom<Label>(...LABELS);

test("one label of two is more restricted, unless they are the same", () => {
  for (const a of LABELS) {
    for (const b of LABELS) {
      expect([isMoreRestricted(a, b), isMoreRestricted(b, a), a === b].filter(Boolean)).toHaveLength(1);
    }
  }
  expect(isMoreRestricted("private", "cluster")).toBe(true);
  expect(isMoreRestricted("cluster", "public")).toBe(true);
});

test("what derives from several is as restricted as the most restricted of them", () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1 }), (labels) => {
      const derived = mostRestricted(labels);
      expect(labels).toContain(derived);
      for (const one of labels) expect(isMoreRestricted(one, derived)).toBe(false);
      expect(mostRestricted([...labels].reverse())).toBe(derived);
    }),
  );
});

test("what derives from nothing may be public", () => {
  expect(mostRestricted([])).toBe("public");
});

test("private is not among the labels that may leave", () => {
  expect(SHARED_LABELS as readonly Label[]).not.toContain("private");
  expect([...SHARED_LABELS, "private"].sort()).toEqual([...LABELS].sort());
});
