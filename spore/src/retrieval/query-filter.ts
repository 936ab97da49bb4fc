/**
 * The filters of a question, twice: as words that narrow the postings, and as the exact test of each row found.
 *
 * A time range narrows the postings by its months where it names few enough; the exact times are compared in any case.
 */
import { type EntryRow, prefixOf } from "./entry-row.ts";
import { anyOf, authorWord, kindWord, monthWords, taskWord } from "./index-words.ts";
import type { RecallQuery } from "./recall.ts";
import type { VectorCode } from "./vector-code.ts";

export interface IndexQuery extends Omit<RecallQuery, "k" | "mode"> {
  readonly explore: boolean;
  /** At most this many candidates. */
  readonly limit: number;
  /** What an embedder made of the question, for whose vectors are compared; absent without one. */
  readonly sentence?: Sentence;
}

/** A question as an embedder reads it. */
export interface Sentence {
  readonly embedder: string;
  readonly code: VectorCode;
}

export interface QueryFilter {
  /** FTS5 expressions, all of which must hold. */
  readonly expressions: readonly string[];
  /** The postings may hold entries that the test refuses. */
  readonly timed: boolean;
  admits(row: EntryRow): boolean;
}

/**
 * @param authorNumber the number of the query's author in the index, undefined if it has written nothing.
 * @returns null when nothing can match.
 */
export function filterOf(query: IndexQuery, authorNumber: number | undefined): QueryFilter | null {
  const { labels, kinds, author, task, from, to } = query;
  if (labels.length === 0 || kinds?.length === 0) return null;
  if (author !== undefined && authorNumber === undefined) return null;
  const expressions: string[] = [];
  if (kinds !== undefined) expressions.push(anyOf(kinds.map(kindWord)));
  if (authorNumber !== undefined) expressions.push(anyOf([authorWord(authorNumber)]));
  if (task !== undefined) expressions.push(anyOf([taskWord(task)]));
  const months = monthWords(from, to);
  if (months !== null) expressions.push(anyOf(months));
  const taskPrefix = task === undefined ? null : prefixOf(task);
  return {
    expressions,
    timed: from !== undefined || to !== undefined,
    admits: (row) =>
      labels.includes(row.label) &&
      (kinds === undefined || kinds.includes(row.kind)) &&
      (authorNumber === undefined || row.author === authorNumber) &&
      (taskPrefix === null || row.task === taskPrefix) &&
      row.createdAt >= (from ?? 0) &&
      row.createdAt <= (to ?? Number.POSITIVE_INFINITY),
  };
}
