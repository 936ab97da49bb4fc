/** The quick way of reading an entry against the slow one: it may know less, never something else. */
import { describe, expect, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { entrySchema } from "@synapse/shared/contract/entry.ts";
import fc from "fast-check";
import vectors from "../../../shared/vectors/signed.json";
import { readQuickly } from "./quick-check.ts";

const genuine = vectors.entries.map(({ canonical }) => canonical);
const refused = vectors.refused.flatMap(({ text }) => (typeof text === "string" ? [text] : []));

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the quick way says of a text, after it was held against the slow one. */
function readBothWays(text: string) {
  const parsed = parse(text);
  const quick = readQuickly(text, parsed);
  if (quick === null) return null;
  expect(quick).toEqual(entrySchema.parse(parsed) as typeof quick);
  expect(canonicalJson(parsed)).toBe(text);
  return quick;
}

test("entries of every kind are told by the quick way alone", () => {
  expect(genuine.length).toBeGreaterThanOrEqual(10);
  for (const text of genuine) expect(readBothWays(text), text).not.toBeNull();
});

test("of a memory whose names look like numbers it says nothing: these are sorted otherwise", () => {
  const entry = JSON.parse(genuine[0] ?? "");
  const text = canonicalJson({ ...entry, body: { content: "x", metadata: { "10": 1, "9": 2 } } });
  expect(readQuickly(text, JSON.parse(text))).toBeNull();
});

describe("nothing is accepted that the schema or canonical text refuse", () => {
  test.each(refused)("%s", (text) => {
    readBothWays(text);
  });

  test("with pieces of text put in, taken out or exchanged", () => {
    const pieces = fc.constantFrom(
      ...[
        '"',
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "0",
        "1",
        "-",
        "e3",
        ".0",
        "-0",
        "null",
        '"v":1',
        '"x":1,',
      ],
      ...[
        "\\u0041",
        "\\ud800",
        "\ud800",
        '"__proto__":1,',
        "\u0001",
        "é",
        '","label":"public',
        "private",
        "task",
      ],
    );
    const anywhere = fc.record({
      text: fc.constantFrom(...genuine),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(3),
      put: fc.oneof(pieces, fc.constant(""), fc.string({ maxLength: 3 })),
    });
    fc.assert(
      fc.property(anywhere, ({ text, at, cut, put }) => {
        const start = Math.floor(at * text.length);
        readBothWays(text.slice(0, start) + put + text.slice(start + cut));
      }),
      { numRuns: 20_000 },
    );
  });

  test("with members of the envelope or the body replaced", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.integer(),
      fc.double(),
      fc.constantFrom<unknown>(
        2 ** 53,
        2 ** 53 - 1,
        -1,
        0,
        -0,
        0xffff_ffff,
        2 ** 32,
        "memory",
        "task",
        "constructor",
      ),
      fc.constantFrom<unknown>(
        [1, 2],
        [1, -0],
        [1.5, 2],
        [253_402_300_799_999, 0],
        [253_402_300_800_000, 0],
        [1, 2, 3],
      ),
    );
    const members = ["v", "kind", "label", "replica", "counter", "clock", "parents", "body", "more"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...genuine), fc.constantFrom(...members), value, (text, name, put) => {
        const entry = JSON.parse(text);
        for (const changed of [
          { ...entry, [name]: put },
          { ...entry, body: { ...entry.body, [name]: put } },
        ]) {
          // As canonical text and as JavaScript prints it.
          for (const print of [canonicalJson, JSON.stringify])
            readBothWays(print(JSON.parse(JSON.stringify(changed))));
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
