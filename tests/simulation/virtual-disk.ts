/**
 * A spore's disk: what is durable, and what is on its way there. It offers the replica the methods of the store that
 * the replica uses, so the real replica code runs on it: its queue, its group commit, its counters, its forks.
 *
 * A commit takes the disk's latency and is durable, whole, at the end of it; a crash before that loses it, whole. A
 * disk can be slow, can refuse a write as a full one does, and can be wiped. It knows which ids its commander's policy
 * refused, and hides what the policy hides.
 */
import type { InStatement } from "@libsql/client";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, type ReplicaId, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import type { Member, PlacedDot, Refused, SharedId } from "@synapse/spore/replica/membership.ts";
import { keptOnDot } from "@synapse/spore/replica/or-set.ts";
import type { NewRow, Store } from "@synapse/spore/replica/store.ts";
import type { WireRow } from "@synapse/spore/replica/wire-rows.ts";
import { insertSorted, prefixed, removeSorted } from "../support/sorted-ids.ts";

/**
 * How the next commit ends. `unknown`: it is durable, but the answer is an error, as when a connection breaks at the
 * wrong moment.
 */
export interface CommitFate {
  readonly afterMs: number;
  readonly is: "durable" | "refused" | "unknown";
}

export interface DiskDeps {
  readonly fate: () => CommitFate;
  readonly schedule: (afterMs: number, run: () => void) => void;
  /** Whose entries the commander hides. */
  readonly isHidden: (spore: PublicKey) => boolean;
}

interface DiskRow extends StoredEntry {
  readonly text: string;
}

/** What the replica and its intake call; a method more that they come to use fails in the first run. */
type UsedOfStore = Pick<
  Store,
  | "head"
  | "takeUnseen"
  | "isHidden"
  | "commit"
  | "hasRefused"
  | "isAnyRefused"
  | "refuseStatements"
  | "unrefuseStatements"
  | "pardon"
  | "known"
  | "get"
  | "after"
  | "wire"
  | "wireAfter"
  | "membersOn"
  | "idsByPrefix"
  | "forkStatement"
  | "displaceStatements"
  | "bumpSetVersion"
  | "certificateStatement"
  | "saveCertificates"
>;

/** The statements that the replica makes through its store; here they are names and arguments. */
const DISPLACE = "displace";
const FORK = "fork";
const REFUSE = "refuse";
const UNREFUSE = "unrefuse";
const CERTIFICATE = "certificate";

export class VirtualDisk {
  readonly rows: DiskRow[] = [];
  /** The replicated sets: stored entries without displaced forks, and refused ids. */
  readonly ids: Record<SharedLabel, EntryId[]> = { public: [], cluster: [] };
  readonly certificates = new Map<PublicKey, Certificate>();
  /** The replica ids that this spore writes under. */
  readonly sequences = new Map<Label, ReplicaId>();
  /** Proofs of forked histories. */
  readonly forks = new Set<string>();
  private readonly byId = new Map<EntryId, DiskRow>();
  private readonly byDot = new Map<string, EntryId[]>();
  private readonly displaced = new Set<EntryId>();
  private readonly refused = new Map<EntryId, Refused>();
  private readonly refusedReplicas = new Set<ReplicaId>();
  private readonly deps: DiskDeps;

  constructor(deps: DiskDeps) {
    this.deps = deps;
  }

  has(id: EntryId): boolean {
    return this.byId.has(id);
  }

  isOfSet(id: EntryId): boolean {
    return this.byId.has(id) && !this.displaced.has(id);
  }

