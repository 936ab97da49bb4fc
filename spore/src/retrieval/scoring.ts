/**
 * Stage 2: exact scoring of few candidates, each in its context (relevance.ts has the formula).
 *
 *   2a  the best of them by their own text: the seeds
 *   2b  the seeds and what stands before and after them, read in context
 *
 * Invariant: an entry of a label that was not asked for is neither returned nor read as context.
 */
import { topOf } from "./candidates.ts";
import { speakerNumber } from "./forward-row.ts";
import type { IndexRows, Neighbours, StoredRow } from "./index-rows.ts";
import type { IndexQuery, QueryFilter } from "./query-filter.ts";
import {
  AFTER_COSINE,
  AFTER_WEIGHT,
  ASKED_DISCOUNT,
  BEFORE_COSINE,
  BEFORE_WEIGHT,
  FURTHER_WEIGHT,
  inContext,
  type Matches,
  MEANING_WEIGHT,
  matchesOf,
  REPLY_BONUS,
  relevanceOf,
  SENTENCE_WEIGHT,
  SPEAKER_FACTOR,
  type WeighedTerm,
} from "./relevance.ts";
import type { TextVector } from "./word-vectors.ts";

const SEEDS_MIN = 60;
/** Entries of the very same words that are worth reading in context: who says it, and after what, may differ. */
const COPIES_MAX = 8;
/** What the best score by words counts as where no word of the question occurs: likeness then decides alone. */
const NO_WORDS_SCORE = 1e-3;

/** Of what a candidate's relevance is made. */
export interface Parts {
  /** By its own words. */
  readonly own: number;
  /** By the words around it. */
  readonly context: number;
  /** By what it is about, after its words. */
  readonly meaning: number;
  /** By what it is about, after an embedder. */
  readonly sentence: number;
  /** Times this, where the question names who says it. */
  readonly speaker: number;
  /** Times this, where it asks and was answered. */
  readonly asking: number;
  /** Times this, where it explains what the question asks the meaning of (definition.ts). */
  readonly explaining: number;
}

export interface Scored {
  readonly stored: StoredRow;
  readonly relevance: number;
  readonly parts: Parts;
  /** What stands before and after it, of the layers asked. */
  readonly before: readonly StoredRow[];
  readonly after: readonly StoredRow[];
}

/** A question as scoring needs it. */
export interface Question {
  readonly query: IndexQuery;
  readonly terms: readonly WeighedTerm[];
  /** Cosine of a text to the question, times how much of the question has a meaning; null where none of it has. */
  readonly meaning: ((text: TextVector) => number) | null;
  readonly filter: QueryFilter;
  /** Mean length in context of the entries asked about. */
  readonly meanLength: number;
  /** Entries found by the vectors of an embedder; none without one. */
  readonly near: readonly number[];
  /** Cosines of these entries by the embedder's vectors; null without one. */
  readonly sentences: (seqs: readonly number[]) => ReadonlyMap<number, number> | null;
  /** Rows already read for this question, by seq: it may be asked again, widened. */
  readonly loaded: Map<number, StoredRow>;
  /** Cosines already taken, by seq. */
  readonly cosines: Map<number, number>;
}

const NOTHING: Neighbours = { before: [], after: [] };

