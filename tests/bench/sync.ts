/**
 * Replication: what comparing two sets costs, how fast an empty peer is filled, what a large set weighs at a start.
 *
 * Bytes and calls are exact. Speeds are of two processes on this machine, and stand beside what one core of it does of
 * the one thing nobody can leave out, checking signatures. `--full` adds a million entries.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/spore-process.ts";
import type { BenchContext } from "./main.ts";
import type { BenchResult, BenchRow } from "./result.ts";
import { type DifferenceCost, measureDifferences } from "./sync-difference.ts";
import { measureIdleRound } from "./sync-idle.ts";

const ID_BYTES = 32;
/** Of the design: at a million entries and so many differences, bytes at most. Smaller sets have no more. */
const BYTES_GOAL: Readonly<Record<number, number>> = { 0: 64, 10: 800, 1000: 35_000, 10000: 300_000 };
/** Of the design, calls that compare, at most: a difference that is known at once, one that is estimated first, a large one. */
const TRIPS_GOAL: Readonly<Record<number, number>> = { 0: 1, 1: 1, 10: 1, 1000: 2, 10000: 3 };
/** All calls, what is given back included, where everything fits into one message each way. */
const CALLS_GOAL: Readonly<Record<number, number>> = { 0: 1, 10: 2 };
/** The same with HTTP's headers and both signatures. */
const IDLE_BYTES_GOAL = 500;
const ENTRIES_PER_S_GOAL = 12_500;
/** Of signature checks alone on one core: everything else of copying, on both sides, has about one core more. */
const VERIFICATION_SHARE_GOAL = 0.9;
const RSS_MIB_GOAL = 512;
const OPEN_MS_GOAL = 100;

export async function benchSync({ folder, quick, full, say }: BenchContext): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  const sizes = quick ? [1_000] : full ? [10_000, 100_000, 1_000_000] : [10_000, 100_000];
  for (const n of sizes) {
    const differences = quick ? [0, 10] : [0, 1, 10, 100, 1_000, ...(n >= 1_000_000 ? [10_000] : [])];
    for await (const cost of measureDifferences(n, differences)) rows.push(...differenceRows(cost));
    say(`comparing at ${n}`);
  }
  rows.push(await idleRow(quick ? 1_000 : 100_000));
  say("an idle round");
  rows.push(...(await copyRows(folder, quick ? 1_000 : 100_000)));
  say("a fresh peer");
  for (const n of quick ? [1_000] : full ? [100_000, 1_000_000] : [100_000]) {
    rows.push(...(await restartRows(join(folder, `restart-${n}`), n)));
    say(`a restart at ${n}`);
  }
  return { id: "sync", title: "Sync: comparing, copying, starting again", rows };
}

function differenceRows(cost: DifferenceCost): BenchRow[] {
  const { d, calls, comparing } = cost;
  const [trips, all] = [TRIPS_GOAL[d], CALLS_GOAL[d]];
  if (trips === undefined) return [bytesRow(cost)];
  const tripsRow = {
    quantity: `… round trips that compare; ${calls} calls in all`,
    value: comparing,
    unit: "trips",
    ...(cost.negentropy === null ? {} : { baseline: { of: "negentropy", value: cost.negentropy[1] } }),
    goal: `≤ ${trips}${all === undefined ? "" : `, ≤ ${all} calls in all`}`,
    met: comparing <= trips && calls <= (all ?? Number.POSITIVE_INFINITY),
  };
  return [bytesRow(cost), tripsRow];
}

function bytesRow({ n, d, bytes, calls, comparing, cpuMs, negentropy }: DifferenceCost): BenchRow {
  const goal = BYTES_GOAL[d];
  const bound = d === 0 ? "" : `, bound ${(d * ID_BYTES).toLocaleString("en-US")} B`;
  const trips = negentropy === null ? "" : `, ${negentropy[1]} trips`;
  return {
    quantity: `${d} differences in ${n.toLocaleString("en-US")}: overhead, ${calls} calls (${comparing} comparing), ${cpuMs.toFixed(1)} ms CPU${bound}`,
    value: bytes,
    unit: "B",
    ...(negentropy === null
      ? {}
      : { baseline: { of: `negentropy${trips}`, value: negentropy[0] }, ratio: bytes / negentropy[0] }),
    ...(goal === undefined ? {} : { goal: `≤ ${goal.toLocaleString("en-US")} B`, met: bytes <= goal }),
  };
}

