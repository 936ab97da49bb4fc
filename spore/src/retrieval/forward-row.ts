/**
 * The forward row: which terms an entry has and how often, and what it is about: all that exact scoring needs of its text.
 *
 * Counts are in half occurrences and capped at 255 of them; the half is what a date or a source counts (document.ts).
 */
import type { TextVector } from "./word-vectors.ts";

/** Everything the index knows of what a text says. */
export interface TextRow extends ForwardRow {
  /** Low 16 bits of the term of who says it, 0 where nobody does: a question may name the speaker. */
  readonly speaker: number;
  /** Which share of the text asks, 0 to 1 in steps of 1 / ASKING_STEPS. */
  readonly asking: number;
  /** What it is about (word-vectors.ts), or null. */
  readonly vector: TextVector | null;
}

export interface ForwardRow {
  /** Ascending, distinct. */
  readonly terms: Uint32Array;
  /** Occurrences of each term, times COUNT_SCALE. */
  readonly counts: Uint8Array;
  /** Occurrences of all terms together. */
  readonly length: number;
}

export const COUNT_SCALE = 2;
/** Steps in which `asking` is kept. */
export const ASKING_STEPS = 63;

export function toForwardRow(weights: ReadonlyMap<number, number>): ForwardRow {
  const terms = Uint32Array.from(weights.keys()).sort();
  const counts = new Uint8Array(terms.length);
  let length = 0;
  for (const [at, term] of terms.entries()) {
    const count = Math.min(255, Math.round((weights.get(term) ?? 0) * COUNT_SCALE));
    counts[at] = count;
    length += count / COUNT_SCALE;
  }
  return { terms, counts, length };
}

/** The number under which a speaker's name is kept, from the term of its first word. */
export function speakerNumber(term: number): number {
  return term & 0xffff || 1;
}

const SENTENCE = /[^.!?。！？؟…\n]+[.!?。！？؟…]*/gu;
const QUESTION = /[?？؟][^\p{L}\p{N}]*$/u;

/** Which share of a text's sentences, by length, are questions. */
export function askingOf(text: string): number {
  let asking = 0;
  let all = 0;
  for (const [sentence] of text.trim().matchAll(SENTENCE)) {
    all += sentence.length;
    if (QUESTION.test(sentence)) asking += sentence.length;
  }
  return all === 0 ? 0 : Math.round((asking / all) * ASKING_STEPS) / ASKING_STEPS;
}

/** Occurrences of a term in the row. */
export function countOf(row: ForwardRow, term: number): number {
  let low = 0;
  let high = row.terms.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = row.terms[middle] ?? 0;
    if (found === term) return (row.counts[middle] ?? 0) / COUNT_SCALE;
    if (found < term) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/** The terms that occur in the text itself, not only in what is said about it (its date, its source). */
export function mainTerms(row: ForwardRow): Uint32Array {
  return row.terms.filter((_, at) => (row.counts[at] ?? 0) >= COUNT_SCALE);
}

/** Share of the terms of both that both have, 0 to 1 (Jaccard); the terms ascending and distinct. Two empty texts share nothing. */
export function overlapOf(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) shared += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 0 : shared / all;
}
