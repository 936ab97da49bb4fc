/**
 * What a short text asserts, as far as words alone can tell: content words with a sign, and the numbers it commits to.
 *
 * This is the check that keeps "should use X" and "should not use X" apart: bag-of-words similarity calls them equal,
 * because "not" is a stop word to it, and sentence embeddings place negations close together as well.
 *
 * The method is a polarity parity per clause (after NegEx, Chapman et al. 2001): each negator or antonym in a clause
 * flips the sign of all its content words, and what follows "rather than", "instead of" or "than" is flipped once more.
 *
 * 1. Pure and symmetric: contradicts(a, b) = contradicts(b, a); nothing contradicts itself.
 * 2. Numbers and dates: two positions that each commit to a number the other lacks contradict each other.
 * 3. Words of the question carry little: they stand in every answer and tell no two apart.
 *
 * Limits, stated: English negation only (other scripts are compared by words and numbers), and an exchange of subject
 * and object ("A beats B", "B beats A") is seen in comparisons alone.
 */
import { stemmer } from "stemmer";
import {
  ANTONYMS,
  CLAUSE_BREAKS,
  CONTRASTS,
  NEGATORS,
  NO_NEGATION,
  NUMBER_WORDS,
  STOP_WORDS,
} from "./words.ts";

export interface Position {
  /** Content stem → its weight and sign; sign 0 where the text says it both ways. */
  readonly terms: ReadonlyMap<string, Term>;
  /** Numbers, amounts and dates, normalised: `42`, `50%`, `1969-07-20`. */
  readonly numbers: ReadonlySet<string>;
  /** +1 for a text that opens with yes, −1 with no, 0 else. */
  readonly verdict: -1 | 0 | 1;
  /** The text, lower case, single spaces: equal texts are equal positions. */
  readonly plain: string;
}

interface Term {
  readonly weight: number;
  readonly sign: -1 | 0 | 1;
}

/** A position is said up front; what follows is argument, and arguments are full of negations. */
const LEAD_CHARS_MAX = 320;
const LEAD_CHARS_MIN = 24;
/** Names and identifiers tell answers apart better than other words do. */
const NAME_WEIGHT = 2.5;
/** Comparatives flip their clause; as words they say little ("better" and "worse" may mean the same order). */
const ANTONYM_WEIGHT = 0.3;
/** Words of the question are in every answer. */
const QUESTION_WEIGHT = 0.25;
/** Share of the common weight that must stand with opposite signs before two texts contradict each other. */
const OPPOSED_SHARE = 0.15;

export function readPosition(text: string, questionTerms?: ReadonlySet<string>): Position {
  const lead = leadOf(text.normalize("NFKC"));
  const { rest, numbers } = takeNumbers(lead);
  const sums = new Map<string, { weight: number; plus: number; minus: number }>();
  for (const clause of clausesOf(rest)) {
    for (const { stem, weight, sign } of readClause(clause)) {
      const sum = sums.get(stem) ?? { weight: 0, plus: 0, minus: 0 };
      sum.weight = Math.max(sum.weight, weight * (questionTerms?.has(stem) ? QUESTION_WEIGHT : 1));
      if (sign > 0) sum.plus += 1;
      else sum.minus += 1;
      sums.set(stem, sum);
    }
  }
  const terms = new Map<string, Term>();
  for (const [stem, { weight, plus, minus }] of sums) {
    terms.set(stem, { weight, sign: plus > 0 && minus > 0 ? 0 : plus > 0 ? 1 : -1 });
  }
  const opening =
    /^\W*(yes|no|true|false|correct|incorrect|agreed?|disagree)\b(?!\s+(?:one|more|longer|doubt|need)\b)/iu.exec(
      lead,
    )?.[1];
  const verdict = opening === undefined ? 0 : /^(?:no|false|incorrect|disagree)$/iu.test(opening) ? -1 : 1;
  return { terms, numbers, verdict, plain: plainOf(text) };
}

/** The stems of a question, to be discounted in its answers. */
export function questionTermsOf(question: string): ReadonlySet<string> {
  return new Set(wordsOf(question.normalize("NFKC")).map((word) => stemOf(word.toLowerCase())));
}

/** True when the two cannot both hold: a sign, a verdict or a number stands against another. */
export function contradicts(a: Position, b: Position): boolean {
  if (a.plain === b.plain) return false;
  if (a.verdict * b.verdict < 0) return true;
  if (numbersConflict(a.numbers, b.numbers)) return true;
  let shared = 0;
  let opposed = 0;
  for (const [stem, left] of a.terms) {
    const right = b.terms.get(stem);
    if (right === undefined) continue;
    const weight = Math.min(left.weight, right.weight);
    shared += weight;
    if (left.sign * right.sign < 0) opposed += weight;
  }
  return opposed > 0 && opposed >= OPPOSED_SHARE * shared;
}

/** 0 to 1: common weight, half as a share of both (Dice), half as a share of the shorter one (containment). */
export function overlap(a: Position, b: Position): number {
  if (a.plain === b.plain) return 1;
  let shared = 0;
  for (const [stem, left] of a.terms) shared += Math.min(left.weight, b.terms.get(stem)?.weight ?? 0);
  let numbers = 0;
  for (const number of a.numbers) if (hasNumber(b.numbers, number)) numbers += NAME_WEIGHT;
  const total = (p: Position): number =>
    [...p.terms.values()].reduce((sum, term) => sum + term.weight, p.numbers.size * NAME_WEIGHT);
  const [left, right] = [total(a), total(b)];
  if (left === 0 || right === 0) return 0;
  const common = shared + numbers;
  return Math.min(1, common / (left + right) + common / (2 * Math.min(left, right)));
}

