/**
 * Default mode network: what to think about when nobody asks. Pure.
 *
 * Not five memories at random: a pair with *tension*, related to each other and never used together, so that putting
 * them side by side is work nobody has done. Tension is highest where half of the words are common: less is another
 * subject, more is the same thing said twice.
 *
 *   tension(a, b) = 4 r (1 − r),  r = common words ÷ words of the shorter one;  0 where something rests on both already
 *
 * Without a model the thought consists of two quotations and what links them, and says so.
 */
import { contradictionOf } from "../llm/contradiction.ts";
import { termOf, wordsOf } from "../llm/terms.ts";
import { type Terms, TopicModel } from "./topic-model.ts";

/** Idle seconds before a mind wanders, and what it needs to wander through (kept). */
export const MEMORIES_MIN = 5;
/** A thought that teaches less than this is not kept (kept). */
export const NOVELTY_MIN = 0.3;
/** Shorter thoughts say nothing (kept). */
export const THOUGHT_CHARS_MIN = 30;
/** Two texts with fewer words in common are about different things. */
const COMMON_MIN = 2;
const QUOTE_CHARS_MAX = 280;
const LINK_WORDS_MAX = 4;

export interface Remembered {
  readonly id: string;
  readonly content: string;
}

export interface Pair<T extends Remembered> {
  readonly a: T;
  readonly b: T;
  readonly tension: number;
}

export interface Link {
  readonly text: string;
  readonly contradiction: "number" | "negation" | null;
}

export function tensionOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  const shorter = Math.min(a.size, b.size);
  if (common < COMMON_MIN || shorter === 0) return 0;
  const share = common / shorter;
  return 4 * share * (1 - share);
}

/** The pair with the most tension between a seed and others, or null where there is none. */
export function choosePair<T extends Remembered>(
  seed: T,
  others: readonly T[],
  usedTogether: (a: T, b: T) => boolean,
): Pair<T> | null {
  const terms = termSet(seed.content);
  let best: Pair<T> | null = null;
  for (const other of others) {
    if (other.id === seed.id) continue;
    const tension = tensionOf(terms, termSet(other.content));
    if (tension > (best?.tension ?? 0) && !usedTogether(seed, other)) best = { a: seed, b: other, tension };
  }
  return best;
}

/** A thought made of quotations and what joins them: no model, no word that is not in a memory or plainly ours. */
export function linkOf(a: Remembered, b: Remembered): Link {
  const contradiction = contradictionOf(a.content, b.content);
  const words = commonWords(a.content, b.content).slice(0, LINK_WORDS_MAX).join(", ");
  const verdict =
    contradiction === null
      ? `Both speak of ${words}; nothing has put them together yet.`
      : `Both speak of ${words} and they may contradict each other (${contradiction}).`;
  return { text: `${quoted(a.content)} ${quoted(b.content)} ${verdict}`, contradiction };
}

/** Terms of a text, as a set of stems; numbers are left out: rows of one table differ in nothing else. */
export function termSet(text: string): ReadonlySet<string> {
  return new Set(wordsOf(text).flatMap((word) => (/^\d/.test(word) ? [] : (termOf(word) ?? []))));
}

/** How much one text teaches whoever has only the other in mind, the lesser of both ways: 0 for copies, 1 for strangers. */
export function linkNovelty(a: Terms, b: Terms): number {
  const teaches = (known: Terms, text: Terms): number => {
    const mind = new TopicModel();
    mind.learn(known);
    return mind.measureIn(0, text).novelty;
  };
  return Math.min(teaches(a, b), teaches(b, a));
}

function commonWords(a: string, b: string): string[] {
  const other = termSet(b);
  const found = new Map<string, string>();
  for (const word of wordsOf(a)) {
    const term = termOf(word);
    if (term !== null && other.has(term) && !found.has(term)) found.set(term, word);
  }
  return [...found.values()];
}

function quoted(text: string): string {
  const plain = text.replace(/\s+/gu, " ").trim();
  return plain.length <= QUOTE_CHARS_MAX
    ? `“${plain}”`
    : `“${plain.slice(0, QUOTE_CHARS_MAX - 1).toWellFormed()}…”`;
}
