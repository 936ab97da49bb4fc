/**
 * Checkpoints of what is folded from the entries and kept in memory: one set index for each replicated label, and the
 * causal context with the hybrid clock. A start loads them and replays what was stored after; without one it replays
 * everything.
 *
 * Each is a blob with the sequence number up to which entries are in it, sealed: its last 32 bytes are a SHA-256 over
 * format, name, sequence number and content. Whatever is wrong with one (damaged, of another format, from a longer log
 * than there is) that is said once and it is built anew: nothing here is the truth.
 *
 * Beside that, a slow scrub reads a few buckets of each index again every minute and heals what disagrees with the rows.
 */
import { createHash } from "node:crypto";
import type { Hlc } from "@synapse/shared/contract/entry.ts";
import { SHARED_LABELS, type SharedLabel } from "@synapse/shared/contract/label.ts";
import type { PublicKey, ReplicaId } from "@synapse/shared/ids.ts";
import { type CausalContext, createCausalContext } from "./causal-context.ts";
import { createHybridClock, type HybridClock } from "./hybrid-clock.ts";
import { type Checkpoint, checkpointOf } from "./membership.ts";
import { sameBytes } from "./merkle-index.ts";
import { SetIndex } from "./set-index.ts";
import type { Store } from "./store.ts";

/** What a start may have to replay: 10,000 ids take some 50 ms. */
const ENTRIES_BEHIND_MAX = 10_000;
/** Nor is a quiet spore's checkpoint older than this. */
const AGE_MAX_MS = 60_000;
/** A checkpoint is up to 5 MB: during a bulk load it is not written more often than this. */
const LOOK_EVERY_MS = 5_000;
/** All 65,536 buckets in 17 hours, at about a millisecond a minute. */
const SCRUB_BUCKETS = 64;
const SCRUB_EVERY_MS = 60_000;
/** Rows read at once while replaying. */
const REPLAY_BATCH = 10_000;
const CONTEXT = "context";
/** Of all checkpoints: a change that a reader cannot tell needs another number, and older ones are then built anew. */
const FORMAT = "synapse checkpoint 2";
const SEAL_BYTES = 32;

type Warn = (message: string, details?: Record<string, unknown>) => void;

/** What a start has folded, and from which sequence number on it had to read the entries for it. */
export interface Folds {
  readonly context: CausalContext;
  readonly clock: HybridClock;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
  readonly replayedFrom: number;
}

export async function restoreFolds(store: Store, self: PublicKey, warn: Warn): Promise<Folds> {
  const dots = await restoreDots(store, self, warn);
  const open = await restoreIndex(store, "public", warn);
  const cluster = await restoreIndex(store, "cluster", warn);
  return {
    ...dots.value,
    indexes: { public: open.value, cluster: cluster.value },
    replayedFrom: Math.min(dots.seq, open.seq, cluster.seq),
  };
}

interface Loaded<T> {
  readonly value: T;
  /** The entries up to this one are in it; 0 where there was no checkpoint of use. */
  readonly seq: number;
}

/** @param read makes the value of unsealed bytes, or null where they are none of it. */
async function load<T>(
  store: Store,
  name: string,
  read: (bytes: Uint8Array) => T | null,
  warn: Warn,
): Promise<Loaded<T> | null> {
  const saved = await store.checkpoint(name);
  if (saved === null) return null;
  const content = saved.seq <= store.head() ? unseal(name, saved) : null;
  const value = content === null ? null : read(content);
  if (value !== null) return { value, seq: saved.seq };
  warn("a checkpoint is damaged or of another format: it is built anew from the entries", {
    checkpoint: name,
  });
  return null;
}

function sealOf(name: string, seq: number, content: Uint8Array): Uint8Array {
  return createHash("sha256").update(`${FORMAT}\n${name}\n${seq}\n`).update(content).digest();
}

function unseal(name: string, { seq, bytes }: Checkpoint): Uint8Array | null {
  if (bytes.byteLength < SEAL_BYTES) return null;
  const content = bytes.subarray(0, bytes.byteLength - SEAL_BYTES);
  return sameBytes(sealOf(name, seq, content), bytes.subarray(content.byteLength)) ? content : null;
}

async function restoreIndex(store: Store, scope: SharedLabel, warn: Warn): Promise<Loaded<SetIndex>> {
  const empty = () => new SetIndex((prefix) => store.idsByPrefix(scope, prefix));
  const read = (bytes: Uint8Array) => {
    const index = empty();
    return index.restore(bytes) ? index : null;
  };
  const loaded = await load(store, checkpointOf(scope), read, warn);
  const { value, seq: from } = loaded ?? { value: empty(), seq: 0 };
  if (loaded === null) for (const id of await store.refusedIds(scope)) value.insert(id);
  for (let seq = from; ; ) {
    const batch = await store.idsAfter(scope, seq, REPLAY_BATCH);
    for (const { id } of batch) value.insert(id);
    if (batch.length < REPLAY_BATCH) return { value, seq: from };
    seq = batch.at(-1)?.seq ?? seq;
  }
}

