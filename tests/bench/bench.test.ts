/** The benchmarks in their small form: that they run, and that programs can read what they print. Not how fast. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { measureDocuments } from "./documents.ts";
import { formatFigure, median, renderTable } from "./result.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(170_000);

const rowSchema = z.strictObject({
  quantity: z.string().min(1),
  // A share may be nought where ten questions are asked.
  value: z.number().min(0),
  unit: z.string().min(1),
  baseline: z.strictObject({ of: z.string().min(1), value: z.number().positive() }).optional(),
  ratio: z.number().positive().optional(),
  goal: z.string().min(1).optional(),
  met: z.boolean().optional(),
});
const outputSchema = z.strictObject({
  machine: z.strictObject({
    cores: z.int().positive(),
    cpu: z.string(),
    memoryGiB: z.number(),
    bun: z.literal(Bun.version),
    platform: z.string(),
  }),
  at: z.iso.datetime(),
  results: z.array(z.strictObject({ id: z.string(), title: z.string(), rows: z.array(rowSchema).min(1) })),
});

function bench(...args: string[]) {
  return benchWith([], ...args);
}

function benchWith(flags: readonly string[], ...args: string[]) {
  const run = Bun.spawnSync([process.execPath, ...flags, join(import.meta.dir, "main.ts"), ...args]);
  return { exitCode: run.exitCode, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}

describe("bun run bench", () => {
  test.each(["store", "recall", "sync", "sim"])("%s runs and prints one JSON object", (name) => {
    const { exitCode, stdout, stderr } = bench(name, "--quick", "--json");
    expect(exitCode, stderr).toBe(0);
    const output = outputSchema.parse(JSON.parse(stdout));
    expect(output.results.map((result) => result.id)).toEqual([name]);
  });

  test("an unknown name is refused with the names there are", () => {
    const { exitCode, stdout, stderr } = bench("stroe");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("sim");
  });
});

test("recall shows what answers a newcomer's question about these documents, and often quotes it first", async () => {
  const missed: string[] = [];
  const { questions, first, recalled } = await measureDocuments((line) => void missed.push(line));
  // The first quotation moves by a few whenever the documents are put in other words; what is recalled hardly does, and
  // without what prefers explanations it is five fewer.
  expect(first, missed.join("\n")).toBeGreaterThanOrEqual(questions / 3);
  expect(recalled).toBeGreaterThanOrEqual(questions - 3);
});

describe("bun run bench sim --fuzz", () => {
  // A small world: four spores, a crash, a cut.
  const SEED = "118";

  test("a world that holds is told in a line, with the trace that its seed replays to", () => {
    const [first, again] = [1, 2].map(() => bench("sim", "--fuzz", "--seed", SEED, "--runs", "1"));
    expect(first?.exitCode, first?.stdout).toBe(0);
    expect(first?.stdout).toMatch(
      /^seed 118: 4 spores, \d+ events, equal \d+ ms after the last fault, trace [0-9a-f]{16}\n$/,
    );
    expect(again?.stdout).toBe(first?.stdout ?? "");
  });

  test("a breach ends it with its seed, and the command it prints replays to the same breach", () => {
    const forgetful = ["--preload", join(import.meta.dir, "forgetful-disks.fixture.ts")];
    const { exitCode, stdout } = benchWith(forgetful, "sim", "--fuzz", "--seed", SEED, "--runs", "3");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^FAILED seed 118: spore-\d+ lost [0-9a-f]{8}, which it acknowledged \(at 30000 ms\)\n/,
    );
    expect(JSON.parse(stdout.split("\n")[1] ?? "")).toMatchObject({ name: "fuzz-118", spores: 4 });
    const command = /^replay: bun run bench (.+)$/m.exec(stdout)?.[1];
    expect(command).toBe("sim --fuzz --seed 118 --runs 1");
    const again = benchWith(forgetful, ...(command ?? "").split(" "));
    expect(again).toEqual({ exitCode, stdout, stderr: "" });
  });

  test("a seed that is no number is refused", () => {
    const { exitCode, stdout, stderr } = bench("sim", "--fuzz", "--seed", "many");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("--seed 1");
  });
});

describe("figures", () => {
  test("median of odd and even counts", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  test.each([
    [12_345, "12,300"],
    [0.012345, "0.0123"],
    [999.6, "1,000"],
  ])("%p is printed as %p", (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });

  test("a missed goal stands out, unused columns are left out", () => {
    const table = renderTable({
      id: "x",
      title: "Title",
      rows: [{ quantity: "speed", value: 1, unit: "m/s", goal: "≥ 2", met: false }],
    });
    expect(table).toContain("MISSED");
    expect(table).not.toContain("baseline");
  });
});