async function idleRow(n: number): Promise<BenchRow> {
  const { bytes, requestBytes, replyBytes } = await measureIdleRound(n);
  return {
    quantity: `an idle round on the wire with HTTP headers, ${n.toLocaleString("en-US")} entries: ${requestBytes} B there, ${replyBytes} B back`,
    value: bytes,
    unit: "B",
    goal: `≤ ${IDLE_BYTES_GOAL} B`,
    met: bytes <= IDLE_BYTES_GOAL,
  };
}

async function copyRows(folder: string, n: number): Promise<BenchRow[]> {
  const [holder, fetcher] = [join(folder, "holder"), join(folder, "fetcher")];
  for (const dir of [holder, fetcher]) mkdirSync(dir);
  const [port, other] = [await freePort(), await freePort()];
  const from = startPeer("hold", holder, port, n);
  const { rawBytes } = await from.said<{ rawBytes: number }>();
  const to = startPeer("fetch", fetcher, other, `http://127.0.0.1:${port}`, n);
  const copied = await to.said<{
    entriesPerS: number;
    cpuUsPerEntry: number;
    bytes: number;
    verificationsPerS: number;
  }>();
  await Promise.all([from.end(), to.end()]);
  return [
    {
      quantity: `fresh peer of ${n.toLocaleString("en-US")} entries, two processes, every signature checked (${copied.cpuUsPerEntry.toFixed(0)} µs CPU an entry in the receiver)`,
      value: copied.entriesPerS,
      unit: "entries/s",
      baseline: { of: "signature checks alone, one core", value: copied.verificationsPerS },
      ratio: copied.entriesPerS / copied.verificationsPerS,
      goal: `≥ ${ENTRIES_PER_S_GOAL.toLocaleString("en-US")}/s`,
      met: copied.entriesPerS >= ENTRIES_PER_S_GOAL,
    },
    {
      quantity: "… as a share of signature checks alone on one core",
      value: copied.entriesPerS / copied.verificationsPerS,
      unit: "of it",
      goal: `≥ ${VERIFICATION_SHARE_GOAL}`,
      met: copied.entriesPerS / copied.verificationsPerS >= VERIFICATION_SHARE_GOAL,
    },
    {
      quantity: "… bytes both ways",
      value: copied.bytes,
      unit: "B",
      baseline: { of: "entries and signatures, gzip", value: rawBytes },
      ratio: copied.bytes / rawBytes,
    },
  ];
}

async function restartRows(dir: string, n: number): Promise<BenchRow[]> {
  mkdirSync(dir);
  const filler = startPeer("hold", dir, 0, n);
  await filler.said();
  await filler.end();
  const again = startPeer("open", dir);
  const opened = await again.said<{ openMs: number; cpuMs: number; count: number; rss: number }>();
  await again.end();
  if (opened.count !== n) throw new Error(`${opened.count} of ${n} entries after the restart`);
  const mebibytes = opened.rss / 2 ** 20;
  const at = n.toLocaleString("en-US");
  return [
    {
      quantity: `opening a store of ${at} entries from its checkpoint (${opened.cpuMs.toFixed(0)} ms CPU)`,
      value: opened.openMs,
      unit: "ms",
      goal: `≤ ${OPEN_MS_GOAL} ms`,
      met: opened.openMs <= OPEN_MS_GOAL,
    },
    {
      quantity: `resident memory of a replica of ${at}`,
      value: mebibytes,
      unit: "MiB",
      goal: `≤ ${RSS_MIB_GOAL} MiB`,
      met: mebibytes <= RSS_MIB_GOAL,
    },
  ];
}

function startPeer(...args: readonly (string | number)[]) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "sync-peer.ts"), ...args.map(String)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  return {
    /** The object that it prints. */
    async said<T>(): Promise<T> {
      const reader = child.stdout.getReader();
      for (let text = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`sync-peer ${args[0]} ended: ${text}`);
        text += Buffer.from(value).toString();
        if (text.includes("\n")) return JSON.parse(text.slice(0, text.indexOf("\n")));
      }
    },
    async end(): Promise<void> {
      child.stdin.end();
      await child.exited;
    },
  };
}
