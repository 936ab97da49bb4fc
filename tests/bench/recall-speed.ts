/**
 * What recall costs as the memory grows, in a real spore over HTTP: latency of a question, time to index a memory, resident
 * memory, disk, and a start to the first answer. Latencies of different sizes are compared within one run.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { type SporeProcess, startSpore } from "../support/spore-process.ts";
import type { BenchRow } from "./result.ts";

const QUESTIONS = 200;
/** Asked before the clock runs: code is compiled, pages are read. */
const WARM_UP = 30;
const BATCH = 1_000;
/** Memories a second while the lag is watched, and for how many seconds. */
const STREAM_PER_SECOND = 500;
const STREAM_SECONDS = 8;
const STREAM_SECONDS_QUICK = 1;
/** A normal spore holds the distinct words of many people. */
const VOCABULARY = 60_000;
const P95_GOAL_MS = 25;
const RATIO_GOAL = 2;
const RESIDENT_GOAL_MB = 512;

interface Point {
  readonly memories: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly indexMicros: number;
  readonly residentMb: number;
  readonly diskMb: number;
  readonly startMs: number;
}

export async function measureSpeed(
  folder: string,
  sizes: readonly number[],
  quick: boolean,
  say: (line: string) => void,
): Promise<BenchRow[]> {
  const dataDir = join(folder, "spore");
  const start = () => startSpore({ dataDir, env: { LOG_LEVEL: "warn" } });
  let spore = await start();
  const points: Point[] = [];
  try {
    let held = 0;
    for (const memories of sizes) {
      const began = performance.now();
      await fill(spore, held, memories);
      await settle(spore);
      const indexMicros = ((performance.now() - began) * 1_000) / (memories - held);
      held = memories;
      const latencies = await ask(spore, memories);
      const residentMb = (await metric(spore, "resident_memory_bytes")) / 2 ** 20;
      await spore.stop();
      const restarted = performance.now();
      spore = await start();
      await search(spore, questionFor(0, memories));
      const startMs = performance.now() - restarted;
      const diskMb = statSync(join(dataDir, "recall.db")).size / 2 ** 20;
      points.push({ memories, ...latencies, indexMicros, residentMb, diskMb, startMs });
      say(`${memories} memories: p50 ${latencies.p50Ms.toFixed(1)} ms, p95 ${latencies.p95Ms.toFixed(1)} ms`);
    }
    const streamed = await streamRows(spore, held, quick ? STREAM_SECONDS_QUICK : STREAM_SECONDS);
    return [...points.flatMap((point) => rowsOf(point, points[0])), ...streamed];
  } finally {
    await spore.stop();
  }
}

function rowsOf(point: Point, first: Point | undefined): BenchRow[] {
  const held = point.memories.toLocaleString("en-US");
  const ratio = first === undefined ? 1 : point.p95Ms / first.p95Ms;
  const against = first?.memories.toLocaleString("en-US");
  return [
    { quantity: `question over HTTP, p50, ${held} memories`, value: point.p50Ms, unit: "ms" },
    {
      quantity: `question over HTTP, p95, ${held} memories`,
      value: point.p95Ms,
      unit: "ms",
      ...(first === undefined || first === point
        ? {}
        : {
            baseline: { of: `p95 at ${against}`, value: first.p95Ms },
            ratio,
            goal: `≤ ${P95_GOAL_MS} ms and ≤ ${RATIO_GOAL} ×`,
            met: point.p95Ms <= P95_GOAL_MS && ratio <= RATIO_GOAL,
          }),
    },
    { quantity: `accepted, stored and indexed, ${held} memories`, value: point.indexMicros, unit: "µs each" },
    {
      quantity: `resident memory of the spore, ${held} memories`,
      value: point.residentMb,
      unit: "MB",
      goal: `≤ ${RESIDENT_GOAL_MB}`,
      met: point.residentMb <= RESIDENT_GOAL_MB,
    },
    { quantity: `recall index on disk, ${held} memories`, value: point.diskMb, unit: "MB" },
    {
      quantity: `start to the first answer, ${held} memories`,
      value: point.startMs,
      unit: "ms",
      goal: "≤ 1,000 ms",
      met: point.startMs <= 1_000,
    },
  ];
}

async function ask(spore: SporeProcess, memories: number): Promise<{ p50Ms: number; p95Ms: number }> {
  for (let n = 0; n < WARM_UP; n++) await search(spore, questionFor(n + QUESTIONS, memories));
  const times: number[] = [];
  for (let n = 0; n < QUESTIONS; n++) {
    const began = performance.now();
    await search(spore, questionFor(n, memories));
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * times.length)] ?? 0;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/**
 * Memories come in steadily, on top of all that is held, while health and questions are asked: how far the index falls
 * behind, and whether anybody waits for it.
 */
