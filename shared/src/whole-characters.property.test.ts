import { expect, test } from "bun:test";
import fc from "fast-check";
import { cutWhole } from "./whole-characters.ts";

test("a cut is a start of the text, as long as it may be, and tears no character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(12), (text, max) => {
      const cut = cutWhole(text, max);
      expect(text).toStartWith(cut);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, max - 1));
    }),
  );
});
