/**
 * The index as one object: the file, what is not yet in it, and what to do when the file turns out to be damaged.
 * It runs inside the worker; everything here is synchronous.
 *
 * Invariants:
 * 1. A document is folded only when it follows what was folded before it: `after` names the seq it follows.
 * 2. Damage found at any time ends in an empty index and `opened` with the reason; the same call still answers.
 * 3. What could not be written (disk full) stays findable in memory.
 */
import { statSync } from "node:fs";
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { IndexDocument } from "./document.ts";
import { createFreshEntries } from "./fresh-entries.ts";
import type { Connection } from "./index-connection.ts";
import { createIndexFile, isDamage, openIndexFile } from "./index-file.ts";
import type { FromIndex, IndexProgress, ToIndex } from "./index-protocol.ts";
import { type Candidate, createIndexReader, type IndexReader } from "./index-reader.ts";
import { createIndexWriter, type IndexWriter } from "./index-writer.ts";
import type { IndexQuery } from "./query-filter.ts";
import { createVectorLayer, type VectorLayer } from "./vector-layer.ts";

/** Documents folded in one transaction: large enough to share its cost, small enough that a question waits < 50 ms. */
export const FOLD_BATCH = 96;

export interface RecallIndex {
  /** Takes documents in; they are folded now if there are enough, else with `flush`. */
  fold(after: number, documents: readonly IndexDocument[]): void;
  fresh(documents: readonly IndexDocument[]): void;
  vectors(batch: Extract<ToIndex, { type: "vectors" }>): void;
  /** Folds what is waiting. @returns whether nothing is left waiting. */
  flush(): boolean;
  /** @throws IndexStartedOver when that was found out by this question: it is asked again once the index is fed. */
  search(query: IndexQuery): readonly Candidate[];
  /** How often it has started over. */
  readonly generation: number;
  reset(reason: string): void;
  close(): void;
}

/** The file was damaged and is built anew: nothing would be found because nothing is there yet. */
export class IndexStartedOver extends Error {}

interface Parts {
  readonly connection: Connection;
  readonly writer: IndexWriter;
  readonly reader: IndexReader;
  readonly vectors: VectorLayer;
}

function assemble(connection: Connection): Parts {
  try {
    const writer = createIndexWriter(connection);
    const vectors = createVectorLayer(connection);
    const reader = createIndexReader(connection, () => writer.state, vectors);
    return { connection, writer, reader, vectors };
  } catch (error) {
    connection.close();
    throw error;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function openParts(path: string): { parts: Parts; replaced: string | null } {
  const { connection, replaced } = openIndexFile(path);
  try {
    return { parts: assemble(connection), replaced };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { parts: assemble(createIndexFile(path)), replaced: messageOf(error) };
  }
}

export function createRecallIndex(path: string, tell: (message: FromIndex) => void): RecallIndex {
  const opened = openParts(path);
  let { connection, writer, reader, vectors } = opened.parts;
  const fresh = createFreshEntries();
  let pending: IndexDocument[] = [];
  let generation = 0;

  const accepted = (): number => pending.at(-1)?.seq ?? writer.state.watermark;

  function progress(): IndexProgress {
    const { watermark, watermarkId, totals } = writer.state;
    const entries = LABELS.reduce((sum, label) => sum + totals[label].entries, 0);
    return {
      watermark,
      watermarkId,
      entries,
      bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      vectors: vectors.progress,
    };
  }

  function reset(reason: string): void {
    connection.close();
    ({ connection, writer, reader, vectors } = assemble(createIndexFile(path)));
    pending = [];
    generation += 1;
    tell({ type: "opened", progress: progress(), replaced: reason, generation });
  }

  function foldBatch(): boolean {
    const batch = pending.slice(0, FOLD_BATCH);
    try {
      writer.fold(batch);
    } catch (error) {
      if (isDamage(error)) {
        reset(messageOf(error));
      } else {
        fresh.add(pending);
        pending = [];
        tell({ type: "stuck", progress: progress(), message: messageOf(error) });
      }
      return false;
    }
    pending = pending.slice(batch.length);
    fresh.dropUpTo(writer.state.watermark);
    tell({ type: "folded", progress: progress(), folded: batch.length });
    return true;
  }

  function flush(): boolean {
    while (pending.length > 0) if (!foldBatch()) return false;
    return true;
  }

  function find(query: IndexQuery): readonly Candidate[] {
    const found = reader.search(query);
    const extra = fresh.search(query, reader.statistics, writer.state.languages);
    const bySeq = new Map([...found, ...extra].map((candidate) => [candidate.seq, candidate]));
    return [...bySeq.values()]
      .map((candidate) => {
        const more = fresh.retractors(candidate.id);
        return more.length === 0
          ? candidate
          : { ...candidate, retractedBy: [...candidate.retractedBy, ...more] };
      })
      .sort((a, b) => b.relevance - a.relevance || b.seq - a.seq)
      .slice(0, query.limit);
  }

  tell({ type: "opened", progress: progress(), replaced: opened.replaced, generation });
  return {
    flush,
    reset,
    fold(after, documents) {
      if (after !== accepted()) return;
      pending.push(...documents);
      while (pending.length >= FOLD_BATCH) if (!foldBatch()) return;
    },
    fresh(documents) {
      fresh.add(documents.filter((document) => document.seq > writer.state.watermark));
    },
    vectors(batch) {
      let error: string | null = null;
      try {
        vectors.store(batch);
      } catch (cause) {
        error = messageOf(cause);
        if (isDamage(cause)) reset(error);
      }
      tell({ type: "embedded", progress: progress(), error });
    },
    get generation() {
      return generation;
    },
    search(query) {
      const before = generation;
      flush();
      if (generation !== before) throw new IndexStartedOver();
      try {
        return find(query);
      } catch (error) {
        if (!isDamage(error)) throw error;
        reset(messageOf(error));
        throw new IndexStartedOver();
      }
    },
    close() {
      flush();
      connection.close();
    },
  };
}
