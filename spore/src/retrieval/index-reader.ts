/**
 * Answers questions from the index file: candidates by their postings, then exact scoring of few in their context.
 *
 *   stage 1   STAGE1_KEPT entries by the postings of the rarest words          (candidates.ts)
 *   stage 2a  SEEDS of them by BM25 on their own text
 *   stage 2b  the seeds and what stands before and after them, by BM25 in context (relevance.ts)
 *
 * Invariant: an entry of a label that was not asked for is neither returned nor read as context, nor counted in
 * a term's rarity. What a stranger may not see cannot show through a score either.
 */
import { KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { analyzeQuery } from "./analyzer.ts";
import { createCandidateSource, topOf } from "./candidates.ts";
import { expandTerms } from "./expansion.ts";
import { decodeForwardRow, type ForwardRow, mainTerms } from "./forward-row.ts";
import { type Connection, IndexDamaged } from "./index-file.ts";
import { authorWord, kindWord, monthWords, taskWord } from "./index-words.ts";
import { type IndexState, prefixOf, SIDE_BEFORE } from "./index-writer.ts";
import {
  AFTER_WEIGHT,
  BEFORE_WEIGHT,
  type ContextRow,
  relevanceOf,
  type WeighedTerm,
  weighTerms,
} from "./relevance.ts";

const STAGE1_KEPT = 200;
/** Kept instead where a time range must be checked row by row. */
const STAGE1_KEPT_TIMED = 1_000;
const SEEDS = 60;
/** A longer question is read at its head and its tail, where what is asked usually stands. */
const QUERY_CHARS_MAX = 16_000;

export interface IndexQuery {
  readonly text: string;
  readonly labels: readonly Label[];
  readonly kinds?: readonly Kind[];
  readonly author?: PublicKey;
  readonly task?: EntryId;
  readonly from?: number;
  readonly to?: number;
  readonly explore: boolean;
  /** At most this many candidates. */
  readonly limit: number;
}

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

interface StoredRow {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly label: number;
  readonly kind: number;
  readonly author: number;
  readonly created: number;
  readonly known: number;
  readonly task: number | null;
  readonly row: ForwardRow;
}

export interface IndexReader {
  /** Candidates, the most relevant first. */
  search(query: IndexQuery): readonly Candidate[];
  statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics;
}

/** What the index knows of the labels asked about. */
export interface LabelStatistics {
  /** In how many entries each term occurs; terms that occur in none are absent. */
  readonly frequencies: ReadonlyMap<number, number>;
  readonly total: number;
  /** Sum of the lengths in context. */
  readonly contextLength: number;
}

export function clampQuery(text: string): string {
  if (text.length <= QUERY_CHARS_MAX) return text;
  const half = QUERY_CHARS_MAX / 2;
  return `${text.slice(0, half)} ${text.slice(-half)}`;
}

export function createIndexReader(connection: Connection, state: () => Readonly<IndexState>): IndexReader {
  const candidates = createCandidateSource(connection);
  const sql = {
    rows: connection
      .prepare(
        `SELECT seq, id, label, kind, author, created, known, task, length, row FROM entries
         WHERE seq IN (SELECT value FROM json_each(?))`,
      )
      .raw(),
    links: connection
      .prepare("SELECT entry, side, other FROM links WHERE entry IN (SELECT value FROM json_each(?))")
      .raw(),
    author: connection.prepare("SELECT number FROM authors WHERE key = ?").raw(),
    authors: connection
      .prepare("SELECT number, key FROM authors WHERE number IN (SELECT value FROM json_each(?))")
      .raw(),
    anyRetraction: connection.prepare("SELECT 1 FROM retractions LIMIT 1").raw(),
    retractions: connection
      .prepare("SELECT key FROM retractions JOIN authors ON number = author WHERE target = ?")
      .raw(),
  };

  function statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics {
    const { totals } = state();
    return {
      frequencies: candidates.frequencies(terms, labels),
      total: labels.reduce((sum, label) => sum + totals[label].entries, 0),
      contextLength: labels.reduce((sum, label) => sum + totals[label].contextLength, 0),
    };
  }

  function load(seqs: readonly number[], into: Map<number, StoredRow>): void {
    const missing = seqs.filter((seq) => !into.has(seq));
    if (missing.length === 0) return;
    type Columns = [
      number,
      Uint8Array,
      number,
      number,
      number,
      number,
      number,
      number | null,
      number,
      Uint8Array,
    ];
    for (const columns of sql.rows.all(JSON.stringify(missing)) as Columns[]) {
      const [seq, id, label, kind, author, created, known, task, length, bytes] = columns;
      const row = decodeForwardRow(bytes, length);
      if (row === null) throw new IndexDamaged(`the row of entry ${seq} is not one`);
      into.set(seq, { seq, id, label, kind, author, created, known, task, row });
    }
  }

  /** seq → what stands before and after it. */
  function neighbours(seqs: readonly number[]): Map<number, { before: number[]; after: number[] }> {
    const found = new Map<number, { before: number[]; after: number[] }>();
    for (const [entry, side, other] of sql.links.all(JSON.stringify(seqs)) as [number, number, number][]) {
      let sides = found.get(entry);
      if (sides === undefined) {
        sides = { before: [], after: [] };
        found.set(entry, sides);
      }
      (side === SIDE_BEFORE ? sides.before : sides.after).push(other);
    }
    return found;
  }

  /** Null: the filter can match nothing. */
  function filterOf(query: IndexQuery): { words: string[]; timed: boolean } | null {
    const words: string[] = [];
    const anyOf = (list: readonly string[]) => `(${list.map((word) => `"${word}"`).join(" OR ")})`;
    if (query.kinds !== undefined) {
      if (query.kinds.length === 0) return null;
      words.push(anyOf(query.kinds.map(kindWord)));
    }
    if (query.author !== undefined) {
      const number = sql.author.get(query.author) as [number] | undefined;
      if (number === undefined) return null;
      words.push(anyOf([authorWord(number[0])]));
    }
    if (query.task !== undefined) words.push(anyOf([taskWord(query.task)]));
    const months = monthWords(query.from, query.to);
    if (months !== null) words.push(anyOf(months));
    return { words, timed: query.from !== undefined || query.to !== undefined };
  }

  function admits(query: IndexQuery): (row: StoredRow) => boolean {
    const labels = new Set(query.labels.map((label) => LABELS.indexOf(label)));
    const kinds = query.kinds === undefined ? null : new Set(query.kinds.map((kind) => KINDS.indexOf(kind)));
    const author =
      query.author === undefined ? null : ((sql.author.get(query.author) as [number] | undefined)?.[0] ?? -1);
    const task = query.task === undefined ? null : prefixOf(query.task);
    return (row) =>
      labels.has(row.label) &&
      (kinds === null || kinds.has(row.kind)) &&
      (author === null || row.author === author) &&
      (task === null || row.task === task) &&
      row.created >= (query.from ?? 0) &&
      row.created <= (query.to ?? Number.POSITIVE_INFINITY);
  }

  interface Scored {
    readonly stored: StoredRow;
    readonly relevance: number;
    readonly own: number;
  }

  function rank(
    query: IndexQuery,
    terms: readonly WeighedTerm[],
    filter: { words: string[]; timed: boolean },
    meanLength: number,
  ): Scored[] {
    const rows = new Map<number, StoredRow>();
    const admitted = admits(query);
    const kept = filter.timed ? STAGE1_KEPT_TIMED : STAGE1_KEPT;
    const first = candidates.find(terms, query.labels, filter.words, kept);
    load(first, rows);
    const own = new Map<number, number>();
    for (const seq of first) {
      const stored = rows.get(seq);
      if (stored !== undefined && admitted(stored))
        own.set(seq, relevanceOf(terms, stored.row, [], meanLength));
    }
    const seeds = topOf(own, Math.max(SEEDS, query.limit));
    const around = neighbours(seeds);
    const pool = new Set(seeds);
    for (const { before, after } of around.values()) for (const seq of [...before, ...after]) pool.add(seq);
    const outer = [...pool].filter((seq) => !around.has(seq));
    for (const [seq, sides] of neighbours(outer)) around.set(seq, sides);
    load([...pool, ...[...around.values()].flatMap(({ before, after }) => [...before, ...after])], rows);

    const labels = new Set(query.labels.map((label) => LABELS.indexOf(label)));
    const contextOf = (seqs: readonly number[], weight: number): ContextRow[] => {
      const visible = seqs.flatMap((seq) => rows.get(seq) ?? []).filter((row) => labels.has(row.label));
      return visible.map(({ row }) => ({ row, weight: weight / visible.length }));
    };
    const scored: Scored[] = [];
    for (const seq of pool) {
      const stored = rows.get(seq);
      if (stored === undefined || !admitted(stored)) continue;
      const { before, after } = around.get(seq) ?? { before: [], after: [] };
      const context = [...contextOf(before, BEFORE_WEIGHT), ...contextOf(after, AFTER_WEIGHT)];
      const relevance = relevanceOf(terms, stored.row, context, meanLength);
      if (relevance > 0)
        scored.push({ stored, relevance, own: relevanceOf(terms, stored.row, [], meanLength) });
    }
    return scored.sort((a, b) => b.relevance - a.relevance || b.stored.seq - a.stored.seq);
  }

  function toCandidates(scored: readonly Scored[]): Candidate[] {
    const numbers = [...new Set(scored.map(({ stored }) => stored.author))];
    const keys = new Map(sql.authors.all(JSON.stringify(numbers)) as [number, PublicKey][]);
    const anyRetraction = sql.anyRetraction.get() !== undefined;
    return scored.map(({ stored, relevance, own }) => {
      const label = LABELS[stored.label];
      const kind = KINDS[stored.kind];
      const author = keys.get(stored.author);
      if (label === undefined || kind === undefined || author === undefined) {
        throw new IndexDamaged(`entry ${stored.seq} names a label, kind or author that does not exist`);
      }
      const retractedBy = anyRetraction
        ? (sql.retractions.all([stored.id]) as [PublicKey][]).map(([key]) => key)
        : [];
      return {
        seq: stored.seq,
        id: Buffer.from(stored.id).toString("hex") as EntryId,
        label,
        kind,
        author,
        createdAt: stored.created,
        knownAt: stored.known,
        relevance,
        own,
        terms: mainTerms(stored.row),
        retractedBy,
      };
    });
  }

  return {
    statistics,
    search(query) {
      const filter = filterOf(query);
      if (filter === null || query.labels.length === 0) return [];
      const asked = analyzeQuery(clampQuery(query.text), state().languages);
      const known = statistics(
        asked.flatMap((term) => term.alternates),
        query.labels,
      );
      const meanLength = known.contextLength / Math.max(1, known.total);
      const terms = weighTerms(asked, known.frequencies, known.total);
      if (terms.length === 0) return [];
      let scored = rank(query, terms, filter, meanLength);
      if (query.explore) {
        const feedback = scored.map(({ stored, relevance }) => ({ row: stored.row, relevance }));
        const frequencies = (all: readonly number[]) => candidates.frequencies(all, query.labels);
        scored = rank(query, expandTerms(terms, feedback, frequencies, known.total), filter, meanLength);
      }
      return toCandidates(scored.slice(0, query.limit));
    },
  };
}
