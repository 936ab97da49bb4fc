/**
 * The replica: validate → merge → persist → announce. The only way anything shared is ever written.
 *
 * Local drafts and entries from peers wait in one queue; a single writer drains it in groups, one durable batch each
 * (group commit). Only after the batch is on disk do memory state, index and subscribers change, and only then are
 * callers answered; so an acknowledged write is never lost and nothing is announced that could vanish.
 *
 * Invariants:
 * 1. Counters of this replica are 1, 2, 3 … without gap or reuse, also across failures of the disk.
 * 2. A private entry never gets into a set index and cannot be passed to the gossip encoder (types).
 * 3. A local entry is at least as restricted as each of its parents.
 * 4. Subscribers see every stored entry once, in seq order.
 */

import type { InStatement } from "@libsql/client";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import {
  type Body,
  ENTRY_BYTES_MAX,
  ENTRY_VERSION,
  type Entry,
  type Kind,
} from "@synapse/shared/contract/entry.ts";
import {
  isMoreRestricted,
  type Label,
  mostRestricted,
  type SharedLabel,
} from "@synapse/shared/contract/label.ts";
import {
  type EntryId,
  type Incarnation,
  type PublicKey,
  replicaKey,
  toReplicaId,
} from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { isCertificateSigned } from "../identity/certificate.ts";
import type { PendingSignatures } from "../identity/crypto-threads.ts";
import { entryIdOf, entryText } from "../identity/entry-signature.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { type AdmissionError, type AdmittedEntry, admit } from "./admission.ts";
import type { CausalContext } from "./causal-context.ts";
import type { ChangeFeed, StoredEntry } from "./feed.ts";
import type { HybridClock } from "./hybrid-clock.ts";
import type { Visibility } from "./or-set.ts";
import type { NewRow, Store } from "./store.ts";
import { sealEntry, type WireEntry } from "./wire-entry.ts";
import { createWriteQueue, type WriteJob } from "./write-queue.ts";

/** Entries in one durable batch: enough to amortise the flush, few enough to keep a turn of the event loop short. */
const GROUP_ENTRIES_MAX = 1_000;
/** Entries waiting to be written. Beyond it callers are told to come back: memory stays bounded. */
export const QUEUE_ENTRIES_MAX = 20_000;

/** Drafts encoded before their signatures are asked for: the other thread is at work while the rest is encoded. */
const SIGNING_SLICE = 128;

/** Refusals that depend on the bytes alone: whoever passes such an entry on did not check it, or made it. */
const HOSTILE: ReadonlySet<AdmissionError["kind"]> = new Set([
  "too_large",
  "malformed",
  "not_canonical",
  "wrong_scope",
  "bad_signature",
]);

export interface Draft<L extends Label = Label, K extends Kind = Kind> {
  readonly label: L;
  readonly kind: K;
  readonly body: Body<K>;
  readonly parents?: readonly EntryId[];
}

export type AppendError =
  | { readonly kind: "too_large"; readonly message: string }
  | { readonly kind: "label_wider_than_parent"; readonly message: string }
  | { readonly kind: "busy"; readonly retryAfterMs: number; readonly message: string }
  | { readonly kind: "storage"; readonly message: string };

export interface Rejection {
  readonly id: EntryId | null;
  readonly reason: AdmissionError["kind"] | "storage" | "busy";
  /** No honest spore could have passed this on: the sender is to blame. */
  readonly hostile: boolean;
}

export interface ApplyReport {
  readonly stored: readonly StoredEntry[];
  readonly known: number;
  readonly rejected: readonly Rejection[];
  /** Authors whose certificate must be sent before their entries can be judged. */
  readonly missingCertificates: readonly PublicKey[];
}

