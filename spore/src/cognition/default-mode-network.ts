/**
 * Default mode network: what to think about when nobody asks. Pure.
 *
 * Not five memories at random: a pair with *tension*, joined by something rare and otherwise different, and never used
 * together, so that putting them side by side is work nobody has done.
 *
 *   tension(a, b) = bridge² × (1 − r)      0 where something rests on both already, or they say the same
 *   bridge = the rarest word they share, as a share of the rarest any two memories could share (a name bridges, a common
 *            word does not; measured: words in common alone choose no better than chance)
 *   r = common words ÷ words of the shorter one
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
/** What two texts share is a bridge from this rarity on; 1 is a word that stands in two memories only. */
export const BRIDGE_MIN = 0.5;
/** A rare word that is no name joins things of one kind more often than one thing: two bridges, two markets. */
const WORD_SHARE = 0.6;
/** Two texts that share more of their words say the same. */
const SAME_TEXT = 0.8;
/** Words whose rarity is known; beyond it those seen once are forgotten. */
const RARITY_WORDS_MAX = 50_000;
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

/** In how many memories each word stands: what makes a word telling. */
export class TermRarity {
  readonly #memories = new Map<string, number>();
  #total = 0;

  add(terms: ReadonlySet<string>): void {
    this.#total += 1;
    for (const term of terms) this.#memories.set(term, (this.#memories.get(term) ?? 0) + 1);
    if (this.#memories.size <= RARITY_WORDS_MAX) return;
    for (const [term, count] of this.#memories) if (count === 1) this.#memories.delete(term);
  }

  /** 1 for a word of at most two memories, falling to 0 for one that stands in all (inverse document frequency). */
  of(term: string): number {
    const rarest = Math.log((this.#total + 1) / 2);
    if (rarest <= 0) return 0;
    return Math.max(
      0,
      Math.min(1, Math.log((this.#total + 1) / Math.max(2, this.#memories.get(term) ?? 0)) / rarest),
    );
  }
}

/** What a text is compared by. */
export interface Words {
  readonly terms: ReadonlySet<string>;
  /** Those of the terms that are names: written with a capital letter inside a sentence. */
  readonly names: ReadonlySet<string>;
}

export function wordsIn(text: string): Words {
  const names = new Set<string>();
  for (const { 0: word } of text.matchAll(/(?<=[\p{Ll}\p{N},;:] )\p{Lu}[\p{L}\p{N}]+/gu)) {
    const term = termOf(word);
    if (term !== null) names.add(term);
  }
  return { terms: termSet(text), names };
}

export interface Bridge {
  readonly term: string;
  readonly rarity: number;
}

/** The most telling word that both have, names before other words, or null where they share nothing telling. */
export function bridgeOf(a: Words, b: Words, rarity: TermRarity): Bridge | null {
  let best: Bridge | null = null;
  for (const term of a.terms) {
    if (!b.terms.has(term)) continue;
    const own = rarity.of(term) * (a.names.has(term) || b.names.has(term) ? 1 : WORD_SHARE);
    if (own >= BRIDGE_MIN && own > (best?.rarity ?? 0)) best = { term, rarity: own };
  }
  return best;
}

export function tensionOf(a: Words, b: Words, rarity: TermRarity): number {
  const bridge = bridgeOf(a, b, rarity);
  const shorter = Math.min(a.terms.size, b.terms.size);
  if (bridge === null || shorter === 0) return 0;
  const share = [...a.terms].filter((term) => b.terms.has(term)).length / shorter;
  return share >= SAME_TEXT ? 0 : bridge.rarity ** 2 * (1 - share);
}

/** The pair with the most tension between a seed and others, or null where there is none. */
export function choosePair<T extends Remembered>(
  seed: T,
  others: readonly T[],
  rarity: TermRarity,
  usedTogether: (a: T, b: T) => boolean,
): Pair<T> | null {
  const own = wordsIn(seed.content);
  let best: Pair<T> | null = null;
  for (const other of others) {
    if (other.id === seed.id) continue;
    const tension = tensionOf(own, wordsIn(other.content), rarity);
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
