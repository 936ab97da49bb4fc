/**
 * Checkpoints of what is folded from the entries and kept in memory: one set index for each replicated label, and the
 * causal context. A start loads them and replays what was stored after; without one it replays everything.
 *
 * Each is a blob with the sequence number up to which entries are in it. Whatever is wrong with one (missing, damaged,
 * of another format, from a longer log than there is) it is thrown away and built anew: nothing here is the truth.
 *
 * Beside that, a slow scrub reads a few buckets of each index again every minute and heals what disagrees with the rows.
 */
import { SHARED_LABELS, type SharedLabel } from "@synapse/shared/contract/label.ts";
import type { ReplicaId } from "@synapse/shared/ids.ts";
import { type CausalContext, createCausalContext } from "./causal-context.ts";
import { checkpointOf } from "./membership.ts";
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

export async function restoreIndex(store: Store, scope: SharedLabel): Promise<SetIndex> {
  const index = () => new SetIndex((prefix) => store.idsByPrefix(scope, prefix));
  const saved = await store.checkpoint(checkpointOf(scope));
  const restored = index();
  const isUsable = saved !== null && saved.seq <= store.head() && restored.restore(saved.bytes);
  const target = isUsable ? restored : index();
  if (!isUsable) for (const id of await store.refusedIds(scope)) target.insert(id);
  for (let seq = isUsable ? saved.seq : 0; ; ) {
    const batch = await store.idsAfter(scope, seq, REPLAY_BATCH);
    for (const { id } of batch) target.insert(id);
    if (batch.length < REPLAY_BATCH) return target;
    seq = batch.at(-1)?.seq ?? seq;
  }
}

export async function restoreContext(store: Store): Promise<CausalContext> {
  const context = createCausalContext();
  const saved = await store.checkpoint(CONTEXT);
  const seen = saved !== null && saved.seq <= store.head() ? parseSeen(saved.bytes) : null;
  if (seen !== null) context.restore(seen);
  for (let seq = saved !== null && seen !== null ? saved.seq : 0; ; ) {
    const batch = await store.dotsAfter(seq, REPLAY_BATCH);
    for (const dot of batch) context.add(dot);
    if (batch.length < REPLAY_BATCH) return context;
    seq = batch.at(-1)?.seq ?? seq;
  }
}

export interface CheckpointDeps {
  readonly store: Store;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
  readonly context: CausalContext;
  /** Up to which sequence number indexes and context have taken everything in. */
  readonly remembered: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export interface Checkpoints {
  start(): void;
  /** Saves a last time. */
  stop(): Promise<void>;
  save(): Promise<void>;
}

export function createCheckpoints(deps: CheckpointDeps): Checkpoints {
  const { store, indexes, context, remembered, warn } = deps;
  let savedSeq = -1;
  let savedAt = 0;
  let running: Promise<void> = Promise.resolve();
  const timers: ReturnType<typeof setInterval>[] = [];

  async function saveAll(): Promise<void> {
    const seq = remembered();
    if (seq === savedSeq) return;
    const version = store.setVersion();
    for (const scope of SHARED_LABELS) {
      await store.saveCheckpoint(checkpointOf(scope), await indexes[scope].snapshot(remembered), version);
    }
    const bytes = Buffer.from(JSON.stringify(context.snapshot()));
    await store.saveCheckpoint(CONTEXT, { seq: remembered(), bytes }, version);
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
      savedSeq = remembered();
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

function parseSeen(bytes: Uint8Array): [ReplicaId, number, number[]][] | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString());
    return Array.isArray(parsed) ? (parsed as [ReplicaId, number, number[]][]) : null;
  } catch {
    // Damaged: it is built anew.
    return null;
  }
}