async function streamRows(spore: SporeProcess, held: number, seconds: number): Promise<BenchRow[]> {
  const health: number[] = [];
  const questions: number[] = [];
  let streaming = true;
  const watch = async (times: number[], pauseMs: number, call: (n: number) => Promise<unknown>) => {
    for (let n = 0; streaming; n++) {
      const began = performance.now();
      await call(n);
      times.push(performance.now() - began);
      await Bun.sleep(pauseMs);
    }
    times.sort((a, b) => a - b);
  };
  const watched = Promise.all([
    watch(health, 10, () => fetch(`${spore.url}/api/health`)),
    watch(questions, 50, (n) => search(spore, questionFor(n, held))),
  ]);
  const perTick = STREAM_PER_SECOND / 10;
  const began = performance.now();
  for (let tick = 0; tick < seconds * 10; tick++) {
    await remember(spore, 10_000_000 + tick * perTick, perTick);
    await Bun.sleep(Math.max(0, (tick + 1) * 100 - (performance.now() - began)));
  }
  const ended = performance.now();
  await settle(spore);
  const lagMs = performance.now() - ended;
  streaming = false;
  await watched;
  const at = (times: readonly number[], share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const p99 = at(health, 0.99);
  const added = `${STREAM_PER_SECOND} memories/s on top of ${held.toLocaleString("en-US")}`;
  return [
    {
      quantity: `index lag after ${seconds} s of ${added}`,
      value: Math.max(lagMs, 1),
      unit: "ms",
      goal: "≤ 2,000",
      met: lagMs <= 2_000,
    },
    {
      quantity: "health while that came in, p99",
      value: p99,
      unit: "ms",
      goal: "≤ 50",
      met: p99 <= 50,
    },
    { quantity: "health while that came in, slowest of all", value: at(health, 1), unit: "ms" },
    { quantity: "question over HTTP while that came in, p95", value: at(questions, 0.95), unit: "ms" },
  ];
}

async function fill(spore: SporeProcess, held: number, wanted: number): Promise<void> {
  for (let next = held; next < wanted; next += BATCH)
    await remember(spore, next, Math.min(BATCH, wanted - next));
}

async function remember(spore: SporeProcess, first: number, count: number): Promise<void> {
  const memories = Array.from({ length: count }, (_, index) => ({ content: memoryText(first + index) }));
  const response = await fetch(`${spore.url}/api/memory`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ memories }),
  });
  if (response.status !== 201)
    throw new Error(`POST /api/memory: ${response.status} ${await response.text()}`);
}

async function search(spore: SporeProcess, text: string): Promise<void> {
  const response = await fetch(`${spore.url}/api/memory/search?k=10&q=${encodeURIComponent(text)}`);
  const { results } = (await response.json()) as { results?: unknown[] };
  if (results === undefined || results.length === 0) throw new Error(`nothing was found for "${text}"`);
}

async function metric(spore: SporeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${spore.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`synapse_${name} `));
  return Number(line?.split(" ")[1] ?? Number.NaN);
}

async function settle(spore: SporeProcess): Promise<void> {
  while ((await metric(spore, "recall_lag_entries")) > 0) await Bun.sleep(20);
}

/** Numbers that look random and depend on nothing but their seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b1) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SYLLABLES = "ba ce di fo gu ha le mi no pu ra se ti vo ka lu me ni po ru".split(" ");

function wordOf(rank: number): string {
  let word = "";
  for (let rest = rank + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    word += SYLLABLES[rest % SYLLABLES.length];
  return word;
}

/** Words as frequent as Zipf's law has them. */
function zipfWord(random: () => number): string {
  return wordOf(Math.floor(VOCABULARY ** random()) - 1);
}

/** A sentence or three. The same number always gives the same text. */
function memoryText(number: number): string {
  const random = randomFrom(number);
  return Array.from({ length: 12 + Math.floor(random() * 24) }, () => zipfWord(random)).join(" ");
}

/** Four to eight words of one of the memories, common and rare. */
function questionFor(n: number, memories: number): string {
  const random = randomFrom(n + 77_777_777);
  const words = memoryText(Math.floor(random() * memories)).split(" ");
  return Array.from({ length: 4 + (n % 5) }, () => words[Math.floor(random() * words.length)]).join(" ");
}
