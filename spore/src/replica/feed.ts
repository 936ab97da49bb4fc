/**
 * The change feed: how everything that is not the replica learns what the replica holds.
 *
 * Invariants:
 * 1. `seq` is commit order on this spore: it only grows, has no duplicates, and says nothing about other spores.
 * 2. Parents come before children, or the gap is visible (a parent id that `get` does not find).
 * 3. A view is a fold of the feed. Thrown away, it is rebuilt by reading from 0; it keeps its own watermark.
 */

import type { Kind, SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";

export interface StoredEntry<L extends Label = Label, K extends Kind = Kind> extends SignedEntry<L, K> {
  readonly seq: number;
  /** When this spore stored it, ms since the epoch. Unlike the entry's own clock, nobody else can choose it. */
  readonly receivedAt: number;
}

export interface ChangeFeed {
  /** Entries with seq > after, ascending, at most `limit`. */
  after(seq: number, limit: number): Promise<readonly StoredEntry[]>;
  /** Called after commit with what was newly stored, in seq order. The returned function ends it. */
  subscribe(listener: (entries: readonly StoredEntry[]) => void): () => void;
  /** The ids that are known, in no particular order. */
  get(ids: readonly EntryId[]): Promise<readonly StoredEntry[]>;
}
