/**
 * Acknowledged inserts: entries signed, hashed, checked and on disk before the caller hears of it, against the same
 * number of bytes put into a bare libSQL table with a unique index on a random id; and what keeping the index of a set
 * costs beside an insert.
 *
 * Both sides use WAL and synchronous FULL, multi-row inserts, and the same disk, and take turns. The baseline signs
 * nothing and keeps one index; the entries table has four. Raw libSQL is measured twice: through the stock client, which
 * prepares every statement anew, and through the client of this project, which prepares it once; the goal is held against
 * the first, which is what a program without this one would use. A rate is entries over the time of all rounds together:
 * every forty thousand entries or so the log is copied into the table, of which the median of short rounds knows nothing.
 */
import { hash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Client, createClient, type InValue } from "@libsql/client";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createFileClient } from "@synapse/spore/replica/file-client.ts";
import { openReplica } from "@synapse/spore/replica/open-replica.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { keyPairOfSeed, OPERATOR_SEED, SPORE_SEED } from "../support/test-keys.ts";
import type { BenchContext } from "./main.ts";
import { type BenchResult, type BenchRow, median } from "./result.ts";

const ROUNDS = 21;
/** Of a cost that nothing else disturbs. */
const INDEX_ROUNDS = 7;
/** Content of an entry of about 1 KiB. */
const CONTENT_CHARS = 700;
const INDEX_INSERTS = 100_000;
const INDEX_US_GOAL = 1;

interface Arm {
  readonly batch: number;
  /** How many batches a round writes: long enough to measure, short enough to take turns often. */
  readonly batches: number;
  /** Batches asked for at the same time, as by many callers. */
  readonly callers: number;
  readonly name: string;
  /** Of raw libSQL: what identity, signatures and order may cost. */
  readonly goal: number;
  /** Rows that every table holds before; absent: whatever the arms before have left, which is little. */
  readonly into?: number;
}

const ARMS: readonly Arm[] = [
  { batch: 1, batches: 100, callers: 1, name: "1 at a time, one caller", goal: 0.5 },
  { batch: 1, batches: 2_000, callers: 500, name: "1 at a time, 500 callers", goal: 0.5 },
  { batch: 100, batches: 20, callers: 1, name: "batches of 100", goal: 0.5 },
  { batch: 1_000, batches: 5, callers: 1, name: "batches of 1,000", goal: 0.8 },
  // The index on random ids no longer fits on a few pages: each batch changes nearly all of them.
  {
    batch: 1_000,
    batches: 5,
    callers: 1,
    name: "batches of 1,000 into a table of 200,000",
    goal: 0.8,
    into: 200_000,
  },
];
const FILL_BATCH = 1_000;

export async function benchStore({ folder, quick, say }: BenchContext): Promise<BenchResult> {
  const raw = await openRaw((url) => createClient({ url, concurrency: 1 }), join(folder, "raw.db"));
  const prepared = await openRaw(createFileClient, join(folder, "prepared.db"));
  const replica = await openBenchReplica(join(folder, "replica.db"));
  const rows: BenchRow[] = [];
  for (const full of ARMS) {
    const arm = quick ? { ...full, batches: 1, callers: 1 } : full;
    if (arm.into !== undefined) {
      const rows = quick ? FILL_BATCH : arm.into;
      for (const table of [raw, prepared, replica]) await fill(table, rows);
    }
    const spent = { raw: 0, prepared: 0, replica: 0 };
    for (let round = 0; round < (quick ? 1 : ROUNDS); round += 1) {
      // One caller at a time on the raw side: it has no queue in which callers could share a flush.
      const alone = { ...arm, callers: 1, batches: Math.min(arm.batches, 100) };
      spent.raw += await secondsPerEntry(alone, raw.insert);
      spent.prepared += await secondsPerEntry(alone, prepared.insert);
      spent.replica += await secondsPerEntry(arm, replica.insert);
    }
    say(arm.name);
    const rateOf = (seconds: number) => (quick ? 1 : ROUNDS) / seconds;
    const baseline = { of: "raw libSQL", value: rateOf(spent.raw) };
    const value = rateOf(spent.replica);
    const ratio = value / baseline.value;
    rows.push({
      quantity: `acknowledged inserts, ${arm.name}`,
      value,
      unit: "entries/s",
      baseline,
      ratio,
      goal: `≥ ${arm.goal} of raw libSQL`,
      met: ratio >= arm.goal,
    });
    const best = { of: "raw libSQL, prepared once", value: rateOf(spent.prepared) };
    rows.push({
      quantity: `… ${arm.name}, beside the quicker client`,
      value,
      unit: "entries/s",
      baseline: best,
      ratio: value / best.value,
    });
  }
  raw.close();
  prepared.close();
  await replica.close();
  rows.push(indexRow(quick ? 1 : INDEX_ROUNDS));
  return { id: "store", title: "Store: signed entries of 1 KiB, durable before they are acknowledged", rows };
}