async function restoreDots(store: Store, self: PublicKey, warn: Warn): Promise<Loaded<DotFolds>> {
  const empty = (): DotFolds => ({ context: createCausalContext(), clock: createHybridClock(self) });
  const loaded = await load(store, CONTEXT, (bytes) => readDots(bytes, empty()), warn);
  const { value, seq: from } = loaded ?? { value: empty(), seq: 0 };
  for (let seq = from; ; ) {
    const batch = await store.dotsAfter(seq, REPLAY_BATCH);
    for (const dot of batch) {
      value.context.add(dot);
      value.clock.note({ entry: { ...dot, clock: [dot.clockMs, 0] }, receivedAt: dot.receivedAt });
    }
    // A row tells whole milliseconds: the next one is after whatever was counted in the last.
    if (batch.length > 0) value.clock.resume([value.clock.snapshot()[0] + 1, 0]);
    if (batch.length < REPLAY_BATCH) return { value, seq: from };
    seq = batch.at(-1)?.seq ?? seq;
  }
}

/** What is folded from the dots and times of all entries. */
type DotFolds = Pick<Folds, "context" | "clock">;

interface SavedDots {
  readonly seen: [ReplicaId, number, number[]][];
  readonly clock: Hlc;
}

/** Sealed, so it is what was written: what is looked at is that it was written for this reader. */
function readDots(bytes: Uint8Array, { context, clock }: DotFolds): DotFolds | null {
  try {
    const saved = JSON.parse(Buffer.from(bytes).toString()) as SavedDots;
    context.restore(saved.seen);
    clock.resume(saved.clock);
    return { context, clock };
  } catch {
    return null;
  }
}

export interface CheckpointDeps extends Folds {
  readonly store: Store;
  /** Up to which sequence number indexes and context have taken everything in. */
  readonly remembered: () => number;
  readonly warn: Warn;
}

export interface Checkpoints {
  start(): void;
  /** Saves a last time. */
  stop(): Promise<void>;
  save(): Promise<void>;
}

export function createCheckpoints(deps: CheckpointDeps): Checkpoints {
  const { store, indexes, context, clock, remembered, warn } = deps;
  let savedSeq = -1;
  let savedAt = 0;
  let running: Promise<void> = Promise.resolve();
  const timers: ReturnType<typeof setInterval>[] = [];

  async function saveAll(): Promise<void> {
    const seq = remembered();
    if (seq === savedSeq) return;
    const version = store.setVersion();
    const seal = async (name: string, { seq, bytes }: Checkpoint) => {
      const sealed = Buffer.concat([bytes, sealOf(name, seq, bytes)]);
      await store.saveCheckpoint(name, { seq, bytes: sealed }, version);
    };
    for (const scope of SHARED_LABELS) {
      await seal(checkpointOf(scope), await indexes[scope].snapshot(remembered));
    }
    const saved: SavedDots = { seen: context.snapshot(), clock: clock.snapshot() };
    const bytes = Buffer.from(JSON.stringify(saved));
    await seal(CONTEXT, { seq: remembered(), bytes });
    savedSeq = seq;
    savedAt = Date.now();
  }

  function inTurn(what: string, work: () => Promise<void>): Promise<void> {
    running = running.then(work).catch((cause: unknown) => warn(`${what} failed`, { cause: String(cause) }));
    return running;
  }

  const save = () => inTurn("a checkpoint", saveAll);

  function look(): void {
    const behind = remembered() - savedSeq;
    if (behind >= ENTRIES_BEHIND_MAX || (behind > 0 && Date.now() - savedAt >= AGE_MAX_MS)) void save();
  }

  async function scrub(): Promise<void> {
    for (const scope of SHARED_LABELS) {
      const healed = await indexes[scope].scrub(SCRUB_BUCKETS);
      if (healed > 0)
        warn("the set index disagreed with the rows and was mended", { scope, buckets: healed });
    }
  }

  return {
    start() {
      savedSeq = deps.replayedFrom;
      savedAt = Date.now();
      timers.push(
        setInterval(look, LOOK_EVERY_MS),
        setInterval(() => void inTurn("a scrub", scrub), SCRUB_EVERY_MS),
      );
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await save();
    },
    save,
  };
}
