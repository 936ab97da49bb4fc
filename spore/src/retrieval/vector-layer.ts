/**
 * The vectors of one embedder in the index file: stored with a watermark of their own, since they come later than words
 * do, and all of them dropped when another embedder takes over.
 */
import { z } from "zod";
import { type Connection, IndexDamaged } from "./index-connection.ts";
import type { ToIndex, VectorProgress } from "./index-protocol.ts";
import type { IndexQuery } from "./query-filter.ts";
import { createVectorCells, type VectorCells } from "./vector-cells.ts";

/** Entries found by their vector alone that are scored beside those found by words. */
const FOUND_MAX = 50;

export interface VectorLayer {
  readonly progress: VectorProgress | null;
  /** @returns false where the batch does not follow what is here. */
  store(batch: Extract<ToIndex, { type: "vectors" }>): boolean;
  /** Entries near the question by their vectors; none without vectors of the embedder that read it. */
  near(query: IndexQuery): readonly number[];
  /** Cosines of those of the entries that have a vector; null where the question cannot be compared. */
  cosines(query: IndexQuery, seqs: readonly number[]): ReadonlyMap<number, number> | null;
}

const stateSchema = z.object({
  embedder: z.string(),
  /** Null until the first vector came. */
  dimensions: z.int().min(1).nullable(),
  watermark: z.int().min(0),
  count: z.int().min(0),
});
type LayerState = z.infer<typeof stateSchema>;

export function createVectorLayer(connection: Connection): VectorLayer {
  const sql = {
    load: connection.prepare("SELECT value FROM meta WHERE key = 'vectors'", ["text"]),
    save: connection.prepare("INSERT OR REPLACE INTO meta VALUES ('vectors', ?)"),
    count: connection.prepare("SELECT count(*) FROM vectors", ["number"]),
  };
  let state = load();
  let cells = cellsOf(state);

  function load(): LayerState | null {
    const row = sql.load.first();
    if (row === undefined) return null;
    try {
      return stateSchema.parse(JSON.parse(row[0]));
    } catch {
      throw new IndexDamaged("the state of its vectors is not readable");
    }
  }

  function cellsOf(of: LayerState | null): VectorCells | null {
    const dimensions = of?.dimensions ?? null;
    return dimensions === null ? null : createVectorCells(connection, dimensions);
  }

  function begin(embedder: string): LayerState {
    connection.exec("DELETE FROM vectors");
    connection.exec("DELETE FROM cells");
    cells = null;
    return { embedder, dimensions: null, watermark: 0, count: 0 };
  }

  function write({ embedder, upTo, items }: Extract<ToIndex, { type: "vectors" }>): LayerState {
    let next = state?.embedder === embedder ? state : begin(embedder);
    const dimensions = items[0]?.code.length ?? next.dimensions;
    if (next.dimensions !== null && dimensions !== next.dimensions) {
      // Another model answers under the same name: nothing of the one before can be compared with it.
      next = begin(embedder);
    } else {
      if (dimensions !== next.dimensions) {
        next = { ...next, dimensions };
        cells = cellsOf(next);
      }
      cells?.add(items);
      next = { ...next, watermark: upTo, count: sql.count.first()?.[0] ?? 0 };
    }
    sql.save.run(JSON.stringify(next));
    return next;
  }

  const comparable = ({ sentence }: IndexQuery) =>
    sentence !== undefined &&
    sentence.embedder === state?.embedder &&
    sentence.code.length === state.dimensions
      ? sentence.code
      : null;

  return {
    get progress() {
      return state;
    },
    store(batch) {
      const reached = state?.embedder === batch.embedder ? state.watermark : 0;
      if (batch.after !== reached) return false;
      const before = state;
      connection.exec("BEGIN IMMEDIATE");
      try {
        state = write(batch);
        connection.exec("COMMIT");
        return true;
      } catch (error) {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        state = before;
        cells = cellsOf(state);
        throw error;
      }
    },
    near(query) {
      const code = comparable(query);
      if (code === null || cells === null) return [];
      return cells.nearest(code, query.labels, FOUND_MAX).map(([seq]) => seq);
    },
    cosines(query, seqs) {
      const code = comparable(query);
      return code === null || cells === null ? null : cells.cosines(code, seqs);
    },
  };
}
