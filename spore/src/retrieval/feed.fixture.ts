/**
 * A change feed in memory, for tests of what folds one. Entries are as the replica would hand them out, but for their
 * signatures, which no view reads.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Body, Entry, Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { type EntryId, type Incarnation, type PublicKey, toReplicaId } from "@synapse/shared/ids.ts";
import type { ChangeFeed, StoredEntry } from "../replica/feed.ts";

export const FIXTURE_START_MS = Date.UTC(2026, 0, 15);

export interface EntryOptions {
  readonly label?: Label;
  readonly author?: PublicKey;
  readonly parents?: readonly EntryId[];
  /** By the author's clock, ms; it arrives at the same time. */
  readonly at?: number;
}

export interface MemoryFeed extends ChangeFeed {
  /** Makes an entry with the next seq, stores it and announces it. */
  add<K extends Kind>(kind: K, body: Body<K>, options?: EntryOptions): StoredEntry;
  remember(content: string, body?: Partial<Body<"memory">>, options?: EntryOptions): StoredEntry;
  /** What is stored; pushed to directly, an entry is stored without being announced. */
  readonly entries: StoredEntry[];
}

export function fixtureKey(name: string): PublicKey {
  return name.padEnd(43, "A").slice(0, 43) as PublicKey;
}

const ALICE = fixtureKey("alice");
const INCARNATION = "0011223344556677" as Incarnation;

export function fixtureEntry<K extends Kind>(
  seq: number,
  kind: K,
  body: Body<K>,
  options: EntryOptions = {},
): StoredEntry {
  const at = options.at ?? FIXTURE_START_MS + seq * 60_000;
  const entry = {
    v: 1,
    label: options.label ?? "cluster",
    replica: toReplicaId(options.author ?? ALICE, INCARNATION),
    counter: seq,
    clock: [at, 0],
    parents: options.parents ?? [],
    kind,
    body,
  } as unknown as Entry;
  const id = sha256Hex(canonicalJson(entry)) as EntryId;
  return { id, signature: "A".repeat(86), entry, seq, receivedAt: at };
}

export function createMemoryFeed(): MemoryFeed {
  const entries: StoredEntry[] = [];
  const listeners = new Set<(entries: readonly StoredEntry[]) => void>();
  const feed: MemoryFeed = {
    entries,
    after: async (seq, limit) => entries.filter((entry) => entry.seq > seq).slice(0, limit),
    get: async (ids) => entries.filter((entry) => ids.includes(entry.id)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(kind, body, options) {
      const entry = fixtureEntry((entries.at(-1)?.seq ?? 0) + 1, kind, body, options);
      entries.push(entry);
      for (const listener of listeners) listener([entry]);
      return entry;
    },
    remember: (content, body, options) => feed.add("memory", { content, ...body }, options),
  };
  return feed;
}
