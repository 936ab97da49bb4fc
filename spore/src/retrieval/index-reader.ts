/**
 * Answers questions from the index file: candidates by their postings, then exact scoring of few in their context.
 *
 *   stage 1   STAGE1_KEPT entries by the postings of the rarest words          (candidates.ts)
 *   stage 2a  the best of them by BM25 on their own text: the seeds
 *   stage 2b  the seeds and what stands before and after them, by BM25 in context (relevance.ts)
 *
 * Invariant: an entry of a label that was not asked for is neither returned nor read as context, nor counted in
 * a term's rarity. What a stranger may not see cannot show through a score either.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { analyzeQuery } from "./analyzer.ts";
import { createCandidateSource, topOf } from "./candidates.ts";
import { expandTerms } from "./expansion.ts";
import { mainTerms } from "./forward-row.ts";
import type { Connection } from "./index-connection.ts";
import { IndexDamaged } from "./index-file.ts";
import { createIndexRows, type StoredRow } from "./index-rows.ts";
import type { IndexState } from "./index-writer.ts";
import { filterOf, type IndexQuery, type QueryFilter } from "./query-filter.ts";
import {
  AFTER_WEIGHT,
  BEFORE_WEIGHT,
  inContext,
  type Matches,
  matchesOf,
  relevanceOf,
  type WeighedTerm,
  weighTerms,
} from "./relevance.ts";

const STAGE1_KEPT = 200;
/** Kept instead where a time range must be checked row by row. */
const STAGE1_KEPT_TIMED = 1_000;
const SEEDS_MIN = 60;
/** A longer question is read at its head and its tail, where what is asked usually stands. */
const QUERY_CHARS_MAX = 16_000;

/** A candidate with everything the final ranking needs but its content. */
export interface Candidate {
  readonly seq: number;
  readonly id: EntryId;
  readonly label: Label;
  readonly kind: Kind;
  readonly author: PublicKey;
  readonly createdAt: number;
  readonly knownAt: number;
  /** BM25 of the entry in its context. */
  readonly relevance: number;
  /** The part of `relevance` that its own text earns. */
  readonly own: number;
  /** The distinct terms of its text, ascending: what it shares with other hits. */
  readonly terms: Uint32Array;
  /** Who asked to hide it. */
  readonly retractedBy: readonly PublicKey[];
}

/** What the index knows of the labels asked about. */
export interface LabelStatistics {
  /** In how many entries each term occurs; terms that occur in none are absent. */
  readonly frequencies: ReadonlyMap<number, number>;
  readonly total: number;
  /** Sum of the lengths in context. */
  readonly contextLength: number;
}

export interface IndexReader {
  /** Candidates, the most relevant first. */
  search(query: IndexQuery): readonly Candidate[];
  statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics;
}

interface Scored {
  readonly stored: StoredRow;
  readonly relevance: number;
  readonly own: number;
}

export function clampQuery(text: string): string {
  if (text.length <= QUERY_CHARS_MAX) return text;
  const half = QUERY_CHARS_MAX / 2;
  return `${text.slice(0, half)} ${text.slice(-half)}`;
}

