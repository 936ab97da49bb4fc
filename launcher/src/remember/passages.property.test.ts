import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PASSAGE_CHARS_MAX, passageSpans, splitPassages, type TextForm } from "./passages.ts";

const FORMS: readonly TextForm[] = ["markdown", "prose", "lines"];

const piece = fc.oneof(
  fc.lorem({ maxCount: 120 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.constantFrom(
    "\n",
    "\n\n",
    "\n \t\n",
    "# A heading\n",
    "\n### Deeper\n",
    "```\n# no heading\n```\n",
    "    code\n",
  ),
  // Longer than a passage, without any place to pause; astral characters must stay whole.
  fc.integer({ min: 1, max: 2_000 }).map((length) => "x".repeat(length)),
  fc.integer({ min: 1, max: 900 }).map((length) => "𝒳".repeat(length)),
);
const text = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join("").toWellFormed());

describe("whatever the text", () => {
  test("the spans cover it from end to end, none longer than allowed, no character cut in two", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...FORMS), (given, form) => {
        const spans = passageSpans(given, form);
        expect(spans.map(({ start, end }) => given.slice(start, end)).join("")).toBe(given);
        for (const { start, end } of spans) {
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(PASSAGE_CHARS_MAX);
          expect(given.slice(start, end).isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test("what is stored loses white space at borders only", () => {
    const dense = (some: string) => some.replaceAll(/\s+/g, "");
    fc.assert(
      fc.property(text, fc.constantFrom(...FORMS), (given, form) => {
        const passages = splitPassages(given, form);
        expect(dense(passages.map(({ content }) => content).join(""))).toBe(dense(given));
        for (const { content } of passages) expect(content.trim()).not.toBe("");
      }),
    );
  });
});

describe("where a text is parted", () => {
  test("a heading starts a passage and names it, with the headings above", () => {
    const passages = splitPassages("intro\n\n# Bread\n\nrye\n\n## Water\nwarm\n\n# Soup\n\nleek", "markdown");
    expect(passages.map(({ heading }) => heading)).toEqual([null, "Bread", "Bread > Water", "Soup"]);
    expect(passages[1]?.content).toBe("# Bread\n\nrye");
  });

  test("a comment in code is no heading, nor is one inside a fence", () => {
    expect(splitPassages("# a comment\nx = 1\n\n# another\ny = 2\n", "lines")).toEqual([
      { content: "# a comment\nx = 1\n\n# another\ny = 2", heading: null },
    ]);
    expect(splitPassages("~~~\n# shell\n~~~\n\nafter", "markdown")).toHaveLength(1);
  });

  test("short paragraphs share a passage, a long one ends at a sentence", () => {
    expect(splitPassages("one\n\ntwo\n\nthree", "prose")).toHaveLength(1);
    const sentence = "The lantern on the pier burns red when no ship may enter the harbour. ";
    const passages = splitPassages(sentence.repeat(40), "prose");
    expect(passages.length).toBeGreaterThan(1);
    for (const { content } of passages) expect(content).toEndWith("harbour.");
  });

  test("the first line of an indented block keeps its indentation", () => {
    expect(splitPassages("\n\n    return 1;\n", "lines")[0]?.content).toBe("    return 1;");
  });
});
