/**
 * A spore's disk: what is durable, and what is on its way there. It offers the replica the methods of the store that
 * the replica uses, so the real replica code runs on it: its queue, its group commit, its counters.
 *
 * A commit takes the disk's latency and is durable, whole, at the end of it; a crash before that loses it, whole. A
 * disk can be slow, can refuse a write as a full one does, and can be wiped.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey, ReplicaId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import type { NewRow, Store } from "@synapse/spore/replica/store.ts";
import { insertSorted, prefixed } from "./sorted-ids.ts";

export interface DiskDeps {
  /** Milliseconds that the next commit takes, or null where it fails. */
  readonly latencyMs: () => number | null;
  readonly schedule: (afterMs: number, run: () => void) => void;
}

export class VirtualDisk {
  rows: StoredEntry[] = [];
  readonly ids: Record<SharedLabel, EntryId[]> = { public: [], cluster: [] };
  readonly certificates = new Map<PublicKey, Certificate>();
  private readonly byId = new Map<EntryId, StoredEntry>();
  private readonly byDot = new Map<string, EntryId[]>();
  private readonly deps: DiskDeps;

  constructor(deps: DiskDeps) {
    this.deps = deps;
  }

  get(id: EntryId): StoredEntry | undefined {
    return this.byId.get(id);
  }

  has(id: EntryId): boolean {
    return this.byId.has(id);
  }

  dots(): { replica: ReplicaId; counter: number }[] {
    return this.rows.map(({ entry }) => ({ replica: entry.replica, counter: entry.counter }));
  }

  /** What a process that opens this disk gets. Once it is closed, by a crash, what it had not finished is lost. */
  open(): { readonly store: Store; close(): void } {
    let isOpen = true;
    const commit = (rows: readonly NewRow[]) =>
      new Promise<void>((resolve, reject) => {
        const latency = this.deps.latencyMs();
        this.deps.schedule(latency ?? 1, () => {
          if (!isOpen) return;
          if (latency === null) return reject(new Error("the virtual disk is full"));
          for (const row of rows) this.keep(row);
          resolve();
        });
      });
    const store = {
      head: () => this.rows.at(-1)?.seq ?? 0,
      commit,
      known: async (ids: readonly EntryId[]) => new Set(ids.filter((id) => this.byId.has(id))),
      get: async (ids: readonly EntryId[]) =>
        ids.flatMap((id) => this.byId.get(id) ?? []).sort((a, b) => a.seq - b.seq),
      after: async (seq: number, limit: number) => this.rows.slice(seq, seq + limit),
      onDot: async (replica: ReplicaId, counter: number) => this.byDot.get(`${replica}:${counter}`) ?? [],
      idsByPrefix: async (scope: SharedLabel, prefix: string) => prefixed(this.ids[scope], prefix),
      saveCertificate: async (one: Certificate) => {
        if (isOpen) this.certificates.set(one.spore, one);
      },
    };
    return {
      // The replica uses these methods of a store and no others; a missing one would throw in the first run.
      store: store as unknown as Store,
      close: () => {
        isOpen = false;
      },
    };
  }

  private keep(row: NewRow): void {
    const { seq, id, signature, receivedAt, entry } = row;
    const stored: StoredEntry = { seq, id, signature, receivedAt, entry };
    this.rows.push(stored);
    this.byId.set(id, stored);
    const dot = `${entry.replica}:${entry.counter}`;
    this.byDot.set(dot, [...(this.byDot.get(dot) ?? []), id]);
    if (entry.label !== "private") insertSorted(this.ids[entry.label], id);
  }
}
