/**
 * The value of an answer form, read out of quoted memories. Nothing is computed: a number, an option or a JSON value
 * counts only when a memory states it, else the answer is null and the reasoner abstains.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import type { Question } from "./question.ts";
import { termOf, termsOf, wordsOf } from "./terms.ts";

export interface WeightedQuote {
  readonly quote: string;
  /** Share of the answer's weight, 0 to 1. */
  readonly weight: number;
}

/** The contract's limit for a value. */
const VALUE_CHARS_MAX = 500;
/** An option must be supported by this much more than the next, or the memories do not decide. */
const OPTION_LEAD = 1.2;
const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    zero: 0,
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12,
    dozen: 12,
    twenty: 20,
    hundred: 100,
  }),
);

/** The normalised value, or null where the quotes do not state one. Quotes come best first. */
export function readValue(
  form: AnswerForm,
  question: Question,
  quotes: readonly WeightedQuote[],
): string | null {
  switch (form.type) {
    case "number":
      return firstOf(quotes, ({ quote }) => numberIn(quote, question));
    case "choice":
      return optionIn(form.options, question, quotes);
    case "json":
      return firstOf(quotes, ({ quote }) => jsonIn(quote));
  }
}

function firstOf(
  quotes: readonly WeightedQuote[],
  read: (quote: WeightedQuote) => string | null,
): string | null {
  for (const quote of quotes) {
    const value = read(quote);
    if (value !== null && value.length <= VALUE_CHARS_MAX) return value;
  }
  return null;
}

/** The number nearest to a word of the question, as plain decimal text. */
function numberIn(quote: string, question: Question): string | null {
  const words = wordsOf(quote);
  const asked = words.flatMap((word, index) => (question.terms.includes(termOf(word) ?? "") ? [index] : []));
  let nearest: { value: number; distance: number } | null = null;
  words.forEach((word, index) => {
    const value = numberOf(word);
    if (value === null || question.terms.includes(termOf(word) ?? "")) return;
    const distance = Math.min(...asked.map((at) => Math.abs(at - index)), words.length);
    if (nearest === null || distance < nearest.distance) nearest = { value, distance };
  });
  const found = nearest as { value: number } | null;
  return found === null ? null : String(found.value);
}

function numberOf(word: string): number | null {
  const named = NUMBER_WORDS.get(word.toLowerCase());
  if (named !== undefined) return named;
  // A comma followed by three digits separates thousands; anything else is not one plain number.
  const plain = word.replace(/,(?=\d{3}(\D|$))/g, "");
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

function optionIn(
  options: readonly string[],
  question: Question,
  quotes: readonly WeightedQuote[],
): string | null {
  const termSets = options.map((option) => new Set(termsOf(option)));
  const supports = termSets.map((own, index) => {
    const telling = [...own].filter(
      (term) =>
        !question.terms.includes(term) && termSets.every((other, at) => at === index || !other.has(term)),
    );
    if (telling.length === 0) return 0;
    return quotes.reduce((sum, { quote, weight }) => {
      const terms = new Set(termsOf(quote));
      return sum + (weight * telling.filter((term) => terms.has(term)).length) / telling.length;
    }, 0);
  });
  const [first = 0, second = 0] = [...supports].sort((a, b) => b - a);
  if (first === 0 || first < second * OPTION_LEAD) return null;
  return options[supports.indexOf(first)] ?? null;
}

/** The first object or array in the text that parses, in canonical form. */
function jsonIn(text: string): string | null {
  for (const open of text.matchAll(/[[{]/g)) {
    const close = text.lastIndexOf(open[0] === "{" ? "}" : "]");
    if (close <= open.index) continue;
    try {
      return canonicalJson(JSON.parse(text.slice(open.index, close + 1)));
    } catch {
      // Not JSON from this bracket on; the next one may be.
    }
  }
  return null;
}
