/**
 * How relevant an entry is to a question: BM25 (Robertson & Zaragoza 2009) over the entry read in its context.
 *
 *   tf(t)  = own(t) + Σ weight(c) · own_c(t)    over the context c: what stood before it, and what followed
 *   len    = the same sum over lengths
 *   score  = Σ_t count(t) · ln(1 + (N − df + ½) / (df + ½)) · tf (K1 + 1) / (tf + K1 (1 − B + B · len / mean len))
 *
 * A turn of a conversation, or a contribution to a task, rarely repeats the words of what it answers. Reading it with its
 * neighbours was the largest single gain in every measurement on dialogue; on single documents it changes nothing.
 *
 * What the words mean is added to what they are (word-vectors.ts), and who says it counts where the question names them:
 *
 *   relevance = (score + MEANING_WEIGHT · coverage² · best score · (cos own + BEFORE_COSINE cos before + AFTER_COSINE cos after)
 *                + SENTENCE_WEIGHT · best score · cos by an embedder, where there is one)
 *               · SPEAKER_FACTOR if the question names the speaker
 *               · (1 − ASKED_DISCOUNT · share of the entry that asks) if something follows it
 *
 * What stood before counts 1 + REPLY_BONUS times where it asks: then the entry is its answer.
 * Scores are summed, not ranks: fusing ranks of so unequal lists was worse on every set.
 */
import type { QueryTerm } from "./analyzer.ts";
import { countOf, type ForwardRow } from "./forward-row.ts";

/** How soon a repeated word stops counting, and how much long texts pay; found best for entries read in context. */
export const BM25_K1 = 1.2;
export const BM25_B = 0.5;
/** What stood before an entry (its parents, the turn before) says more about it than what followed. */
export const BEFORE_WEIGHT = 0.5;
export const AFTER_WEIGHT = 0.3;
/** What stood before what stood before: with it, a question three turns back still says what an answer is about. */
export const FURTHER_WEIGHT = 0.2;
/** What the likeness of two texts counts against the best score by words. */
export const MEANING_WEIGHT = 0.3;
export const BEFORE_COSINE = 0.3;
export const AFTER_COSINE = 0.18;
/** The same by an embedder's vectors, which see more of a sentence than the mean of its words. */
export const SENTENCE_WEIGHT = 0.6;
/** A question that names somebody mostly asks for what they said. */
export const SPEAKER_FACTOR = 1.6;
/** What was asked holds the words of a question and not its answer: what is asked and has an answer counts this much less. */
export const ASKED_DISCOUNT = 0.4;
/** What answers rarely repeats what it was asked, so the words of what asked count this much more for it. */
export const REPLY_BONUS = 1;
/** Distinct words of a question that are used, the weightiest: a long passage has few that tell anything. */
const QUERY_TERMS_MAX = 48;

export interface WeighedTerm extends QueryTerm {
  /** In how many of the entries asked about it occurs. */
  readonly entries: number;
  /** Inverse document frequency. */
  readonly rarity: number;
  /** count × rarity: what one mention of it is worth. */
  readonly weight: number;
}

/** How often each term of a question occurs in a text, in the order of the terms, and the length of the text. */
export interface Matches {
  readonly frequencies: Float64Array;
  readonly length: number;
}

/**
 * @param frequencies in how many of the entries asked about each alternate occurs.
 * @param total how many entries are asked about.
 * @returns the terms that occur at all, at most QUERY_TERMS_MAX.
 */
export function weighTerms(
  terms: readonly QueryTerm[],
  frequencies: ReadonlyMap<number, number>,
  total: number,
): WeighedTerm[] {
  const weighed: WeighedTerm[] = [];
  for (const { alternates, count, words, stem } of terms) {
    const known = alternates.filter((term) => (frequencies.get(term) ?? 0) > 0);
    const entries = known.reduce((sum, term) => sum + (frequencies.get(term) ?? 0), 0);
    if (entries === 0) continue;
    const rarity = Math.log(1 + Math.max(0, total - entries + 0.5) / (entries + 0.5));
    weighed.push({ alternates: known, count, words, stem, entries, rarity, weight: count * rarity });
  }
  return weighed.sort((a, b) => b.weight - a.weight).slice(0, QUERY_TERMS_MAX);
}

export function matchesOf(terms: readonly WeighedTerm[], row: ForwardRow): Matches {
  const frequencies = new Float64Array(terms.length);
  for (const [at, { alternates }] of terms.entries()) {
    let most = 0;
    for (const alternate of alternates) most = Math.max(most, countOf(row, alternate));
    frequencies[at] = most;
  }
  return { frequencies, length: row.length };
}

/** own + Σ weight · context; what stands further off adds its words, not its length. */
export function inContext(
  own: Matches,
  context: readonly (readonly [weight: number, Matches])[],
  further: readonly (readonly [weight: number, Matches])[],
): Matches {
  const frequencies = own.frequencies.slice();
  let { length } = own;
  for (const [weight, other] of context) length += weight * other.length;
  for (const [weight, other] of [...context, ...further]) {
    for (const [at, frequency] of other.frequencies.entries())
      frequencies[at] = (frequencies[at] ?? 0) + weight * frequency;
  }
  return { frequencies, length };
}

/** @param meanLength mean over the index of `len` as defined above. */
export function relevanceOf(terms: readonly WeighedTerm[], matches: Matches, meanLength: number): number {
  const norm = BM25_K1 * (1 - BM25_B + (BM25_B * matches.length) / Math.max(1, meanLength));
  let score = 0;
  for (const [at, { weight }] of terms.entries()) {
    const frequency = matches.frequencies[at] ?? 0;
    if (frequency > 0) score += (weight * frequency * (BM25_K1 + 1)) / (frequency + norm);
  }
  return score;
}
