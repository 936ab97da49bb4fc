import { expect, test } from "bun:test";
import { CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import fc from "fast-check";
import { splitContent } from "./split-content.ts";

const longText = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 40 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.constant("\n\n"),
      fc.constant("界".repeat(300)),
    ),
    {
      minLength: 1,
      maxLength: 200,
    },
  )
  .map((parts) => parts.join(" ").toWellFormed());

test("the parts put together are the text, none is empty, and each fits an entry", () => {
  fc.assert(
    fc.property(longText, (text) => {
      const parts = splitContent(text);
      expect(parts.join("")).toBe(text);
      for (const part of parts) {
        expect(part.isWellFormed()).toBe(true);
        expect(part.length).toBeLessThanOrEqual(CONTENT_CHARS_MAX);
        expect(Buffer.byteLength(part)).toBeLessThan(12_000);
      }
      if (text.trim() !== "" && parts.length > 1)
        expect(parts.every((part) => part.trim() !== "")).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a short text stays whole", () => expect(splitContent("hello")).toEqual(["hello"]));
