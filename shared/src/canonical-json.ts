/**
 * Canonical JSON: the only bytes that are ever hashed or signed.
 *
 * The JSON Canonicalization Scheme (RFC 8785): no white space, object members sorted by UTF-16 code units, numbers
 * and strings as ECMAScript prints them. Stricter than the RFC in what it refuses, so that a value has one form:
 *
 * 1. `undefined`, functions, symbols, bigint, NaN and infinities are programmer errors (they throw).
 * 2. Strings with a lone surrogate are refused: they have no UTF-8 form.
 * 3. `-0` prints as `0`.
 * 4. Nesting is limited, so a hostile value cannot exhaust the stack.
 *
 * Vectors: shared/vectors/canonical-json.json.
 */
import { assert } from "./assert.ts";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Deeper than any entry needs (entries reach 7), shallow enough for every stack. */
export const CANONICAL_DEPTH_MAX = 32;

export function canonicalJson(value: unknown): string {
  return encode(value, 0);
}

/** True when the text is exactly what `canonicalJson` would print for the value it was parsed from. */
export function isCanonical(text: string, parsed: unknown): boolean {
  try {
    // Nearly always: what ECMAScript prints differs in the order of members and in lone surrogates only.
    if (JSON.stringify(parsed) === text && isInOrder(parsed)) return true;
    return canonicalJson(parsed) === text;
  } catch {
    // Parsed JSON can still hold lone surrogates or be too deep: then it has no canonical form at all.
    return false;
  }
}

/**
 * True where `JSON.stringify` prints the value as `canonicalJson` does: members as they are sorted, text that has a UTF-8
 * form, not too deep. Of parsed JSON; false where it cannot tell, as what looks like a number comes first in JavaScript.
 */
export function isInOrder(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (depth >= CANONICAL_DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth + 1));
  let before: string | null = null;
  for (const key of Object.keys(value)) {
    if ((before !== null && before >= key) || !key.isWellFormed()) return false;
    if (!isInOrder((value as Record<string, unknown>)[key], depth + 1)) return false;
    before = key;
  }
  return true;
}

function encode(value: unknown, depth: number): string {
  assert(depth <= CANONICAL_DEPTH_MAX, "value nested too deeply for canonical JSON");
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "number") {
    assert(Number.isFinite(value), "canonical JSON has no NaN or infinity");
    return JSON.stringify(value);
  }
  if (typeof value === "string") return encodeString(value);
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(",")}]`;
  assert(typeof value === "object" && value !== undefined, `canonical JSON cannot hold a ${typeof value}`);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${encodeString(key)}:${encode(member, depth + 1)}`);
  return `{${members.join(",")}}`;
}

function encodeString(text: string): string {
  assert(text.isWellFormed(), "canonical JSON cannot hold a lone surrogate");
  return JSON.stringify(text);
}
