/**
 * Stage 1: which entries could answer at all, by the postings of the question's rarest words.
 *
 * Words are read rarest first under a budget of postings, so the cost of a question does not grow with the memory.
 * A word too common for what is left of the budget is read only where it meets another word of the question, and of
 * that the newest part: alone it tells nothing apart. Exact scoring (index-reader.ts) then ranks what was found.
 */
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { Connection } from "./index-connection.ts";
import { postingsTable } from "./index-file.ts";
import { anyOf, termWord } from "./index-words.ts";
import type { QueryFilter } from "./query-filter.ts";
import type { WeighedTerm } from "./relevance.ts";

/** Postings read for one question: about 2 ms of work, and within it collections of 10,000 are ranked exactly. */
export const POSTINGS_MAX = 8_000;
/** Postings read for the words that a question is widened by. */
export const WIDENING_POSTINGS_MAX = 2_000;
/** A word of few postings is always worth reading, even when the budget is spent. */
const POSTINGS_MIN = 500;
/**
 * Decoding the list of a word that occurs more often takes longer than all the rest, even to meet another list: it is not
 * read once rarer words have found something. What they found is scored with it all the same.
 */
const DECODED_MAX = 50_000;

/** What was found so far: entry → summed weights of the words it was found by. */
export type Found = Map<number, number>;

export interface CandidateSource {
  /**
   * Adds the entries that hold these terms to `found`; `topOf` then has the best of them.
   *
   * @param filter FTS5 expressions that must hold as well, and one that must not, made by index-words.ts.
   * @param budget postings that are read, about.
   */
  find(
    terms: readonly WeighedTerm[],
    labels: readonly Label[],
    filter: Pick<QueryFilter, "expressions" | "except">,
    budget: number,
    found: Found,
  ): void;
  /** In how many entries of these labels each alternate of a term occurs, in the order given. */
  frequencies(terms: readonly number[], labels: readonly Label[]): ReadonlyMap<number, number>;
}

const wordsOf = (term: WeighedTerm): string => anyOf(term.alternates.map(termWord));

/** Keys with the highest values, best first; of equal values the higher key. */
export function topOf(scores: ReadonlyMap<number, number>, limit: number): number[] {
  const byScore = (a: number, b: number): number => (scores.get(b) ?? 0) - (scores.get(a) ?? 0) || b - a;
  if (scores.size <= limit) return [...scores.keys()].sort(byScore);
  const values = Float64Array.from(scores.values()).sort();
  const threshold = values[values.length - limit] ?? 0;
  const above: number[] = [];
  const equal: number[] = [];
  for (const [key, score] of scores) {
    if (score > threshold) above.push(key);
    else if (score === threshold) equal.push(key);
  }
  equal.sort((a, b) => b - a);
  return above.sort(byScore).concat(equal.slice(0, limit - above.length));
}

export function createCandidateSource(connection: Connection): CandidateSource {
  const postings = new Map(
    LABELS.map((label) => {
      const table = postingsTable(label);
      // One JSON array crosses the native boundary four times faster than as many rows.
      const statement = connection.prepare(
        `SELECT json_group_array(rowid) FROM (SELECT rowid FROM ${table} WHERE ${table} MATCH ? ORDER BY rowid DESC LIMIT ?)`,
        ["text"],
      );
      return [label, statement] as const;
    }),
  );
  const frequencies = connection.prepare(
    `SELECT term, sum(entries) FROM terms WHERE term IN (SELECT value FROM json_each(?))
       AND label IN (SELECT value FROM json_each(?)) GROUP BY term`,
    ["number", "number"],
  );

  function read(label: Label, expression: string, limit: number): number[] {
    const row = postings.get(label)?.first(expression, limit);
    return JSON.parse(row?.[0] ?? "[]") as number[];
  }

  return {
    frequencies(terms, labels) {
      const numbers = labels.map((label) => LABELS.indexOf(label));
      return new Map(frequencies.all(JSON.stringify(terms), JSON.stringify(numbers)));
    },

    find(terms, labels, filter, budget, found) {
      const rarestFirst = [...terms].sort((a, b) => b.rarity - a.rarity);
      let left = budget;
      for (const term of rarestFirst) {
        if (term.entries > DECODED_MAX && found.size > 0) break;
        const others = rarestFirst.filter((other) => other !== term && other.entries <= DECODED_MAX);
        const clauses = [wordsOf(term), ...filter.expressions];
        if (term.entries > left && others.length > 0) clauses.push(`(${others.map(wordsOf).join(" OR ")})`);
        // NOT binds closer than AND: the last clause alone is narrowed by it, and all must hold.
        const expression = clauses.join(" AND ") + (filter.except === null ? "" : ` NOT ${filter.except}`);
        for (const label of labels) {
          const seqs = read(label, expression, Math.max(left, POSTINGS_MIN));
          left -= seqs.length;
          for (const seq of seqs) found.set(seq, (found.get(seq) ?? 0) + term.weight);
        }
      }
    },
  };
}
