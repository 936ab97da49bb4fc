/**
 * `bun run bench [store|sync|http|recall|sim]… [--json] [--quick] [--full]`: measures this machine, prints a table or one JSON object on stdout.
 * `--quick` does a fraction of the work: it shows that a benchmark runs, its figures are not worth quoting. `--full` does
 * what takes long as well: a million memories.
 *
 * `sim --fuzz [--seed N] [--runs N]` runs random worlds until one fails (sim-fuzz.ts).
 *
 * Progress goes to stderr. The exit code is 0 when every benchmark ran to its end, whether or not a goal was met: a
 * slow machine is not a broken one, and the row says so.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BenchResult, describeMachine, renderTable } from "./result.ts";

export interface BenchContext {
  /** A folder on the disk that a swarm would use, removed afterwards. A temporary folder may live in memory. */
  readonly folder: string;
  readonly quick: boolean;
  readonly full: boolean;
  readonly say: (line: string) => void;
}

const BENCHES: Readonly<Record<string, () => Promise<(context: BenchContext) => Promise<BenchResult>>>> = {
  store: async () => (await import("./store.ts")).benchStore,
  http: async () => (await import("./http.ts")).benchHttp,
  recall: async () => (await import("./recall.ts")).benchRecall,
  sync: async () => (await import("./sync.ts")).benchSync,
  sim: async () => (await import("./sim.ts")).benchSim,
};

const ROOT = join(import.meta.dir, "../..");

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--fuzz")) return await fuzzForEver(args);
  const json = args.includes("--json");
  const quick = args.includes("--quick");
  const full = args.includes("--full");
  const wanted = args.filter((word) => !["--json", "--quick", "--full"].includes(word));
  const unknown = wanted.filter((word) => !(word in BENCHES));
  if (unknown.length > 0) {
    process.stderr.write(
      `no benchmark ${unknown.join(", ")}: use ${Object.keys(BENCHES).join(", ")} or --json\n`,
    );
    return 2;
  }
  const machine = describeMachine();
  const { cores, cpu, memoryGiB, bun, platform } = machine;
  process.stderr.write(`${cores} cores (${cpu}), ${memoryGiB} GiB, Bun ${bun}, ${platform}\n`);
  mkdirSync(join(ROOT, ".synapse"), { recursive: true });
  const results: BenchResult[] = [];
  for (const [name, load] of Object.entries(BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const folder = mkdtempSync(join(ROOT, ".synapse", `bench-${name}-`));
    try {
      const bench = await load();
      const say = (line: string) => process.stderr.write(`  ${name}: ${line}\n`);
      const result = await bench({ folder, quick, full, say });
      results.push(result);
      if (!json) process.stdout.write(`\n${renderTable(result)}\n`);
    } finally {
      if (existsSync(folder)) rmSync(folder, { recursive: true });
    }
  }
  if (json)
    process.stdout.write(`${JSON.stringify({ machine, at: new Date().toISOString(), results }, null, 2)}\n`);
  return 0;
}

/** For as long as it is let, from a seed of its own unless one is given. */
async function fuzzForEver(args: readonly string[]): Promise<number> {
  const numberAfter = (flag: string) => {
    const at = args.indexOf(flag);
    return at === -1 ? null : Number(args[at + 1]);
  };
  const [seed, runs] = [numberAfter("--seed"), numberAfter("--runs")];
  const isNatural = (value: number | null) => value === null || (Number.isInteger(value) && value >= 0);
  if (!isNatural(seed) || !isNatural(runs)) {
    process.stderr.write(
      "--seed and --runs are whole numbers: bun run bench sim --fuzz --seed 1 --runs 10\n",
    );
    return 2;
  }
  const { fuzz } = await import("./sim-fuzz.ts");
  const say = (line: string) => process.stdout.write(`${line}\n`);
  return (await fuzz({ seed: seed ?? Math.floor(Math.random() * 2 ** 31), runs, say })) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