/** @param seqs candidates of stage 1. @returns the most relevant first. */
export function scoreCandidates(rows: IndexRows, question: Question, seqs: readonly number[]): Scored[] {
  const { query, terms, filter, meanLength, loaded, cosines } = question;
  const matched = new Map<number, Matches>();
  const matches = (stored: StoredRow): Matches => {
    let known = matched.get(stored.seq);
    if (known === undefined) {
      known = matchesOf(terms, stored.row);
      matched.set(stored.seq, known);
    }
    return known;
  };
  const cosine = ({ seq, row }: StoredRow): number => {
    if (question.meaning === null || row.vector === null) return 0;
    let known = cosines.get(seq);
    if (known === undefined) {
      known = question.meaning(row.vector);
      cosines.set(seq, known);
    }
    return known;
  };

  function seedsOf(admitted: readonly StoredRow[]): number[] {
    const own = new Map(
      admitted.map((stored) => [stored.seq, relevanceOf(terms, matches(stored), meanLength)]),
    );
    const best = Math.max(NO_WORDS_SCORE, ...own.values());
    const sentences = question.sentences(seqs);
    for (const stored of admitted) {
      const meaning = MEANING_WEIGHT * cosine(stored) + SENTENCE_WEIGHT * (sentences?.get(stored.seq) ?? 0);
      own.set(stored.seq, (own.get(stored.seq) ?? 0) + best * meaning);
    }
    return topOf(withoutCopies(own, loaded), Math.max(SEEDS_MIN, query.limit / 2));
  }

  rows.load(seqs, loaded);
  const seeds = seedsOf(seqs.flatMap((seq) => loaded.get(seq) ?? []).filter(filter.admits));
  const around = loadAround(rows, seeds, loaded);
  const readable = (seqs: readonly number[]): StoredRow[] =>
    seqs.flatMap((seq) => loaded.get(seq) ?? []).filter(({ label }) => query.labels.includes(label));
  const sharing = (group: readonly StoredRow[], weight: number) =>
    group.map((stored) => [weight / group.length, matches(stored)] as const);
  const meanCosine = (group: readonly StoredRow[]): number =>
    group.length === 0 ? 0 : group.reduce((sum, stored) => sum + cosine(stored), 0) / group.length;

  const scored = [...around].flatMap(([seq, sides]) => {
    const stored = loaded.get(seq);
    if (stored === undefined || !filter.admits(stored)) return [];
    const [before, after] = [readable(sides.before), readable(sides.after)];
    const further = readable(before.flatMap((one) => around.get(one.seq)?.before ?? []));
    const own = relevanceOf(terms, matches(stored), meanLength);
    const context = [...sharing(before, BEFORE_WEIGHT), ...sharing(after, AFTER_WEIGHT)];
    const asked = before.filter(({ row }) => row.asking > 0);
    const bonus = (REPLY_BONUS * BEFORE_WEIGHT * asked.length) / Math.max(1, before.length);
    const wordsAround = [...sharing(further, FURTHER_WEIGHT), ...sharing(asked, bonus)];
    const words = relevanceOf(terms, inContext(matches(stored), context, wordsAround), meanLength);
    const likeness = cosine(stored) + BEFORE_COSINE * meanCosine(before) + AFTER_COSINE * meanCosine(after);
    return [{ stored, own, words, likeness, before, after }];
  });
  const best = scored.reduce((most, { words }) => Math.max(most, words), NO_WORDS_SCORE);
  const sentences = question.sentences([...around.keys()]);
  const named = new Set(terms.flatMap(({ alternates }) => alternates).map(speakerNumber));
  return scored
    .map(({ stored, own, words, likeness, before, after }) => {
      const meaning = MEANING_WEIGHT * best * likeness;
      const speaker = named.has(stored.row.speaker) ? SPEAKER_FACTOR : 1;
      const sentence = SENTENCE_WEIGHT * best * (sentences?.get(stored.seq) ?? 0);
      const asking = after.length === 0 ? 1 : 1 - ASKED_DISCOUNT * stored.row.asking;
      const relevance = (words + meaning + sentence) * speaker * asking;
      const parts = { own, context: words - own, meaning, sentence, speaker, asking, explaining: 1 };
      return { stored, relevance, parts, before, after };
    })
    .filter(({ relevance }) => relevance > 0)
    .sort((a, b) => b.relevance - a.relevance || b.stored.seq - a.stored.seq);
}

/** Of entries of one kind with the same words the best COPIES_MAX are seeds: many copies of one thing leave room for others. */
function withoutCopies(
  scores: ReadonlyMap<number, number>,
  loaded: ReadonlyMap<number, StoredRow>,
): ReadonlyMap<number, number> {
  const copies = new Map<string | number, number>();
  const kept = new Map<number, number>();
  for (const seq of topOf(scores, scores.size)) {
    const stored = loaded.get(seq);
    const same = stored === undefined ? seq : `${stored.kind} ${Bun.hash(stored.row.terms)}`;
    const before = copies.get(same) ?? 0;
    copies.set(same, before + 1);
    if (before < COPIES_MAX) kept.set(seq, scores.get(seq) ?? 0);
  }
  return kept;
}

/** What stands around the seeds, and around that; all of their rows are loaded. The keys are what is scored. */
function loadAround(
  rows: IndexRows,
  seeds: readonly number[],
  loaded: Map<number, StoredRow>,
): Map<number, Neighbours> {
  const around = new Map<number, Neighbours>(seeds.map((seq) => [seq, NOTHING]));
  for (const [seq, sides] of rows.neighbours(seeds)) around.set(seq, sides);
  const beside = [...around.values()].flatMap(({ before, after }) => [...before, ...after]);
  const fresh = [...new Set(beside)].filter((seq) => !around.has(seq));
  for (const seq of fresh) around.set(seq, NOTHING);
  for (const [seq, sides] of rows.neighbours(fresh)) around.set(seq, sides);
  rows.load(
    [...around].flatMap(([seq, { before, after }]) => [seq, ...before, ...after]),
    loaded,
  );
  return around;
}
