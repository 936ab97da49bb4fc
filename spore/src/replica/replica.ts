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

import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { ENTRY_BYTES_MAX, type Kind } from "@synapse/shared/contract/entry.ts";
import {
  isMoreRestricted,
  type Label,
  mostRestricted,
  type SharedLabel,
} from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { entryIdOf } from "../identity/entry-signature.ts";
import type { AdmittedEntry } from "./admission.ts";
import { createAudience } from "./audience.ts";
import type { Authorship, Row } from "./authorship.ts";
import type { CausalContext } from "./causal-context.ts";
import { createCommits } from "./commits.ts";
import { type Draft, type EncodedDraft, encodeDraft, fitsEntry } from "./draft.ts";
import { createIntake, type IntakeDeps, knownAmong, type Rejection, type Unwanted } from "./entry-intake.ts";
import type { ChangeFeed, StoredEntry } from "./feed.ts";
import { type SettledRows, settleForks } from "./forks.ts";
import type { HybridClock } from "./hybrid-clock.ts";
import type { Visibility } from "./or-set.ts";
import type { SetIndex } from "./set-index.ts";
import { explainFailure } from "./storage-failure.ts";
import type { NewRow, Store } from "./store.ts";
import { createTurns, type Turns } from "./turns.ts";
import { sealText, type WireEntry } from "./wire-entry.ts";
import type { WireRow } from "./wire-rows.ts";
import { createWriteQueue, type WriteJob } from "./write-queue.ts";

export type { Draft } from "./draft.ts";

/**
 * Entries in one durable batch. Ids are random, so a batch touches nearly every page of their index, and twice as many
 * entries write half as many pages each; few enough to keep a turn of the event loop short (about 25 ms).
 */
const GROUP_ENTRIES_MAX = 2_000;
/** Entries waiting to be written. Beyond it callers are told to come back: memory stays bounded. */
export const QUEUE_ENTRIES_MAX = 20_000;

export type AppendError =
  | { readonly kind: "too_large"; readonly message: string }
  | { readonly kind: "label_wider_than_parent"; readonly message: string }
  | { readonly kind: "busy" | "over_rate"; readonly retryAfterMs: number; readonly message: string }
  | { readonly kind: "storage"; readonly message: string };

export interface ApplyReport {
  readonly stored: readonly StoredEntry[];
  readonly known: number;
  readonly rejected: readonly Rejection[];
  /** Authors whose certificate must be sent before their entries can be judged. */
  readonly missingCertificates: readonly PublicKey[];
}

/** What belongs to the group that is being written, until it is known whether that group was stored. */
type Settling = Omit<SettledRows, "rows" | "statements"> & { readonly learnt: readonly Certificate[] };
const NO_CHANGE = { refused: [], unrefused: [], forks: [], displaced: [] };
const NOTHING: Settling = { ...NO_CHANGE, learnt: [] };

