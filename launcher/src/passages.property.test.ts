import { expect, test } from "bun:test";
import fc from "fast-check";
import { splitPassages } from "./passages.ts";

const flat = (text: string) => text.replaceAll(/\s+/g, "");
const text = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 60 }),
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.constant("\n\n"),
      fc.constant("# A heading\n"),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join("\n").toWellFormed());

test("no character but white space is lost, no passage is empty or too long", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 400 }), (given, max) => {
      const passages = splitPassages(given, max);
      expect(flat(passages.map(({ content }) => content).join(""))).toBe(flat(given));
      for (const { content } of passages) {
        expect(content.trim()).not.toBe("");
        expect(content.length).toBeLessThanOrEqual(max);
        expect(content.isWellFormed()).toBe(true);
      }
    }),
  );
});

test("a passage knows the heading above it, and a heading starts a new one", () => {
  const passages = splitPassages("intro\n# Bread\n\nrye and water\n\n# Soup\n\nleek");
  expect(passages.map(({ heading }) => heading)).toEqual([null, "Bread", "Soup"]);
  expect(passages[1]?.content).toContain("rye");
});
