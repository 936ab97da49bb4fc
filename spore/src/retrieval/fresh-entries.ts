/**
 * Entries that are known but not yet part of the index file, kept in memory so that they are found at once.
 *
 * They are scored by their words with the statistics of the index and without neighbours, which may not be there yet. That is
 * the state of a moment: folded, an entry is scored like every other.
 */
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { analyzeQuery } from "./analyzer.ts";
import type { IndexDocument } from "./document.ts";
import { countOf, mainTerms, type TextRow } from "./forward-row.ts";
import { type Candidate, clampQuery, type IndexReader } from "./index-reader.ts";
import { rowOf } from "./index-writer.ts";
import type { Language } from "./language.ts";
import type { IndexQuery } from "./query-filter.ts";
import { matchesOf, relevanceOf, weighTerms } from "./relevance.ts";

/** The newest that are kept; older ones are found when they are folded. Bounds memory and the work of a question. */
export const FRESH_MAX = 512;

export interface FreshEntries {
  add(documents: readonly IndexDocument[]): void;
  /** Forgets what has been folded. */
  dropUpTo(watermark: number): void;
  /** Those that match, in no order. */
  search(
    query: IndexQuery,
    statistics: IndexReader["statistics"],
    languages: readonly Language[],
  ): readonly Candidate[];
  /** Who asks, among these, to hide an entry. */
  retractors(id: EntryId): readonly PublicKey[];
}

function matchesQuery(document: IndexDocument, query: IndexQuery): boolean {
  return (
    query.labels.includes(document.label) &&
    (query.kinds === undefined || query.kinds.includes(document.kind)) &&
    (query.author === undefined || query.author === document.author) &&
    !query.without?.includes(document.author) &&
    (query.task === undefined || query.task === document.task) &&
    document.createdAt >= (query.from ?? 0) &&
    document.createdAt <= (query.to ?? Number.POSITIVE_INFINITY)
  );
}

interface Fresh {
  readonly document: IndexDocument;
  /** Null: nothing to be found by. Absent until a question needs it. */
  row?: TextRow | null;
}

export function createFreshEntries(): FreshEntries {
  const bySeq = new Map<number, Fresh>();

  function rowFor(fresh: Fresh): TextRow | null {
    fresh.row ??= rowOf(fresh.document)?.row ?? null;
    return fresh.row;
  }

  function matching(query: IndexQuery): { document: IndexDocument; row: TextRow }[] {
    const found: { document: IndexDocument; row: TextRow }[] = [];
    for (const fresh of bySeq.values()) {
      if (!matchesQuery(fresh.document, query)) continue;
      const row = rowFor(fresh);
      if (row !== null) found.push({ document: fresh.document, row });
    }
    return found;
  }

  return {
    add(documents) {
      for (const document of documents) bySeq.set(document.seq, { document });
      for (const seq of [...bySeq.keys()].slice(0, Math.max(0, bySeq.size - FRESH_MAX))) bySeq.delete(seq);
    },
    dropUpTo(watermark) {
      for (const seq of bySeq.keys()) if (seq <= watermark) bySeq.delete(seq);
    },
    retractors(id) {
      return [...bySeq.values()]
        .filter(({ document }) => document.retracts.includes(id))
        .map(({ document }) => document.author);
    },
    search(query, statistics, languages) {
      const found = matching(query);
      if (found.length === 0) return [];
      const asked = analyzeQuery(clampQuery(query.text), languages);
      const all = asked.flatMap((term) => term.alternates);
      const known = statistics(all, query.labels);
      const frequencies = new Map(known.frequencies);
      for (const term of all) {
        const here = found.filter(({ row }) => countOf(row, term) > 0).length;
        if (here > 0) frequencies.set(term, (frequencies.get(term) ?? 0) + here);
      }
      const total = known.total + found.length;
      const terms = weighTerms(asked, frequencies, total);
      const length = found.reduce((sum, { row }) => sum + row.length, known.contextLength);
      return found
        .map(({ document, row }) => {
          const relevance = relevanceOf(terms, matchesOf(terms, row), length / total);
          const { seq, id, label, kind, author, createdAt, knownAt } = document;
          const retractedBy: PublicKey[] = [];
          return {
            seq,
            id,
            label,
            kind,
            author,
            createdAt,
            knownAt,
            relevance,
            parts: {
              own: relevance,
              context: 0,
              meaning: 0,
              sentence: 0,
              speaker: 1,
              asking: 1,
              explaining: 1,
            },
            before: [],
            after: [],
            terms: mainTerms(row),
            retractedBy,
          };
        })
        .filter(({ relevance }) => relevance > 0);
    },
  };
}
