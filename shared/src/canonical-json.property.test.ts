import { expect, test } from "bun:test";
import fc from "fast-check";
import { CANONICAL_DEPTH_MAX, canonicalJson, isCanonical, type JsonValue } from "./canonical-json.ts";

const json = fc.jsonValue({
  maxDepth: 6,
  noUnicodeString: false,
  stringUnit: "grapheme",
}) as fc.Arbitrary<JsonValue>;

/** The same value with the members of every object in another order. */
function shuffled(value: JsonValue, turn: number): JsonValue {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, turn));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value);
  const cut = members.length === 0 ? 0 : turn % members.length;
  const turned = [...members.slice(cut), ...members.slice(0, cut)].reverse();
  // fromEntries, because an assignment to "__proto__" would not make a member.
  return Object.fromEntries(turned.map(([key, member]) => [key, shuffled(member, turn)]));
}

/** Every object's names in the order in which they stand in the text. */
function objectsOf(value: JsonValue): string[][] {
  if (typeof value !== "object" || value === null) return [];
  const children = (Array.isArray(value) ? value : Object.values(value)).flatMap(objectsOf);
  return Array.isArray(value) ? children : [Object.keys(value), ...children];
}

test("says the same value, and says it again in the same way", () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      const parsed = JSON.parse(text);
      // JSON has one zero.
      expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(parsed)).toBe(text);
      expect(isCanonical(text, parsed)).toBe(true);
    }),
  );
});

test("does not depend on the order in which members were written", () => {
  fc.assert(
    fc.property(json, fc.nat(100), (value, turn) => {
      expect(canonicalJson(shuffled(value, turn))).toBe(canonicalJson(value));
    }),
  );
});

test("sorts names by UTF-16 code units", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u{ffff}", "\u{10000}", "é", "z", "a", "Z"),
  );
  fc.assert(
    fc.property(fc.array(unit), (names) => {
      // Array elements keep their order in the text, so they show the order of the names even of index-like ones.
      const text = canonicalJson(Object.fromEntries(names.map((name) => [`#${name}`, 0])));
      const keys = objectsOf(JSON.parse(text)).flat();
      const byUnits = (a: string, b: string) => {
        for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
          if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.charCodeAt(i) - b.charCodeAt(i);
        }
        return a.length - b.length;
      };
      expect(keys).toEqual([...keys].sort(byUnits));
    }),
  );
});

test("canonical is what would be printed, whatever the order, the names and the strings", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom("10", "9", "", "__proto__", "\ud800", "a", "b", "\u{ffff}", "\u{10000}"),
  );
  const any = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
    ),
  })).value;
  const printed = (value: unknown): string | null => {
    try {
      return canonicalJson(value);
    } catch {
      return null;
    }
  };
  fc.assert(
    fc.property(any, fc.integer({ min: 0, max: CANONICAL_DEPTH_MAX + 2 }), (value, depth) => {
      for (const one of [JSON.stringify(value), printed(value) ?? "0"]) {
        for (const deep of [one, "[".repeat(depth) + one + "]".repeat(depth)]) {
          const parsed = JSON.parse(deep);
          expect(isCanonical(deep, parsed)).toBe(printed(parsed) === deep);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test("text that is nested beyond every stack is not canonical", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  let parsed: unknown = 0;
  for (let level = 0; level < 200_000; level++) parsed = [parsed];
  expect(isCanonical(deep, parsed)).toBe(false);
});

test("any other text for a value is not canonical", () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      for (const other of [` ${text}`, `${text}\n`, JSON.stringify([value], null, 1)]) {
        expect(isCanonical(other, JSON.parse(other))).toBe(other === canonicalJson(JSON.parse(other)));
      }
      expect(isCanonical(` ${text}`, value)).toBe(false);
    }),
  );
});

test.each([
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  Symbol("s"),
  () => 1,
  "\ud800",
  { a: undefined },
])("has no form for %p", (value) => {
  expect(() => canonicalJson(value)).toThrow("assertion failed");
});

test(`goes down ${CANONICAL_DEPTH_MAX} levels and no further`, () => {
  const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)]);
  expect(canonicalJson(nested(CANONICAL_DEPTH_MAX))).toContain("1");
  expect(() => canonicalJson(nested(CANONICAL_DEPTH_MAX + 1))).toThrow("nested too deeply");
});
