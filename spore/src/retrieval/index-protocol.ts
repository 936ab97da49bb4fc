/**
 * What passes between the spore's thread and the index worker.
 *
 * Messages are handled in order, one at a time. So a question asked after entries were handed over sees them, and waits
 * for at most one batch.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
import type { IndexDocument } from "./document.ts";
import type { Candidate } from "./index-reader.ts";
import type { IndexQuery } from "./query-filter.ts";
import type { VectorItem } from "./vector-cells.ts";

export type ToIndex =
  | { readonly type: "open"; readonly path: string }
  /** The documents of the feed that follow the one with seq `after`: to be folded. Ignored if that one is not here. */
  | { readonly type: "fold"; readonly after: number; readonly documents: readonly IndexDocument[] }
  /** Documents ahead of a gap: found at once, folded when their turn comes. */
  | { readonly type: "fresh"; readonly documents: readonly IndexDocument[] }
  /**
   * What an embedder made of the entries after seq `after` up to `upTo`; entries without text have none. Ignored if the
   * vectors of this embedder do not reach to `after`.
   */
  | {
      readonly type: "vectors";
      readonly embedder: string;
      readonly after: number;
      readonly upTo: number;
      readonly items: readonly VectorItem[];
    }
  | {
      readonly type: "search";
      readonly request: number;
      readonly query: IndexQuery;
      readonly generation: number;
    }
  | { readonly type: "reset"; readonly reason: string }
  | { readonly type: "close" };

export interface IndexProgress {
  readonly watermark: number;
  readonly watermarkId: EntryId | null;
  /** Entries in the index, all labels. */
  readonly entries: number;
  /** Of the file, without its write-ahead log. */
  readonly bytes: number;
  /** How far an embedder beside the embedded one has come; null where none has begun. */
  readonly vectors: VectorProgress | null;
}

export interface VectorProgress {
  readonly embedder: string;
  /** seq up to which it has seen the feed. */
  readonly watermark: number;
  /** Entries that have a vector. */
  readonly count: number;
}

export type FromIndex =
  /**
   * `replaced`: why it starts from nothing, or null. Sent after opening, and again whenever it had to start over;
   * `generation` counts how often that was, so that no question for the index before is answered by an empty one.
   */
  | {
      readonly type: "opened";
      readonly progress: IndexProgress;
      readonly replaced: string | null;
      readonly generation: number;
    }
  /** `folded`: how many of the documents handed over are now part of the file. */
  | { readonly type: "folded"; readonly progress: IndexProgress; readonly folded: number }
  /** The documents handed over since the last `folded` could not be written; they must be sent again. */
  | { readonly type: "stuck"; readonly progress: IndexProgress; readonly message: string }
  /** Vectors were stored, or could not be and must be sent again. */
  | { readonly type: "embedded"; readonly progress: IndexProgress; readonly error: string | null }
  | { readonly type: "found"; readonly request: number; readonly candidates: readonly Candidate[] }
  /** The index started over while this was asked: nothing was found because nothing is there yet. */
  | { readonly type: "again"; readonly request: number }
  | { readonly type: "failed"; readonly request: number; readonly message: string }
  | { readonly type: "closed" };