function plainOf(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%.+-]+/gu, " ")
    .trim();
}

/** The first sentence, or the first two where the first is only an opening ("Yes."). */
function leadOf(text: string): string {
  const flat = text
    .slice(0, LEAD_CHARS_MAX * 2)
    .replace(/\s+/gu, " ")
    .trim();
  const end = /[.!?](?=\s|$)|[。！？]/gu;
  for (const match of flat.matchAll(end)) {
    const cut = match.index + match[0].length;
    if (cut >= LEAD_CHARS_MIN) return flat.slice(0, Math.min(cut, LEAD_CHARS_MAX));
  }
  return flat.slice(0, LEAD_CHARS_MAX);
}

const MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";
const MONTH = `(${MONTHS})[a-z]*\\.?`;
const DATES: readonly { pattern: RegExp; order: readonly [y: number, m: number, d: number] }[] = [
  { pattern: /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/giu, order: [1, 2, 3] },
  {
    pattern: new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH},? (\\d{4})\\b`, "giu"),
    order: [3, 2, 1],
  },
  { pattern: new RegExp(`\\b${MONTH} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`, "giu"), order: [3, 1, 2] },
];
const AMOUNT =
  /(?<![\p{L}\d_.-])(-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)\s?(%|percent\b|million\b|billion\b|thousand\b|k\b)?/giu;
const SCALES: Readonly<Record<string, number>> = { k: 1e3, thousand: 1e3, million: 1e6, billion: 1e9 };

function takeNumbers(lead: string): { rest: string; numbers: Set<string> } {
  const numbers = new Set<string>();
  let rest = lead;
  for (const { pattern, order } of DATES) {
    rest = rest.replace(pattern, (...match: string[]) => {
      const [year, month, day] = order.map((group) => match[group] ?? "");
      const name = MONTHS.split("|").indexOf((month ?? "").slice(0, 3).toLowerCase());
      const monthNumber = name >= 0 ? name + 1 : Number(month);
      numbers.add(`${year}-${String(monthNumber).padStart(2, "0")}-${String(Number(day)).padStart(2, "0")}`);
      return " ";
    });
  }
  rest = rest.replace(/[a-z]+/giu, (word) => NUMBER_WORDS.get(word.toLowerCase()) ?? word);
  rest = rest.replace(AMOUNT, (_whole, digits: string, unit: string | undefined) => {
    const name = unit?.toLowerCase();
    const value = Number(digits.replace(/,/gu, "")) * (name === undefined ? 1 : (SCALES[name] ?? 1));
    numbers.add(`${value === 0 ? 0 : value}${name === "%" || name === "percent" ? "%" : ""}`);
    return " ";
  });
  return { rest, numbers };
}

/** A year agrees with every date in it. */
function hasNumber(set: ReadonlySet<string>, number: string): boolean {
  if (set.has(number)) return true;
  const isDate = /^\d{4}-\d\d-\d\d$/u.test(number);
  if (isDate) return set.has(number.slice(0, 4));
  return /^\d{4}$/u.test(number) && [...set].some((other) => other.startsWith(`${number}-`));
}

function numbersConflict(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const lacking = (from: ReadonlySet<string>, into: ReadonlySet<string>): boolean =>
    [...from].some((number) => !hasNumber(into, number));
  return lacking(a, b) && lacking(b, a);
}

function clausesOf(text: string): readonly string[] {
  return text.replace(NO_NEGATION, " ").split(CLAUSE_BREAKS);
}

function readClause(clause: string): readonly { stem: string; weight: number; sign: -1 | 1 }[] {
  const [main = "", ...contrasted] = clause.split(CONTRASTS);
  // Each piece after "rather than" or "than" stands against the clause before it.
  const pieces = [main, ...contrasted];
  let sign: -1 | 1 = 1;
  const read: { stem: string; weight: number; flip: boolean }[] = [];
  for (const [index, piece] of pieces.entries()) {
    for (const word of wordsOf(piece)) {
      const lower = word.toLowerCase();
      const antonym = ANTONYMS.get(lower) ?? ANTONYMS.get(stemmer(lower));
      if (NEGATORS.has(lower) || antonym !== undefined) sign = sign === 1 ? -1 : 1;
      if (NEGATORS.has(lower) || STOP_WORDS.has(lower)) continue;
      if (antonym !== undefined) read.push({ stem: antonym, weight: ANTONYM_WEIGHT, flip: index % 2 === 1 });
      else read.push({ stem: stemOf(lower), weight: weightOf(word), flip: index % 2 === 1 });
    }
  }
  return read.map(({ stem, weight, flip }) => ({ stem, weight, sign: flip ? (sign === 1 ? -1 : 1) : sign }));
}

function weightOf(word: string): number {
  return /\p{Lu}/u.test(word) || /\d/u.test(word) ? NAME_WEIGHT : 1;
}

function stemOf(lower: string): string {
  return ANTONYMS.get(lower) ?? stemmer(lower);
}

/** Words; scripts written without spaces give pairs of characters, which serve the same purpose. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of text.replace(/n['’]t\b/giu, " not").matchAll(/[\p{L}\p{N}_]+/gu)) {
    if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word))
      words.push(word);
    else for (let at = 0; at + 1 < Math.max(2, word.length); at += 1) words.push(word.slice(at, at + 2));
  }
  return words;
}
