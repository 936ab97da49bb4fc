/** The language-neutral vectors of shared/vectors/canonical-json.json against our one encoder. */
import { describe, expect, test } from "bun:test";
import { canonicalJson, isCanonical } from "@synapse/shared/canonical-json.ts";
import vectors from "../../shared/vectors/canonical-json.json";

function doubleOf(hex: string): number {
  return new DataView(Uint8Array.fromHex(hex).buffer).getFloat64(0);
}

describe("canonical JSON", () => {
  test.each(vectors.values)("$name", ({ json, canonical }) => {
    expect(canonicalJson(JSON.parse(json))).toBe(canonical);
    expect(isCanonical(canonical, JSON.parse(canonical))).toBe(true);
    if (json !== canonical) expect(isCanonical(json, JSON.parse(json))).toBe(false);
  });

  test.each(vectors.numbers)("$ieee754 prints as $text", ({ ieee754, text }) => {
    expect(canonicalJson(doubleOf(ieee754))).toBe(text);
  });

  test.each(vectors.notNumbers)("%s is refused", (ieee754) => {
    expect(() => canonicalJson(doubleOf(ieee754))).toThrow("NaN or infinity");
  });

  test.each(vectors.refused)("refused: $name", ({ json }) => {
    const value = JSON.parse(json);
    expect(() => canonicalJson(value)).toThrow("assertion failed");
    expect(isCanonical(json, value)).toBe(false);
  });
});
