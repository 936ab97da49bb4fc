/**
 * A model's text → one value of a schema, as much of it as is usable.
 *
 * Models wrap JSON in fences and prose, leave commas and quotes wrong, stop in the middle, and overstep limits. The
 * text is searched and repaired (jsonrepair), then validated; where validation fails, the one bad field is mended and
 * the rest kept: numbers are clamped, texts and lists cut, numbers in quotes read, bad list elements and unknown
 * members dropped, and what is missing becomes the empty value of its type. A number, choice or truth value that is
 * missing has no empty value: the reply is refused, unless the schema states a default.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import { jsonrepair } from "jsonrepair";
import type { z } from "zod";

export interface UnreadableReply {
  readonly kind: "no_json" | "wrong_shape";
  readonly message: string;
}

/** Every round mends at least one field or gives up; a reply with more faults than this is not worth mending. */
const MENDING_ROUNDS_MAX = 16;

/** Reads a reply whose thinking has been stripped. */
export function readStructured<T>(text: string, schema: z.ZodType<T>): Result<T, UnreadableReply> {
  const found = findJson(text);
  if (found === undefined) return err({ kind: "no_json", message: "the reply holds no JSON" });
  let value: unknown = found;
  for (let round = 0; round < MENDING_ROUNDS_MAX; round++) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return ok(parsed.data);
    const before = JSON.stringify(value);
    // From the last issue back, so that dropping a list element does not move the ones still to be mended.
    for (const issue of parsed.error.issues.toReversed()) value = mend(value, issue.path, issue);
    if (JSON.stringify(value) === before) return err(wrongShape(parsed.error));
  }
  return err({ kind: "wrong_shape", message: "the reply has too many faults" });
}

function wrongShape(error: z.ZodError): UnreadableReply {
  const path = error.issues[0]?.path.join(".") ?? "";
  return { kind: "wrong_shape", message: `the reply has no usable ${path === "" ? "value" : `"${path}"`}` };
}

/** The longest object or array in the text that can be read; what stands around it is ignored. */
function findJson(text: string): unknown {
  for (const block of blocksOf(text).toSorted((a, b) => b.length - a.length)) {
    for (const read of [JSON.parse, (json: string): unknown => JSON.parse(jsonrepair(json))]) {
      try {
        const value: unknown = read(block);
        if (typeof value === "object" && value !== null) return value;
      } catch {
        // Not JSON as it stands; the next, more tolerant reading may find some.
      }
    }
  }
  return undefined;
}

/** The stretches from an opening bracket to the one that closes it, or to the end where nothing does. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[{}\]]/g)) {
    if (token === "{" || token === "[") {
      if (depth === 0) start = index;
      depth += 1;
    } else if ((token === "}" || token === "]") && depth > 0) {
      depth -= 1;
      if (depth === 0) blocks.push(text.slice(start, index + 1));
    }
  }
  return depth > 0 ? [...blocks, text.slice(start)] : blocks;
}

type Issue = z.core.$ZodIssue;

function mend(root: unknown, path: readonly PropertyKey[], issue: Issue): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return mended(root, issue);
  if (Array.isArray(root)) {
    const index = Number(key);
    const element = mend(root[index], rest, issue);
    return element === undefined || Object.is(element, root[index])
      ? root.toSpliced(index, 1)
      : root.with(index, element);
  }
  if (typeof root !== "object" || root === null) return root;
  const { [String(key)]: member, ...others } = root as Record<string, unknown>;
  const replaced = mend(member, rest, issue);
  return replaced === undefined ? others : { ...others, [String(key)]: replaced };
}

/** The nearest allowed value; the value itself where there is none, undefined where the member should go. */
function mended(value: unknown, issue: Issue): unknown {
  switch (issue.code) {
    case "too_big":
      return shortened(value, Number(issue.maximum));
    case "too_small":
      return typeof value === "number" ? Number(issue.minimum) : value;
    case "unrecognized_keys":
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>).filter(([key]) => !issue.keys.includes(key)),
      );
    case "invalid_value":
      return typeof value === "string" ? sameWord(value, issue.values) : value;
    case "invalid_type":
      return coerced(value, issue.expected);
    default:
      return value;
  }
}

function shortened(value: unknown, maximum: number): unknown {
  if (typeof value === "number") return maximum;
  if (typeof value === "string") return cutWhole(value, maximum);
  return Array.isArray(value) ? value.slice(0, maximum) : value;
}

function sameWord(value: string, allowed: readonly unknown[]): unknown {
  const plain = value.trim().toLowerCase();
  return allowed.find((word) => typeof word === "string" && word.toLowerCase() === plain) ?? value;
}

function coerced(value: unknown, expected: string): unknown {
  switch (expected) {
    case "number":
    case "int":
      return numberFrom(value, expected === "int");
    case "string":
      if (value === undefined || value === null) return "";
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "array":
      return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
    case "object":
    case "record":
      return value === undefined || value === null ? {} : value;
    case "null":
      return null;
    default:
      return value;
  }
}

/** `"0.8"`, `"80 %"` and 3.0 as numbers; anything else stays what it is. */
function numberFrom(value: unknown, whole: boolean): unknown {
  if (typeof value === "number") return whole ? Math.round(value) : value;
  const match = typeof value === "string" ? /^\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(value) : null;
  if (match === null) return value;
  const number = Number(match[1]) / (match[2] === "%" ? 100 : 1);
  return whole ? Math.round(number) : number;
}