interface Table {
  insert(batch: number): Promise<void>;
  rows(): number;
}

async function fill(table: Table, rows: number): Promise<void> {
  for (let left = rows - table.rows(); left > 0; left -= FILL_BATCH) await table.insert(FILL_BATCH);
}

/** What the index of a set costs beside an insert, in CPU time of this thread: it does not wait for anything. */
function indexRow(rounds: number): BenchRow {
  const ids = Array.from({ length: INDEX_INSERTS }, () => randomBytes(32).toString("hex") as EntryId);
  const kibibyte = randomBytes(1_024);
  let scans = 0;
  const index = new SetIndex(async () => {
    scans++;
    return [];
  });
  const insertUs: number[] = [];
  const hashUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    insertUs.push(cpuUs(ids, (id) => index.insert(id)));
    hashUs.push(cpuUs(ids, () => void hash("sha256", kibibyte, "hex")));
  }
  const value = median(insertUs);
  const baseline = { of: "SHA-256 of 1 KiB, µs", value: median(hashUs) };
  return {
    quantity: `index cost per insert: CPU time, and ${scans} reads of the database`,
    value,
    unit: "µs",
    baseline,
    ratio: value / baseline.value,
    goal: `≤ ${INDEX_US_GOAL} µs, no SQL`,
    met: value <= INDEX_US_GOAL && scans === 0,
  };
}

/** Microseconds of CPU time that one call takes. */
function cpuUs(ids: readonly EntryId[], run: (id: EntryId) => void): number {
  const before = process.threadCpuUsage();
  for (const id of ids) run(id);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / ids.length;
}

async function secondsPerEntry(arm: Arm, insert: (batch: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  for (let done = 0; done < arm.batches; done += arm.callers) {
    const callers = Math.min(arm.callers, arm.batches - done);
    await Promise.all(Array.from({ length: callers }, () => insert(arm.batch)));
  }
  return (performance.now() - startedAt) / 1000 / (arm.batch * arm.batches);
}

const content = () => randomBytes(CONTENT_CHARS / 2).toString("hex");

async function openRaw(open: (url: string) => Client, file: string) {
  const client = open(`file:${file}`);
  await client.execute("PRAGMA journal_mode = WAL");
  await client.execute("PRAGMA synchronous = FULL");
  await client.execute("PRAGMA wal_autocheckpoint = 16000");
  await client.execute(
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, text TEXT NOT NULL, signature BLOB NOT NULL)",
  );
  let seq = 0;
  return {
    async insert(batch: number): Promise<void> {
      const args: InValue[] = [];
      for (let row = 0; row < batch; row += 1) {
        seq += 1;
        args.push(
          seq,
          randomBytes(32),
          canonicalJson({ content: content(), padding: "x".repeat(240) }),
          randomBytes(64),
        );
      }
      await client.execute({
        sql: `INSERT INTO entries VALUES ${Array(batch).fill("(?,?,?,?)").join(",")}`,
        args,
      });
    },
    rows: () => seq,
    close: () => client.close(),
  };
}

async function openBenchReplica(file: string) {
  const key = keyPairOfSeed(SPORE_SEED);
  const certificate = issueCertificate(keyPairOfSeed(OPERATOR_SEED), {
    spore: key,
    name: "bench",
    issuedAt: Date.now(),
  });
  const opened = await openReplica({
    url: `file:${file}`,
    key,
    certificate,
    now: Date.now,
    warn: (message, details) => process.stderr.write(`  ${message} ${JSON.stringify(details)}\n`),
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const { replica, store } = opened.value;
  return {
    async insert(batch: number): Promise<void> {
      const drafts = Array.from({ length: batch }, () => ({
        label: "cluster" as const,
        kind: "memory" as const,
        body: { content: content() },
      }));
      const result = await replica.append(drafts);
      if (!result.ok) throw new Error(result.error.message);
    },
    rows: () => store.head(),
    async close(): Promise<void> {
      await replica.settled();
      store.close();
    },
  };
}