export interface ReplicaDeps extends IntakeDeps {
  readonly authorship: Authorship;
  readonly clock: HybridClock;
  readonly visibility: Visibility;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export type Replica = ReturnType<typeof createReplica>;

export function createReplica(deps: ReplicaDeps) {
  const { store, certificate, authorship, context, clock, visibility, certificates, indexes } = deps;
  const intake = createIntake(deps);
  const { readers, witnesses } = createAudience(deps.warn);
  let settling = NOTHING;
  const commits = createCommits(store, takeIn, () => store.isAnyRefused(settling.refused));
  const deciding = createTurns();
  let remembered = store.head();
  const queue = createWriteQueue<Row, StoredEntry>({
    groupMax: GROUP_ENTRIES_MAX,
    queueMax: QUEUE_ENTRIES_MAX,
    write: (group) => deciding(() => writeGroup(group)),
    rollBack(cause) {
      authorship.rollBack();
      deps.warn("a write failed", { cause: String(cause) });
    },
  });

  async function writeGroup(
    group: readonly { readonly job: WriteJob<Row, StoredEntry>; readonly rows: readonly Row[] }[],
  ): Promise<void> {
    await commits.settleDoubt();
    const { rows, statements, ...changes } = await newRows(group.flatMap((one) => one.rows));
    rows.forEach((row, i) => {
      row.seq = store.head() + 1 + i;
    });
    const learnt = [...intake.newsAmong(rows.flatMap(({ certificate }) => certificate ?? [])).values()];
    settling = { ...changes, learnt };
    if (rows.length > 0 || statements.length > 0)
      await commits.commit(rows, [...statements, ...learnt.map(store.certificateStatement)]);
    const stored = rows.map(toStored);
    takeIn(stored);
    const byId = new Map(group.length === 1 ? [] : stored.map((entry) => [entry.id, entry]));
    if (group.length === 1) group[0]?.job.settle(stored);
    else
      for (const { job, rows } of group) job.settle(uniqueById(rows).flatMap(({ id }) => byId.get(id) ?? []));
  }

  function takeIn(stored: readonly StoredEntry[]): void {
    // These are on disk: memory, views and witnesses follow.
    const { refused, unrefused, forks, displaced, learnt } = settling;
    settling = NOTHING;
    for (const one of learnt) certificates.set(one.spore, one);
    for (const { scope, id } of unrefused) indexes[scope].remove(id);
    for (const { label, id } of refused) indexes[label].insert(id);
    for (const entry of stored) remember(entry);
    for (const { scope, id } of displaced) {
      indexes[scope].remove(id);
      visibility.displace(id);
    }
    if (refused.length + unrefused.length + displaced.length > 0) store.bumpSetVersion();
    if (stored.length > 0) readers.tell(stored);
    for (const fork of forks) {
      deps.warn("equivocation: two entries on one dot", { ...fork });
      witnesses.tell(fork);
    }
  }

  /** What was drawn here is new by construction; only what peers sent can come twice, or fork its history. */
  async function newRows(all: readonly Row[]) {
    const foreign = all.filter(({ own }) => !own);
    if (foreign.length === 0) return { rows: all, ...NO_CHANGE, statements: [] };
    const known = await knownAmong(foreign, context, store);
    return await settleForks(
      uniqueById(all).filter(({ id }) => !known.has(id)),
      context,
      store,
    );
  }

  function remember(stored: StoredEntry): void {
    const { entry, id } = stored;
    context.add({ replica: entry.replica, counter: entry.counter });
    clock.note(stored);
    authorship.stored(entry);
    if (entry.kind === "key") deps.keys.absorb([stored]);
    if (entry.kind === "retraction") visibility.retract(id, replicaKey(entry.replica), entry.body.targets);
    if (entry.label !== "private") indexes[entry.label].insert(id);
    remembered = stored.seq;
  }

  return {
    id: authorship.replica,
    self: certificate,
    keys: deps.keys,

    /** Signs and stores drafts, in order, all or none. Resolves when they are durable. */
    async append<const L extends Label, const K extends Kind>(
      drafts: readonly Draft<L, K>[],
    ): Promise<Result<readonly StoredEntry<L, K>[], AppendError>> {
      const encoded = drafts.map((draft) => encodeDraft(draft as unknown as Draft));
      const problem = await checkDrafts(store, encoded);
      if (problem) return err(problem);
      const wait = await authorship.reserve(encoded);
      if (wait !== null) return err(overRate(wait));
      const stored = await write(
        drafts.length,
        async () => authorship.sign(encoded),
        () => authorship.release(encoded),
      );
      return stored as unknown as Result<readonly StoredEntry<L, K>[], AppendError>;
    },

    /** Takes entries that a peer sent for a scope. Whatever is wrong with one of them, the others are unharmed. */
    async apply(
      wire: readonly { readonly text: string; readonly signature: string }[],
      scope: SharedLabel,
      offered: readonly Certificate[] = [],
    ): Promise<ApplyReport> {
      const { wanted, unwanted, learnt, rejected, missing, known } = await intake.admit(wire, scope, offered);
      const stored = await storeAdmitted(wanted, unwanted, learnt);
      const reject = (ids: readonly AdmittedEntry[], reason: Rejection["reason"]) =>
        rejected.push(...ids.map(({ id }) => ({ id, reason, hostile: false })));
      if (stored.ok) reject(unwanted, "refused");
      else reject([...wanted, ...unwanted], stored.error.kind === "busy" ? "busy" : "storage");
      const fresh = stored.ok ? stored.value : [];
      return {
        stored: fresh,
        known: known + (stored.ok ? wanted.length - fresh.length : 0),
        rejected,
        missingCertificates: missing,
      };
    },

    refuseWhen: intake.refuseWhen,
    pardon: createPardon(deps, deciding),

    /** The scope's entries among these ids, as they travel, parents before children. */
    async entries<L extends SharedLabel>(scope: L, ids: readonly EntryId[]): Promise<WireEntry<L>[]> {
      return toWire(scope, await store.wire(scope, ids), deps.warn);
    },

    /** Entries of the scope after a sequence number, and the number to go on from. */
    async log<L extends SharedLabel>(
      scope: L,
      afterSeq: number,
      limit: number,
      bytesMax = Number.POSITIVE_INFINITY,
    ): Promise<{ entries: WireEntry<L>[]; seq: number }> {
      const rows = withinBytes(await store.wireAfter(scope, afterSeq, limit), bytesMax);
      return { entries: toWire(scope, rows, deps.warn), seq: rows.at(-1)?.seq ?? afterSeq };
    },

    certificates: async (keys: readonly PublicKey[]): Promise<Certificate[]> =>
      keys.flatMap((spore) => certificates.get(spore) ?? []),
    learnCertificates: intake.learnCertificates,
    certificateOf: (spore: PublicKey): Certificate | null => certificates.get(spore) ?? null,
    /** May a retraction of one spore hide an entry of another? */
    mayRetract: visibility.mayRetract,
    isVisible: ({ id, entry: { replica } }: StoredEntry): boolean =>
      !store.isHidden(replicaKey(replica)) && visibility.isVisible(id, replicaKey(replica)),
    isHidden: store.isHidden,
    idsByPrefix: store.idsByPrefix,
    get: store.get,
    after: store.after,
    clock: context as Pick<CausalContext, "vector" | "beyond">,
    /** Up to which sequence number index and clock have taken everything in. */
    remembered: () => remembered,

    subscribe: readers.add,
    /** Told of each author caught forking its history, with the two entries that prove it. Both are stored. */
    onFork: witnesses.add,

    /** Resolves when everything asked for so far is written or refused. */
    settled: queue.settled,
  } satisfies ChangeFeed & Record<string, unknown>;

  function storeAdmitted(
    wanted: readonly AdmittedEntry[],
    unwanted: readonly Unwanted[],
    learnt: ReadonlyMap<PublicKey, Certificate>,
  ): Promise<Result<readonly StoredEntry[], AppendError>> {
    const admitted: readonly (AdmittedEntry & Partial<Unwanted>)[] =
      unwanted.length === 0 ? wanted : [...wanted, ...unwanted];
    if (admitted.length === 0) return Promise.resolve(ok([]));
    const receivedAt = deps.now();
    const certificateOf = (admitted: AdmittedEntry & Partial<Unwanted>) =>
      learnt.size === 0 || admitted.refusal !== undefined
        ? undefined
        : learnt.get(replicaKey(admitted.entry.replica));
    return write(admitted.length, async () =>
      admitted.map((one) => ({
        id: one.id,
        entry: one.entry,
        text: one.text,
        signature: one.signature,
        receivedAt,
        seq: 0,
        own: false,
        certificate: certificateOf(one),
        refusal: one.refusal,
      })),
    );
  }

  function write(
    size: number,
    prepare: () => Promise<readonly Row[]>,
    onBusy: () => void = () => undefined,
  ): Promise<Result<readonly StoredEntry[], AppendError>> {
    return new Promise((resolve) => {
      const accepted = queue.add({
        size,
        prepare,
        settle: (stored) => resolve(ok(stored)),
        fail: (cause) => resolve(err({ kind: "storage", message: explainFailure(cause) })),
      });
      if (!accepted) {
        onBusy();
        resolve(err({ kind: "busy", retryAfterMs: 1_000, message: "too many writes are waiting" }));
      }
    });
  }
}

/**
 * Undoes refusals of a reason: peers are asked for those entries again. It resolves with how many they are.
 * @param deciding what belongs to the set is decided by one at a time: the writer, or a pardon
 */
function createPardon({ store, indexes, visibility }: ReplicaDeps, deciding: Turns) {
  return (reason: string): Promise<number> =>
    deciding(async () => {
      const { pardoned, readmitted } = await store.pardon(reason);
      for (const { scope, id } of pardoned) indexes[scope].remove(id);
      for (const { scope, id } of readmitted) {
        indexes[scope].insert(id);
        visibility.readmit(id);
      }
      store.bumpSetVersion();
      return pardoned.length;
    });
}

async function checkDrafts(store: Store, drafts: readonly EncodedDraft[]): Promise<AppendError | null> {
  if (!drafts.every(fitsEntry)) {
    return { kind: "too_large", message: `an entry is at most ${ENTRY_BYTES_MAX} bytes: split the text` };
  }
  return await checkLabels(
    store,
    drafts.map(({ draft }) => draft),
  );
}

async function checkLabels(store: Store, drafts: readonly Draft[]): Promise<AppendError | null> {
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

function overRate(retryAfterMs: number): AppendError {
  const minutes = Math.ceil(retryAfterMs / 60_000);
  return {
    kind: "over_rate",
    retryAfterMs,
    message: `so much cannot be published yet, every spore would refuse it: try again in ${minutes} minutes, or use label cluster`,
  };
}

/** The first rows that stay within the bytes, and one at least. */
function withinBytes(rows: readonly WireRow[], bytesMax: number): readonly WireRow[] {
  let bytes = 0;
  const end = rows.findIndex(({ text }, i) => {
    bytes += text === null ? 0 : Buffer.byteLength(text);
    return bytes > bytesMax && i > 0;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

/** @param warn is told of rows that the disk has changed: a peer would take them for forgeries of ours. */
function toWire<L extends SharedLabel>(
  scope: L,
  rows: readonly WireRow[],
  warn: ReplicaDeps["warn"],
): WireEntry<L>[] {
  const wire: WireEntry<L>[] = [];
  for (const { id, text, signature } of rows) {
    if (text === null) continue;
    if (entryIdOf(text) === id) wire.push(sealText(scope, text, signature));
    else warn("an entry was damaged on the disk and is not sent on", { id });
  }
  return wire;
}

function toStored({ seq, id, signature, receivedAt, entry }: NewRow): StoredEntry {
  return { seq, id, signature, receivedAt, entry };
}

function uniqueById<T extends { readonly id: EntryId }>(items: readonly T[]): T[] {
  const seen = new Set<EntryId>();
  return items.filter(({ id }) => !seen.has(id) && seen.add(id));
}
