/**
 * Answers in a form that can be compared exactly.
 *
 * A task may say what its answer looks like (a number, a choice, JSON). Then two answers agree when their normalised
 * values are the same, and nobody has to judge meaning. Free text has no value here; agreement.ts compares it.
 *
 * 1. `normaliseAnswer` is idempotent: a normalised value normalises to itself.
 * 2. It never throws, whatever a model wrote; what cannot be read is null, which counts as an abstention.
 * 3. The result depends on the text and the form alone (no locale, no clock), so a receipt can be recomputed anywhere.
 */
import { CANONICAL_DEPTH_MAX, canonicalJson } from "../canonical-json.ts";
import type { AnswerForm } from "../contract/entry.ts";

/** Room for a value in a contribution; a longer one is no short answer and is refused. */
export const VALUE_CHARS_MAX = 500;
/** Floats printed by different models differ in the last digits; this much, relative, is the same number. */
const NUMBER_NOISE = 1e-9;
/** Text scanned for a value; a reply is at most this long anyway, and the patterns stay linear on it. */
const SCAN_CHARS_MAX = 8_000;

/** @returns the normalised value of a model's answer, or null where the text holds none of that form. */
export function normaliseAnswer(text: string, form: AnswerForm): string | null {
  const scanned = text.slice(-SCAN_CHARS_MAX);
  const value =
    form.type === "number"
      ? numberIn(scanned)
      : form.type === "choice"
        ? choiceIn(scanned, form.options)
        : jsonIn(scanned);
  return value === null || value.length > VALUE_CHARS_MAX ? null : value;
}

/** True when two normalised values are the same answer. `tolerance` of a number form is absolute. */
export function sameValue(a: string, b: string, form: AnswerForm): boolean {
  if (a === b) return true;
  return form.type === "number" && numbersAgree(Number(a), Number(b), form.tolerance ?? 0);
}

/** Grades an answer against a known one. Null: there was nothing to grade. */
export function gradeAnswer(answer: string | null, expected: string, form: AnswerForm): boolean | null {
  if (answer === null) return null;
  const value = normaliseAnswer(answer, form);
  const truth = normaliseAnswer(expected, form);
  return value === null || truth === null ? null : sameValue(value, truth, form);
}

export function numbersAgree(a: number, b: number, tolerance: number): boolean {
  const noise = NUMBER_NOISE * Math.max(Math.abs(a), Math.abs(b));
  return Math.abs(a - b) <= Math.max(tolerance, noise);
}

/** Unicode compatibility form, lower case, single spaces: for comparing free text letter by letter. */
export function plainText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}

/** A sign belongs to the number only where no digit stands before it: "3-5" holds 3 and 5. */
const NUMBER =
  /(?:(?<![\d.])[-+])?(?:(?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:e[-+]?\d{1,3})?/giu;
/** Where models put their final answer, most explicit first. */
const FINAL_MARKS = [/\\boxed\{/giu, /####/gu, /\b(?:final )?(?:answer|result|total)\b\s*(?:is|:|=)?/giu];

function afterFinalMark(text: string): string | null {
  for (const mark of FINAL_MARKS) {
    const last = [...text.matchAll(mark)].at(-1);
    if (last) return text.slice(last.index + last[0].length);
  }
  return null;
}

function numberIn(text: string): string | null {
  const sentence = afterFinalMark(text)?.split(/[.!?](?=\s|$)|\n/u)[0];
  // "The answer is 3 + 4 = 7" means 7; "the answer is 42 because …" means 42.
  const marked = sentence?.includes("=") ? sentence.slice(sentence.lastIndexOf("=")) : sentence;
  return parseNumber(marked?.match(NUMBER)?.[0]) ?? parseNumber(text.match(NUMBER)?.at(-1));
}

function parseNumber(token: string | undefined): string | null {
  if (token === undefined) return null;
  const value = Number(token.replace(/[,\u00a0\u202f]/gu, ""));
  if (!Number.isFinite(value)) return null;
  return String(value === 0 ? 0 : value);
}

function choiceIn(text: string, options: readonly string[]): string | null {
  const wanted = plainText(text).replace(/^["'(]+|["').]+$/gu, "");
  const exact = options.find((option) => plainText(option) === wanted);
  if (exact !== undefined) return exact;
  return choiceByLetter(text, options) ?? choiceByMention(text, options);
}

function choiceByLetter(text: string, options: readonly string[]): string | null {
  const marked = afterFinalMark(text);
  // Only after "the answer is" may a space end the letter: elsewhere "A" is an article and "I" a person.
  const match =
    (marked === null ? null : /^[\s"'(*:[]*([A-Z])(?=[\s"').:,\]*}]|$)/u.exec(marked)) ??
    /^[\s"'(*[]*([A-Z])(?=["').:,\]*}]|\s*$)/u.exec(text) ??
    /\(([A-Z])\)/u.exec(text);
  const letter = match?.[1];
  if (letter === undefined) return null;
  const byName = options.find((option) => option === letter);
  return byName ?? options[letter.charCodeAt(0) - 65] ?? null;
}

/** The one option whose words stand in the text; none where several do, unless a longer one contains the others. */
function choiceByMention(text: string, options: readonly string[]): string | null {
  const marked = afterFinalMark(text);
  for (const part of marked === null ? [text] : [marked, text]) {
    const named = options.filter((option) => mentions(part, option));
    const longest = named.toSorted((a, b) => b.length - a.length)[0];
    if (longest !== undefined && named.every((option) => mentions(longest, option))) return longest;
  }
  return null;
}

function mentions(text: string, option: string): boolean {
  const haystack = ` ${plainText(text).replace(/[^\p{L}\p{N}]+/gu, " ")} `;
  const needle = plainText(option)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  // A single letter is mentioned in any English text ("a", "I"); it counts only where choiceByLetter finds it.
  return needle.length > 1 && haystack.includes(` ${needle} `);
}

function jsonIn(text: string): string | null {
  const fenced = [...text.matchAll(/```(?:json)?\s*([\s\S]*?)```/giu)].at(-1)?.[1];
  const bracketed = /[[{][\s\S]*[\]}]/u.exec(text)?.[0];
  for (const candidate of [text.trim(), fenced, bracketed]) {
    if (candidate === undefined) continue;
    try {
      const parsed: unknown = JSON.parse(candidate);
      if (depthOf(parsed) <= CANONICAL_DEPTH_MAX) return canonicalJson(parsed);
    } catch {
      // A model's text is allowed to be no JSON, or JSON without a canonical form: the next candidate may be one.
    }
  }
  return null;
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= CANONICAL_DEPTH_MAX) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    depth += 1;
  }
  return depth;
}
