/**
 * A memory that speaks against another: the same subject with another number, or with the opposite sign.
 *
 * A surface test (shared terms, then numbers and negation words), as in the contradiction features of de Marneffe,
 * Rafferty & Manning 2008. It proposes; it proves nothing, and it is worded so.
 */
import { termsOf, wordsOf } from "./terms.ts";

export type Contradiction = "number" | "negation";

const NEGATION = /\b(not|never|no longer|none|nobody|nothing|cannot|without|neither|nor)\b|n['’]t\b/i;
/** Of the smaller text's terms this share must be common, else the two are about different things. */
const COMMON_SHARE_MIN = 0.5;
/** Two common words are still chance. */
const COMMON_TERMS_MIN = 3;

/** How `other` contradicts `text`, or null. Both are single sentences or short quotations. */
export function contradictionOf(text: string, other: string): Contradiction | null {
  const own = new Set(plainTerms(text));
  const theirs = new Set(plainTerms(other));
  const common = [...own].filter((term) => theirs.has(term)).length;
  if (common < COMMON_TERMS_MIN || common < COMMON_SHARE_MIN * Math.min(own.size, theirs.size)) return null;
  if (NEGATION.test(text) !== NEGATION.test(other)) return "negation";
  const numbers = numbersOf(text);
  const otherNumbers = numbersOf(other);
  const differ = numbers.size > 0 && otherNumbers.size > 0 && [...numbers].every((n) => !otherNumbers.has(n));
  return differ ? "number" : null;
}

function plainTerms(text: string): string[] {
  return termsOf(text).filter((term) => !/^\d/.test(term));
}

function numbersOf(text: string): Set<string> {
  return new Set(wordsOf(text).filter((word) => /^\d/.test(word)));
}
