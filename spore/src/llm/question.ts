/**
 * What a question asks about, and what kind of thing would answer it.
 *
 * Surface patterns only (Li & Roth 2002 show that the question word and its noun decide the coarse answer type for
 * most questions); a question that fits none expects nothing in particular.
 */
import { termOf, termsOf, wordsOf } from "./terms.ts";

export type Expected = "person" | "time" | "place" | "quantity" | null;

export interface Question {
  /** Distinct content terms, in order. */
  readonly terms: readonly string[];
  /** Terms of the capitalised words after the first: names that a relevant memory should know. */
  readonly names: readonly string[];
  /** Pairs of adjacent terms, joined by a space. */
  readonly pairs: ReadonlySet<string>;
  readonly expected: Expected;
}

const EXPECTED_PATTERNS: readonly (readonly [Exclude<Expected, null>, RegExp])[] = [
  ["time", /\bwhen\b|\b(what|which) (date|day|month|year|time)\b|\bhow long\b|\bsince when\b/i],
  [
    "quantity",
    /\bhow (many|much|old|often|far|tall|big|large|fast)\b|\bwhat (number|percentage|share|price)\b/i,
  ],
  ["person", /\bwho(se|m)?\b/i],
  ["place", /\bwhere\b|\b(what|which) (city|cities|country|countries|place|places|town|state)\b/i],
];

export function analyseQuestion(text: string): Question {
  const sequence = termsOf(text);
  const names = wordsOf(text)
    .slice(1)
    .filter((word) => /^\p{Lu}\p{L}+/u.test(word))
    .map(termOf)
    .filter((term) => term !== null);
  return {
    terms: [...new Set(sequence)],
    names: [...new Set(names)],
    pairs: new Set(adjacentPairs(sequence)),
    expected: EXPECTED_PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? null,
  };
}

export function adjacentPairs(terms: readonly string[]): string[] {
  return terms.slice(1).map((term, index) => `${terms[index]} ${term}`);
}

const TIME_WORDS =
  /\b(yesterday|today|tonight|tomorrow|ago|last|next|since|(?:year|month|week|weekend|day|hour)s?|january|february|march|april|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|recently|(?:1[5-9]|20)\d\d)\b|\d\d:\d\d|\bin may\b/i;
const QUANTITY_WORDS =
  /\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|dozen|hundred|thousand|million|once|twice|couple|few|several|half)\b/i;
const PLACE_WORDS =
  /\b(in|at|from|to|near|on|inside|outside|behind|beside|under)\s+(the\s+|a\s+|my\s+|our\s+)?\p{L}/iu;

/** True when the text holds something of the expected kind. Where nothing is expected, nothing can be held. */
export function holdsExpected(question: Question, text: string): boolean {
  switch (question.expected) {
    case null:
      return false;
    case "time":
      return TIME_WORDS.test(text);
    case "quantity":
      return QUANTITY_WORDS.test(text);
    case "place":
      return PLACE_WORDS.test(text);
    case "person":
      return wordsOf(text)
        .slice(1)
        .some((word) => /^\p{Lu}\p{L}{2}/u.test(word) && !question.names.includes(termOf(word) ?? ""));
  }
}