  /** What a process that opens this disk gets. Once it is closed, by a crash, what it had not finished is lost. */
  open(): { readonly store: Store; close(): void } {
    let isOpen = true;
    let head = this.rows.length;
    const listed = (ids: readonly EntryId[]) =>
      ids.flatMap((id) => this.byId.get(id) ?? []).sort((a, b) => a.seq - b.seq);
    const isShown = ({ entry }: DiskRow) => !this.deps.isHidden(replicaKey(entry.replica));
    const store: UsedOfStore = {
      head: () => head,
      takeUnseen: async () => {
        const unseen = this.rows.slice(head);
        head = this.rows.length;
        return unseen;
      },
      isHidden: this.deps.isHidden,
      hasRefused: (replica) => this.refusedReplicas.has(replica),
      isAnyRefused: async (ids) => ids.some(({ id }) => this.refused.has(id)),
      refuseStatements: (refused) => refused.map((one) => ({ sql: REFUSE, args: [JSON.stringify(one)] })),
      unrefuseStatements: (ids) => ids.map(({ scope, id }) => ({ sql: UNREFUSE, args: [scope, id] })),
      pardon: async (reason) => this.pardon(reason),
      commit: (rows: readonly NewRow[], also: readonly InStatement[] = []) =>
        new Promise<void>((resolve, reject) => {
          const { afterMs, is } = this.deps.fate();
          this.deps.schedule(afterMs, () => {
            if (!isOpen) return;
            if (is === "refused") return reject(new Error("the virtual disk is full"));
            for (const row of rows) this.keep(row);
            for (const statement of also) this.execute(statement as { sql: string; args: string[] });
            if (is === "unknown") return reject(new Error("the virtual disk does not answer"));
            head = this.rows.length;
            resolve();
          });
        }),
      known: async (ids: readonly EntryId[]) => new Set(ids.filter((id) => this.byId.has(id))),
      get: async (ids: readonly EntryId[]) => listed(ids).filter(isShown),
      after: async (seq, limit = Number.POSITIVE_INFINITY) => this.rows.slice(seq, seq + limit),
      wire: async (scope, ids) => listed(ids).filter(isShown).map(toWireRow(scope)),
      wireAfter: async (scope, seq, limit) =>
        this.rows.slice(seq).filter(isShown).slice(0, limit).map(toWireRow(scope)),
      membersOn: async (dots) => dots.map((dot) => this.membersOn(dot)),
      idsByPrefix: async (scope: SharedLabel, prefix: string) => prefixed(this.ids[scope], prefix),
      forkStatement: (first: EntryId, second: EntryId) => ({ sql: FORK, args: [first, second] }),
      displaceStatements: (scope: SharedLabel, id: EntryId) => [{ sql: DISPLACE, args: [scope, id] }],
      bumpSetVersion: () => undefined,
      certificateStatement: (one: Certificate) => ({ sql: CERTIFICATE, args: [JSON.stringify(one)] }),
      saveCertificates: async (certificates: readonly Certificate[]) => {
        if (isOpen) for (const one of certificates) this.certificates.set(one.spore, one);
      },
    };
    return {
      store: store as Store,
      close: () => {
        isOpen = false;
      },
    };
  }

  /** What its commander has blocked is forgiven: those ids are to be fetched again. */
  pardon(reason: string): { pardoned: SharedId[]; readmitted: SharedId[] } {
    const pardoned = [...this.refused.values()].filter((one) => one.reason === reason);
    for (const { id, label } of pardoned) {
      this.refused.delete(id);
      removeSorted(this.ids[label], id);
    }
    const readmitted = pardoned.flatMap((dot) => this.readmit(dot));
    return { pardoned: pardoned.map(({ id, label }) => ({ id, scope: label })), readmitted };
  }

  private readmit(dot: Refused): SharedId[] {
    const members = this.membersOn(dot).map(({ id }) => id);
    const back = keptOnDot([...members, ...(this.byDot.get(dotOf(dot)) ?? [])]).filter((id) =>
      this.displaced.delete(id),
    );
    for (const id of back) insertSorted(this.ids[dot.label], id);
    return back.map((id) => ({ id, scope: dot.label }));
  }

  private membersOn(dot: PlacedDot): Member[] {
    return (this.byDot.get(dotOf(dot)) ?? [])
      .filter((id) => this.isOfSet(id) || this.refused.has(id))
      .map((id) => ({ id, isRefused: this.refused.has(id) }));
  }

  private keep({ seq, id, signature, receivedAt, entry, text }: NewRow): void {
    const stored: DiskRow = { seq, id, signature, receivedAt, entry, text };
    this.rows.push(stored);
    this.byId.set(id, stored);
    this.place(entry, id);
    // What was refused counts already, and is about to count as this.
    if (entry.label !== "private" && !this.refused.delete(id)) insertSorted(this.ids[entry.label], id);
  }

  private place(dot: PlacedDot, id: EntryId): void {
    this.byDot.set(dotOf(dot), [...new Set(this.byDot.get(dotOf(dot))).add(id)]);
  }

  private execute({ sql, args: [first = "", second = ""] }: { sql: string; args: string[] }): void {
    if (sql === CERTIFICATE) {
      const certificate = JSON.parse(first) as Certificate;
      this.certificates.set(certificate.spore, certificate);
    }
    if (sql === FORK) this.forks.add(`${first} ${second}`);
    if (sql === REFUSE) {
      const refused = JSON.parse(first) as Refused;
      this.refused.set(refused.id, refused);
      this.refusedReplicas.add(refused.replica);
      this.place(refused, refused.id);
      insertSorted(this.ids[refused.label], refused.id);
    }
    if (sql === UNREFUSE && this.refused.delete(second as EntryId))
      removeSorted(this.ids[first as SharedLabel], second as EntryId);
    if (sql !== DISPLACE) return;
    this.displaced.add(second as EntryId);
    removeSorted(this.ids[first as SharedLabel], second as EntryId);
  }
}

function dotOf({
  label,
  replica,
  counter,
}: Pick<StoredEntry["entry"], "label" | "replica" | "counter">): string {
  return `${label} ${replica} ${counter}`;
}

function toWireRow(scope: SharedLabel) {
  return ({ seq, id, entry, text, signature }: DiskRow): WireRow => ({
    seq,
    id,
    text: entry.label === scope ? text : null,
    signature,
  });
}