export function createIndexReader(connection: Connection, state: () => Readonly<IndexState>): IndexReader {
  const candidates = createCandidateSource(connection);
  const rows = createIndexRows(connection);

  function statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics {
    const { totals } = state();
    return {
      frequencies: candidates.frequencies(terms, labels),
      total: labels.reduce((sum, label) => sum + totals[label].entries, 0),
      contextLength: labels.reduce((sum, label) => sum + totals[label].contextLength, 0),
    };
  }

  function rank(
    query: IndexQuery,
    terms: readonly WeighedTerm[],
    filter: QueryFilter,
    meanLength: number,
  ): Scored[] {
    const loaded = new Map<number, StoredRow>();
    const matched = new Map<number, Matches>();
    const matches = (stored: StoredRow): Matches => {
      let known = matched.get(stored.seq);
      if (known === undefined) {
        known = matchesOf(terms, stored.row);
        matched.set(stored.seq, known);
      }
      return known;
    };
    const ownRelevance = (stored: StoredRow): number => relevanceOf(terms, matches(stored), meanLength);

    const kept = Math.max(2 * query.limit, filter.timed ? STAGE1_KEPT_TIMED : STAGE1_KEPT);
    rows.load(candidates.find(terms, query.labels, filter.expressions, kept), loaded);
    const admitted = [...loaded.values()].filter(filter.admits);
    const byOwn = new Map(admitted.map((stored) => [stored.seq, ownRelevance(stored)]));
    const seeds = topOf(byOwn, Math.max(SEEDS_MIN, query.limit / 2));
    const around = new Map(rows.neighbours(seeds));
    const pool = new Set(seeds);
    for (const { before, after } of around.values()) for (const seq of [...before, ...after]) pool.add(seq);
    for (const [seq, sides] of rows.neighbours([...pool].filter((seq) => !around.has(seq)))) {
      around.set(seq, sides);
    }
    rows.load(
      [...pool, ...[...around.values()].flatMap(({ before, after }) => [...before, ...after])],
      loaded,
    );

    const weighed = (seqs: readonly number[], weight: number): (readonly [number, Matches])[] => {
      const visible = seqs.flatMap((seq) => loaded.get(seq) ?? []);
      const readable = visible.filter(({ label }) => query.labels.includes(label));
      return readable.map((stored) => [weight / readable.length, matches(stored)] as const);
    };
    const scored: Scored[] = [];
    for (const seq of pool) {
      const stored = loaded.get(seq);
      if (stored === undefined || !filter.admits(stored)) continue;
      const { before, after } = around.get(seq) ?? { before: [], after: [] };
      const context = [...weighed(before, BEFORE_WEIGHT), ...weighed(after, AFTER_WEIGHT)];
      const relevance = relevanceOf(terms, inContext(matches(stored), context), meanLength);
      if (relevance > 0) scored.push({ stored, relevance, own: ownRelevance(stored) });
    }
    return scored.sort((a, b) => b.relevance - a.relevance || b.stored.seq - a.stored.seq);
  }

  function toCandidates(scored: readonly Scored[]): Candidate[] {
    const keys = rows.authorKeys([...new Set(scored.map(({ stored }) => stored.author))]);
    const retractors = rows.retractors(scored.map(({ stored }) => stored));
    return scored.map(({ stored, relevance, own }) => {
      const { seq, id, label, kind, createdAt, knownAt, row } = stored;
      const author = keys.get(stored.author);
      if (author === undefined) throw new IndexDamaged(`entry ${seq} names an author that does not exist`);
      const retractedBy = retractors.get(seq) ?? [];
      const terms = mainTerms(row);
      return { seq, id, label, kind, author, createdAt, knownAt, relevance, own, terms, retractedBy };
    });
  }

  return {
    statistics,
    search(query) {
      const author = query.author === undefined ? undefined : rows.authorNumber(query.author);
      const filter = filterOf(query, author);
      if (filter === null) return [];
      const asked = analyzeQuery(clampQuery(query.text), state().languages);
      const alternates = asked.flatMap((term) => term.alternates);
      const known = statistics(alternates, query.labels);
      const meanLength = known.contextLength / Math.max(1, known.total);
      const terms = weighTerms(asked, known.frequencies, known.total);
      if (terms.length === 0) return [];
      let scored = rank(query, terms, filter, meanLength);
      if (query.explore) {
        const hits = scored.map(({ stored, relevance }) => ({ row: stored.row, relevance }));
        const frequencies = (all: readonly number[]) => candidates.frequencies(all, query.labels);
        scored = rank(query, expandTerms(terms, hits, frequencies, known.total), filter, meanLength);
      }
      return toCandidates(scored.slice(0, query.limit));
    },
  };
}