export interface ReplicaDeps {
  readonly store: Store;
  readonly key: KeyPair;
  readonly certificate: Certificate;
  readonly incarnation: Incarnation;
  readonly context: CausalContext;
  readonly clock: HybridClock;
  readonly visibility: Visibility;
  /** Certificates by spore key; the replica adds what it learns. */
  readonly certificates: Map<PublicKey, Certificate>;
  readonly insertIntoIndex: (scope: SharedLabel, id: EntryId) => void;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

/** Its place in commit order is given when its group is written. */
type Row = AdmittedEntry & { readonly receivedAt: number; seq: number };

export type Replica = ReturnType<typeof createReplica>;

export function createReplica(deps: ReplicaDeps) {
  const { store, key, certificate, context, clock, visibility, certificates } = deps;
  const self = toReplicaId(key.publicKey, deps.incarnation);
  const listeners = new Set<(entries: readonly StoredEntry[]) => void>();
  /** The highest counter that is durable, and the highest one drawn for what is being prepared. */
  let ownCounter = context.highest(self);
  let drawn = ownCounter;
  const queue = createWriteQueue<Row, StoredEntry>({
    groupMax: GROUP_ENTRIES_MAX,
    queueMax: QUEUE_ENTRIES_MAX,
    write: writeGroup,
    rollBack(cause) {
      drawn = ownCounter;
      deps.warn("a write failed", { cause: String(cause) });
    },
  });

  async function writeGroup(
    group: readonly { readonly job: WriteJob<Row, StoredEntry>; readonly rows: readonly Row[] }[],
  ): Promise<void> {
    const all = group.flatMap(({ rows }) => rows);
    const foreign = all.filter(({ entry }) => entry.replica !== self || entry.counter <= ownCounter);
    const known = foreign.length === 0 ? new Set() : await store.known(foreign.map(({ id }) => id));
    // What was drawn here is new by construction; only what peers sent can come twice.
    const candidates = foreign.length === 0 ? all : uniqueById(all);
    const seq = store.head();
    const rows = known.size === 0 ? candidates : candidates.filter(({ id }) => !known.has(id));
    rows.forEach((row, i) => {
      row.seq = seq + 1 + i;
    });
    if (rows.length > 0) await store.commit(rows, await equivocationRows(rows));
    const stored = rows.map(toStored);
    for (const entry of stored) remember(entry);
    const byId = new Map(group.length === 1 ? [] : stored.map((entry) => [entry.id, entry]));
    if (group.length === 1) group[0]?.job.settle(stored);
    else
      for (const { job, rows } of group) job.settle(uniqueById(rows).flatMap(({ id }) => byId.get(id) ?? []));
    if (stored.length > 0) announce(stored);
  }

  function remember(stored: StoredEntry): void {
    const { entry, id } = stored;
    context.add({ replica: entry.replica, counter: entry.counter });
    clock.observe(entry.clock, deps.now());
    if (entry.replica === self) ownCounter = Math.max(ownCounter, entry.counter);
    drawn = Math.max(drawn, ownCounter);
    if (entry.kind === "retraction") visibility.retract(replicaKey(entry.replica), entry.body.targets);
    if (entry.label !== "private") deps.insertIntoIndex(entry.label, id);
  }

  function announce(stored: readonly StoredEntry[]): void {
    for (const listener of listeners) {
      try {
        listener(stored);
      } catch (cause) {
        // A view that fails must not stop the others, nor the writer; it can rebuild itself from the feed.
        deps.warn("a reader of the change feed failed", { cause: String(cause) });
      }
    }
  }

  /** Two different entries on one dot prove that the author forked its history: both are kept, and the pair is noted. */
  async function equivocationRows(rows: readonly NewRow[]): Promise<InStatement[]> {
    const statements: InStatement[] = [];
    const inGroup = new Map<string, EntryId>();
    for (const { entry, id, receivedAt } of rows) {
      // Our own counters are drawn one by one.
      if (entry.replica === self && entry.counter > ownCounter) continue;
      const dot = `${entry.replica}:${entry.counter}`;
      const others = context.has(entry) ? await store.onDot(entry.replica, entry.counter) : [];
      const twin = inGroup.get(dot);
      inGroup.set(dot, id);
      for (const other of twin === undefined ? others : [...others, twin]) {
        deps.warn("equivocation: two entries on one dot", { dot, first: other, second: id });
        statements.push({
          sql: "INSERT OR IGNORE INTO equivocations (first, second, at) VALUES (?, ?, ?)",
          args: [Buffer.from(other, "hex"), Buffer.from(id, "hex"), receivedAt],
        });
      }
    }
    return statements;
  }

  /** Draws counter and clock at once, in order; the signatures are made while the rows before them are stored. */
  async function sign(drafts: readonly EncodedDraft[]): Promise<readonly Row[]> {
    const receivedAt = deps.now();
    const rows: Row[] = [];
    for (let start = 0; start < drafts.length; start += SIGNING_SLICE) {
      rows.push(...signSlice(drafts.slice(start, start + SIGNING_SLICE), receivedAt));
    }
    return rows;
  }

  function signSlice(drafts: readonly EncodedDraft[], receivedAt: number): Row[] {
    const unsigned = drafts.map(({ draft, bodyText }) => {
      const entry = {
        v: ENTRY_VERSION,
        kind: draft.kind,
        label: draft.label,
        replica: self,
        counter: ++drawn,
        clock: clock.tick(receivedAt),
        parents: draft.parents ?? [],
        body: draft.body,
      } as Entry;
      const text = entryText(entry, bodyText);
      return { id: entryIdOf(text), entry, text };
    });
    const signatures = key.signLater(
      "entry",
      unsigned.map(({ id }) => id),
    );
    return unsigned.map(({ id, entry, text }, i) => new OwnRow(id, entry, text, receivedAt, signatures, i));
  }

  async function checkDrafts(drafts: readonly EncodedDraft[]): Promise<AppendError | null> {
    if (drafts.some((one) => !fits(one))) {
      return { kind: "too_large", message: `an entry is at most ${ENTRY_BYTES_MAX} bytes: split the text` };
    }
    return await checkLabels(drafts.map(({ draft }) => draft));
  }

  async function checkLabels(drafts: readonly Draft[]): Promise<AppendError | null> {
    const parentIds = [...new Set(drafts.flatMap((draft) => draft.parents ?? []))];
    if (parentIds.length === 0) return null;
    const labels = new Map((await store.get(parentIds)).map((parent) => [parent.id, parent.entry.label]));
    for (const draft of drafts) {
      const floor = mostRestricted((draft.parents ?? []).flatMap((id) => labels.get(id) ?? []));
      if (isMoreRestricted(floor, draft.label)) {
        return {
          kind: "label_wider_than_parent",
          message: `what derives from ${floor} entries is ${floor} too`,
        };
      }
    }
    return null;
  }

  function learnCertificates(offered: readonly Certificate[]): Promise<unknown> {
    const fresh = offered.filter((candidate) => {
      const known = certificates.get(candidate.spore);
      return (known === undefined || known.issued_at < candidate.issued_at) && isCertificateSigned(candidate);
    });
    for (const one of fresh) certificates.set(one.spore, one);
    return Promise.all(fresh.map((one) => store.saveCertificate(one)));
  }

  return {
    id: self,
    self: certificate,

    /** Signs and stores drafts, in order, all or none. Resolves when they are durable. */
    async append<const L extends Label, const K extends Kind>(
      drafts: readonly Draft<L, K>[],
    ): Promise<Result<readonly StoredEntry<L, K>[], AppendError>> {
      const encoded = drafts.map((draft) => ({
        draft: draft as unknown as Draft,
        bodyText: canonicalJson(draft.body),
      }));
      const problem = await checkDrafts(encoded);
      if (problem) return err(problem);
      const stored = await write(drafts.length, () => sign(encoded));
      return stored as unknown as Result<readonly StoredEntry<L, K>[], AppendError>;
    },

    /** Takes entries that a peer sent for a scope. Whatever is wrong with one of them, the others are unharmed. */
    async apply(
      wire: readonly { readonly text: string; readonly signature: string }[],
      scope: SharedLabel,
      offered: readonly Certificate[] = [],
    ): Promise<ApplyReport> {
      await learnCertificates(offered);
      const rejected: Rejection[] = [];
      const missing = new Set<PublicKey>();
      const admitted: AdmittedEntry[] = [];
      for (const one of wire) {
        const result = admit(one, {
          scope,
          operator: certificate.operator,
          now: deps.now(),
          certificateOf: (spore) => certificates.get(spore) ?? null,
        });
        if (result.ok) admitted.push(result.value);
        else {
          const { error } = result;
          if (error.kind === "no_certificate") missing.add(error.spore);
          else rejected.push({ id: null, reason: error.kind, hostile: HOSTILE.has(error.kind) });
        }
      }
      const stored = await storeAdmitted(admitted);
      if (!stored.ok) {
        const reason = stored.error.kind === "busy" ? "busy" : "storage";
        rejected.push(...admitted.map(({ id }) => ({ id, reason, hostile: false }) as const));
      }
      const fresh = stored.ok ? stored.value : [];
      return {
        stored: fresh,
        known: stored.ok ? admitted.length - fresh.length : 0,
        rejected,
        missingCertificates: [...missing],
      };
    },

    /** The scope's entries among these ids, as they travel, parents before children. */
    async entries<L extends SharedLabel>(scope: L, ids: readonly EntryId[]): Promise<WireEntry<L>[]> {
      return toWire(scope, await store.get(ids));
    },

    /** Entries of the scope after a sequence number, and the number to go on from. */
    async log<L extends SharedLabel>(
      scope: L,
      afterSeq: number,
      limit: number,
    ): Promise<{ entries: WireEntry<L>[]; seq: number }> {
      const rows = await store.after(afterSeq, limit);
      return { entries: toWire(scope, rows), seq: rows.at(-1)?.seq ?? afterSeq };
    },

    async certificates(keys: readonly PublicKey[]): Promise<Certificate[]> {
      return keys.flatMap((spore) => certificates.get(spore) ?? []);
    },

    learnCertificates,
    certificateOf: (spore: PublicKey): Certificate | null => certificates.get(spore) ?? null,
    /** May a retraction of one spore hide an entry of another? */
    mayRetract: visibility.mayRetract,
    isVisible: (entry: StoredEntry): boolean =>
      visibility.isVisible(entry.id, replicaKey(entry.entry.replica)),
    idsByPrefix: store.idsByPrefix,
    get: store.get,
    after: store.after,
    clock: () => context.vector(),

    subscribe(listener: (entries: readonly StoredEntry[]) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Resolves when everything asked for so far is written or refused. */
    settled: queue.settled,
  } satisfies ChangeFeed & Record<string, unknown>;

  function storeAdmitted(
    admitted: readonly AdmittedEntry[],
  ): Promise<Result<readonly StoredEntry[], AppendError>> {
    if (admitted.length === 0) return Promise.resolve(ok([]));
    const receivedAt = deps.now();
    return write(admitted.length, async () => admitted.map((entry) => ({ ...entry, receivedAt, seq: 0 })));
  }

  function write(
    size: number,
    prepare: () => Promise<readonly Row[]>,
  ): Promise<Result<readonly StoredEntry[], AppendError>> {
    return new Promise((resolve) => {
      const accepted = queue.add({
        size,
        prepare,
        settle: (stored) => resolve(ok(stored)),
        fail: (cause) =>
          resolve(err({ kind: "storage", message: `the store refused the write: ${String(cause)}` })),
      });
      if (!accepted) {
        resolve(err({ kind: "busy", retryAfterMs: 1_000, message: "too many writes are waiting" }));
      }
    });
  }
}

/** An entry of this spore, whose signature is asked for as late as possible: another thread may be making it. */
class OwnRow implements Row {
  seq = 0;
  readonly id: EntryId;
  readonly entry: Entry;
  readonly text: string;
  readonly receivedAt: number;
  private readonly signatures: PendingSignatures;
  private readonly index: number;
  private made: string | null = null;

  constructor(
    id: EntryId,
    entry: Entry,
    text: string,
    receivedAt: number,
    signatures: PendingSignatures,
    index: number,
  ) {
    this.id = id;
    this.entry = entry;
    this.text = text;
    this.receivedAt = receivedAt;
    this.signatures = signatures;
    this.index = index;
  }

  get signature(): string {
    this.made ??= this.signatures.at(this.index).toString("base64url");
    return this.made;
  }
}

/** A draft with the canonical text of its body, made once. */
interface EncodedDraft {
  readonly draft: Draft;
  readonly bodyText: string;
}

/** The envelope around a body takes under 400 bytes, and 67 for each parent. */
function fits({ draft, bodyText }: EncodedDraft): boolean {
  const room = ENTRY_BYTES_MAX - 400 - 67 * (draft.parents?.length ?? 0);
  // One UTF-16 unit is at most three bytes: most bodies need no exact count.
  return bodyText.length * 3 <= room || Buffer.byteLength(bodyText) <= room;
}

function toWire<L extends SharedLabel>(scope: L, rows: readonly StoredEntry[]): WireEntry<L>[] {
  return rows
    .filter((row): row is StoredEntry<L> => row.entry.label === scope)
    .map((row) => sealEntry<L>(row, canonicalJson(row.entry)));
}

function toStored({ seq, id, signature, receivedAt, entry }: NewRow): StoredEntry {
  return { seq, id, signature, receivedAt, entry };
}

function uniqueById<T extends { readonly id: EntryId }>(items: readonly T[]): T[] {
  const seen = new Set<EntryId>();
  return items.filter(({ id }) => !seen.has(id) && seen.add(id));
}
