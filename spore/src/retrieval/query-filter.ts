/**
 * The filters of a question, twice: as words that narrow the postings, and as the exact test of each row found.
 *
 * A word that most entries hold narrows little, and to meet its list with that of each word of a question took three
 * times as long as all the rest at a million entries. It is left to the test, and the more is read the more that refuses.
 *
 * A time range narrows the postings by its months where it names few enough; the exact times are compared in any case.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type EntryRow, prefixOf } from "./entry-row.ts";
import { anyOf, authorWord, kindWord, monthWords, taskWord } from "./index-words.ts";
import type { RecallQuery } from "./recall.ts";
import type { VectorCode } from "./vector-code.ts";

export interface IndexQuery extends Omit<RecallQuery, "k" | "mode"> {
  readonly explore: boolean;
  /** At most this many candidates. */
  readonly limit: number;
  /** Authors whose words are left out (crowd.ts). */
  readonly without?: readonly PublicKey[];
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
  /** FTS5 expression that must not hold; null where nothing is left out. */
  readonly except: string | null;
  /** Of the entries that the expressions let through, about which share the test lets through too, above 0. */
  readonly share: number;
  /** The postings may hold entries that the test refuses. */
  readonly timed: boolean;
  admits(row: EntryRow): boolean;
}

/** A filter that lets a larger share of the entries through is left to the test … */
const NARROWING_MAX = 0.25;
/** … unless its list is so short that to read it costs next to nothing. */
const SHORT_LIST = 5_000;

/** What is known of the entries asked about. */
interface Population {
  readonly total: number;
  /** In how many of them any of the filter words occurs. */
  entriesWith(words: readonly string[]): number;
}

/**
 * @param authorNumber the number of the query's author in the index, undefined if it has written nothing.
 * @param without numbers of the authors left out.
 * @param population null: nothing is left to the test that the postings can say.
 * @returns null when nothing can match.
 */
export function filterOf(
  query: IndexQuery,
  authorNumber: number | undefined,
  without: ReadonlySet<number>,
  population: Population | null,
): QueryFilter | null {
  const { labels, kinds, author, task, from, to } = query;
  if (labels.length === 0 || kinds?.length === 0) return null;
  if (author !== undefined && authorNumber === undefined) return null;
  const expressions: string[] = [];
  let share = 1;
  const narrow = (words: readonly string[]): void => {
    const entries = population?.entriesWith(words) ?? 0;
    const total = population?.total ?? 0;
    if (entries <= SHORT_LIST || entries <= NARROWING_MAX * total) expressions.push(anyOf(words));
    else share *= entries / total;
  };
  if (kinds !== undefined) narrow(kinds.map(kindWord));
  if (authorNumber !== undefined) narrow([authorWord(authorNumber)]);
  if (task !== undefined) narrow([taskWord(task)]);
  const months = monthWords(from, to);
  if (months !== null) narrow(months);
  const taskPrefix = task === undefined ? null : prefixOf(task);
  return {
    expressions,
    except: without.size === 0 ? null : anyOf([...without].map(authorWord)),
    share: Math.min(1, share),
    timed: from !== undefined || to !== undefined,
    admits: (row) =>
      labels.includes(row.label) &&
      (kinds === undefined || kinds.includes(row.kind)) &&
      (authorNumber === undefined || row.author === authorNumber) &&
      !without.has(row.author) &&
      (taskPrefix === null || row.task === taskPrefix) &&
      row.createdAt >= (from ?? 0) &&
      row.createdAt <= (to ?? Number.POSITIVE_INFINITY),
  };
}
