/**
 * Requests a second that one spore on one core answers, with an empty memory and with a full one: health must not
 * become slower as the memory grows.
 *
 * The spore is pinned to the first core and the load generator to the last one where `taskset` exists; elsewhere they
 * share the machine, and the rows say so. Three runs each, the median counts.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { type SporeProcess, startSpore } from "../support/spore-process.ts";
import type { BenchContext } from "./main.ts";
import { type BenchResult, type BenchRow, median } from "./result.ts";

const CONNECTIONS = 16;
const SECONDS = 3;
const RUNS = 3;
const GOAL_PER_SECOND = 10_000;
/** Memories in one request: its body stays far below the spore's limit. */
const BATCH = 200;

/** Memories held, and what the earlier Python system answered on the same kind of machine at 16 connections. */
const SIZES: readonly { readonly memories: number; readonly earlier?: number }[] = [
  { memories: 0, earlier: 4_085 },
  { memories: 1_000 },
  { memories: 10_000, earlier: 606 },
  { memories: 20_000 },
];

interface Load {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export async function benchHttp({ folder, quick, say }: BenchContext): Promise<BenchResult> {
  const pinned = Bun.which("taskset") !== null && cpus().length > 1;
  const spore = await startSpore({
    dataDir: join(folder, "spore"),
    env: { LOG_LEVEL: "warn" },
    prefix: pinned ? ["taskset", "-c", "0"] : [],
  });
  try {
    const rows: BenchRow[] = [];
    let held = 0;
    for (const { memories, earlier } of quick ? SIZES.slice(0, 2) : SIZES) {
      held = await fill(spore, held, memories);
      const loads: Load[] = [];
      // One second first, so that the code under test is compiled.
      await load(spore, 1, pinned);
      for (let run = 0; run < (quick ? 1 : RUNS); run += 1) {
        loads.push(await load(spore, quick ? 1 : SECONDS, pinned));
      }
      say(`${memories} memories`);
      rows.push(...rowsOf(memories, earlier, loads));
    }
    const where = pinned ? "one core" : "no pinning here: both share all cores";
    return { id: "http", title: `HTTP: GET /api/health at ${CONNECTIONS} connections, ${where}`, rows };
  } finally {
    await spore.stop();
  }
}

function rowsOf(memories: number, earlier: number | undefined, loads: readonly Load[]): BenchRow[] {
  const failed = loads.reduce((sum, one) => sum + one.failed, 0);
  if (failed > 0) throw new Error(`${failed} requests failed with ${memories} memories`);
  const value = median(loads.map((one) => one.requests / one.seconds));
  const held = memories.toLocaleString("en-US");
  return [
    {
      quantity: `health, ${held} memories`,
      value,
      unit: "requests/s",
      ...(earlier === undefined
        ? {}
        : { baseline: { of: "earlier system", value: earlier }, ratio: value / earlier }),
      goal: `≥ ${GOAL_PER_SECOND.toLocaleString("en-US")}`,
      met: value >= GOAL_PER_SECOND,
    },
    { quantity: `health p99, ${held} memories`, value: median(loads.map((one) => one.p99Ms)), unit: "ms" },
  ];
}

/** Puts memories in over HTTP until the spore holds `wanted`; @returns how many it holds. */
async function fill(spore: SporeProcess, held: number, wanted: number): Promise<number> {
  for (let next = held; next < wanted; next += BATCH) {
    const count = Math.min(BATCH, wanted - next);
    const memories = Array.from({ length: count }, (_, index) => ({ content: sentence(next + index) }));
    const response = await fetch(`${spore.url}/api/memory`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ memories }),
    });
    if (response.status !== 201)
      throw new Error(`POST /api/memory: ${response.status} ${await response.text()}`);
  }
  const health = (await (await fetch(`${spore.url}/api/health`)).json()) as { memories: number };
  if (health.memories < wanted) throw new Error(`the spore holds ${health.memories} of ${wanted} memories`);
  return wanted;
}

const WORDS = "river bridge market winter signal harbour paper engine orchard council ladder copper".split(
  " ",
);

function sentence(n: number): string {
  const word = (k: number) => WORDS[(n * 7 + k * k * 5 + (n >> k)) % WORDS.length];
  return `Note ${n}: the ${word(1)} near the ${word(2)} was moved when the ${word(3)} met the ${word(4)}.`;
}

async function load(spore: SporeProcess, seconds: number, pinned: boolean): Promise<Load> {
  const generator = Bun.spawn(
    [
      ...(pinned ? ["taskset", "-c", String(cpus().length - 1)] : []),
      ...[process.execPath, join(import.meta.dir, "http-load.ts")],
      ...[String(spore.port), "/api/health", String(CONNECTIONS), String(seconds)],
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const output = await new Response(generator.stdout).text();
  if ((await generator.exited) !== 0) throw new Error("the load generator failed");
  return JSON.parse(output) as Load;
}
