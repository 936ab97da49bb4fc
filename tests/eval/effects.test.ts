/** What people read beside a mechanism is what was measured: the file, its writer, the docs and the spore agree. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { measuredEffectsSchema } from "@synapse/shared/contract/quantum-status.ts";
import { mechanismsOf } from "@synapse/spore/reasoning/quantum-view.ts";
import { ROOT } from "../support/source-tree.ts";
import { EFFECT_IDS, EFFECTS_FILE, effectsOf, type Run, SEEDS_LEAST, whyNotWritten } from "./effects.ts";

const kept = measuredEffectsSchema.parse(await Bun.file(EFFECTS_FILE).json());
const docs = await Bun.file(join(ROOT, "docs/evaluation.md")).text();

const result = (id: string) => ({
  id,
  value: 0.012_345,
  low: -0.01,
  high: 0.03,
  baseline: 0.5,
  n: 100,
  goal: 0,
  atMost: false,
  ships: null,
  passed: true,
  certain: true,
});
const run: Run = {
  results: EFFECT_IDS.map(result),
  notMeasurable: [
    { id: "ablation.exploration", reason: "no beyond" },
    { id: "scale.thousand", reason: "elsewhere" },
  ],
  measuredOn: "2026-11-26",
  seeds: SEEDS_LEAST,
  quick: false,
  hasRecorded: true,
};

describe("writing the effects", () => {
  test("takes a full run and says what is missing of one", () => {
    expect(whyNotWritten(run)).toBeNull();
    expect(whyNotWritten({ ...run, quick: true })).toContain("--quick");
    expect(whyNotWritten({ ...run, hasRecorded: false })).toContain("--data");
    expect(whyNotWritten({ ...run, seeds: SEEDS_LEAST - 1 })).toContain("seeds");
    expect(whyNotWritten({ ...run, results: run.results.slice(1) })).toContain(EFFECT_IDS[0] as string);
  });

  test("keeps value, interval, number and date, and why a mechanism has none", () => {
    const written = effectsOf(run);
    expect(written.effects.annealing).toMatchObject({ value: 0.0123, low: -0.01, high: 0.03, n: 100 });
    expect(written.not_measurable).toEqual({ exploration: "no beyond" });
    expect(written.measured_on).toBe("2026-11-26");
  });
});

test("the file that is kept is of such a run", () => {
  expect(kept.seeds).toBeGreaterThanOrEqual(SEEDS_LEAST);
  expect(Object.values(kept.effects).map(({ id }) => id)).toEqual([...EFFECT_IDS]);
  for (const { low, value, high } of Object.values(kept.effects)) {
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
});

test("a spore serves the file's figures, and a reason for each mechanism without one", () => {
  const off = { annealing: false, exploration: false, superposition: false, interference: false };
  const served = mechanismsOf({ ...off, tunnelling: false, entanglement: false, decoherence: false });
  for (const { name, effect, effect_missing } of served) {
    const measured = kept.effects[name];
    if (measured === undefined) expect(effect_missing).toBeTruthy();
    else expect({ name, effect }).toEqual({ name, effect: { ...measured, measured_on: kept.measured_on } });
  }
});

test("docs/evaluation.md says the same of each mechanism", () => {
  /** `-.0009` and `.047`, as the docs write them: no nought before the point. */
  const written = (value: number, digits: number) =>
    `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits).replace(/^0/, "")}`;
  for (const [mechanism, { value }] of Object.entries(kept.effects)) {
    const rows = docs.split("\n").filter((line) => line.startsWith(`| ${mechanism}`));
    const told = [3, 4].map((digits) => written(value, digits));
    expect({ mechanism, told, found: rows.some((row) => told.some((text) => row.includes(text))) }).toEqual({
      mechanism,
      told,
      found: true,
    });
  }
});
