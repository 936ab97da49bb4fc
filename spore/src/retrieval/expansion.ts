/**
 * A question widened by the words of its first hits, in three ways.
 *
 * SECOND_HOP, where nothing else is said: the rarest few words of the first three hits. What answers a question in parts is often told where
 * only the first part's answer is named. A long question says enough by itself, so the share falls with its length.
 *
 * TOPIC, where the question names a topic (topic.ts): the words of the first ten hits, as much as BM25 counts their use there,
 * together three tenths of what was asked. A topic has many answers, and they share its vocabulary.
 *
 * EXPLORE, with `mode: "explore"`: a relevance model (RM3, Abdul-Jaleel et al. 2004) of the first ten.
 *
 *   P(t) = Σ_d relevance(d) · tf(t, d) / len(d)   over the first hits;  each added term weighs rarity · share · P(t)
 *
 * It helps on topics and costs on facts and dialogue, where it pulls in what merely surrounds the answer, so it is
 * asked for and never the default.
 */
import { COUNT_SCALE, type ForwardRow } from "./forward-row.ts";
import { BM25_K1, type WeighedTerm, weighTerms } from "./relevance.ts";

/** How a question is widened. */
export interface Widening {
  /** Hits that are read, the first ones. */
  readonly entries: number;
  /** Terms that are added. */
  readonly terms: number;
  /** Together the added terms weigh as much as this share of the question. @param asked how many terms it has. */
  readonly share: (asked: number) => number;
  /** Terms that occur in a larger share of the entries are not added. */
  readonly commonMax: number;
  /** What one hit's use of a term counts, before the term's rarity. */
  readonly mass: (count: number, length: number, relevance: number) => number;
}

/** Terms from which a question is long. */
const LONG_QUESTION = 3;

export const SECOND_HOP: Widening = {
  entries: 3,
  terms: 5,
  share: (asked) => 0.2 * Math.min(1, LONG_QUESTION / asked) ** 2,
  commonMax: 0.05,
  mass: (count) => (count >= 1 ? 1 : 0),
};

export const TOPIC: Widening = {
  entries: 10,
  terms: 8,
  share: () => 0.3,
  commonMax: 0.1,
  mass: (count, _length, relevance) => (count >= 1 ? (relevance * count) / (count + BM25_K1) : 0),
};

export const EXPLORE: Widening = {
  entries: 10,
  terms: 12,
  share: () => 0.5,
  commonMax: 1,
  mass: (count, length, relevance) => (relevance * count) / Math.max(1, length),
};

/** @returns the terms asked for, and those that were added. */
export function expandTerms(
  terms: readonly WeighedTerm[],
  hits: readonly { readonly row: ForwardRow; readonly relevance: number }[],
  frequencies: (terms: readonly number[]) => ReadonlyMap<number, number>,
  total: number,
  widening: Widening,
): readonly WeighedTerm[] {
  const asked = new Set(terms.flatMap((term) => term.alternates));
  const masses = new Map<number, number>();
  for (const { row, relevance } of hits.slice(0, widening.entries)) {
    for (const [at, term] of row.terms.entries()) {
      if (asked.has(term)) continue;
      const mass = widening.mass((row.counts[at] ?? 0) / COUNT_SCALE, row.length, relevance);
      if (mass > 0) masses.set(term, (masses.get(term) ?? 0) + mass);
    }
  }
  const known = frequencies([...masses.keys()]);
  const added = weighTerms(
    [...masses].map(([term, mass]) => ({ alternates: [term], count: mass, words: [], stem: "" })),
    known,
    total,
  )
    .filter(({ entries }) => entries <= Math.max(1, widening.commonMax * total))
    .slice(0, widening.terms);
  const askedWeight = terms.reduce((sum, term) => sum + term.weight, 0);
  const addedWeight = added.reduce((sum, term) => sum + term.weight, 0);
  if (addedWeight === 0) return terms;
  const scale = (widening.share(terms.length) * askedWeight) / addedWeight;
  return [...terms, ...added.map((term) => ({ ...term, weight: term.weight * scale }))];
}
