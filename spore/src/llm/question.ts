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
  /** The verb of a question with "do" or "can", about things without a name: documents put it in other words. */
  readonly predicate: string | null;
  /** The terms of X in "what is X?" and "what does X do?": the answer is where X is defined, not wherever it is mentioned. */
  readonly defined: readonly string[];
  /** What a text may write as one word → the first of the two that the question has: "backup" → "back" (up). */
  readonly joined: ReadonlyMap<string, string>;
  /** All its words, lower case, function words too: by them a question that a text asks itself is known again. */
  readonly words: ReadonlySet<string>;
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
  const defined = DEFINITION.exec(text)?.[1] ?? SUBJECT.exec(text)?.[1] ?? "";
  const expected = EXPECTED_PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  return {
    terms: [...new Set(sequence)],
    names: [...new Set(names)],
    pairs: new Set(adjacentPairs(sequence)),
    // "Who is a commander?" asks for a meaning; "Who is Ada?" for a person. "What happens when …?" names a condition.
    expected:
      (expected === "person" && /^\p{Ll}/u.test(defined)) ||
      (expected === "time" && names.length === 0 && CONDITION.test(text))
        ? null
        : expected,
    predicate: predicateOf(text),
    defined: termsOf(defined),
    joined: joinedOf(wordsOf(text)),
    words: questionWords(text),
  };
}

function joinedOf(words: readonly string[]): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [at, particle] of words.entries()) {
    const verb = words[at - 1];
    const [part, whole] = [termOf(verb ?? ""), termOf(`${verb}${particle}`)];
    if (verb !== undefined && part !== null && whole !== null && termOf(particle) === null)
      joined.set(whole, part);
  }
  return joined;
}

/** The terms of a text as far as the question may ask for them: what it writes as two words a text may write as one. */
export function termsAsAsked({ joined }: Question, text: string): string[] {
  return termsOf(text).flatMap((term) => joined.get(term) ?? term);
}

const DEFINITION =
  /^\s*(?:what|who)(?:\s+(?:is|are)|['’]s)\s+(?:(?:an?|the|your|our)\s+)?([\p{L}\p{N}][\p{L}\p{N}.–-]*(?:\s+[\p{L}\p{N}][\p{L}\p{N}.–-]*){0,3})\s*\??\s*$/iu;
/**
 * "What does a receipt prove?" is answered best where receipts are explained; a person is not explained, but what has a
 * capital and an article ("the Sentinel") is a thing.
 */
const SUBJECT =
  /^\s*[Ww]hat\s+do(?:es)?\s+(?:(?:an?|the)\s+(?=\p{L})|(?=\p{Ll}))([\p{L}][\p{L}\p{N}-]*(?:\s+[\p{L}][\p{L}\p{N}-]*)?)\s+\p{Ll}+\??\s*$/u;
/** Another question word comes first, and no other word asks for a time. */
const CONDITION =
  /^\s*(?:what|how|why|who|which|where|is|are|does|do|can)\b(?!\s+(?:date|day|month|year|time|long)\b).*\bwhen\b/iu;
const AUXILIARY = /\b(?:do|does|did|can|could|should|must|will|would|may|might)\s+(.+)$/iu;
/** Where the subject and its verb end: a preposition or a second noun phrase follows. */
const AFTER_VERB =
  /\s(?:about|after|against|at|before|between|by|for|from|in|into|of|on|out|over|the|through|to|under|with|an?)\s/iu;
/** A longer stretch holds an object as well, and the verb cannot be told by its place. */
const SUBJECT_AND_VERB_MAX = 3;

/** By place, not by grammar: after a pronoun the verb is the first word, after a noun the last before a preposition. */
function predicateOf(text: string): string | null {
  const clause = AUXILIARY.exec(text)?.[1];
  if (clause === undefined) return null;
  const pronoun = /^(?:i|we|you|they|it|he|she|one)\s+/iu.exec(clause)?.[0];
  const subject = clause.slice(pronoun?.length ?? 0).replace(/^(?:an?|the|my|your|our|this|that)\s+/iu, "");
  const stretch = subject.split(AFTER_VERB)[0] ?? "";
  const words = wordsOf(stretch).filter((word) => termOf(word) !== null);
  if (words.length === 0 || words.some((word) => /^\p{Lu}/u.test(word))) return null;
  if (pronoun !== undefined) return termOf(words[0] ?? "");
  const endsInVerb = termOf(wordsOf(stretch).at(-1) ?? "") !== null;
  if (!endsInVerb || words.length < 2 || words.length > SUBJECT_AND_VERB_MAX) return null;
  return termOf(words.at(-1) ?? "");
}

export function questionWords(text: string): ReadonlySet<string> {
  return new Set(wordsOf(text).map((word) => word.toLowerCase()));
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
