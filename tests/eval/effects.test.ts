/** What people read beside a mechanism is what was measured: the file, its writer, the docs and the spore agree. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { measuredEffectsSchema } from "@synapse/shared/contract/measured-effect.ts";
import { cognitionMechanisms } from "@synapse/spore/cognition/cognition-state.ts";
import { mechanismsOf } from "@synapse/spore/reasoning/quantum-view.ts";
import { DECLARED, type SettingKey } from "@synapse/spore/settings/declared.ts";
import { ROOT } from "../support/source-tree.ts";
import {
  EFFECT_IDS,
  EFFECTS_FILE,
  effectsOf,
  MECHANISMS,
  type Run,
  SEEDS_LEAST,
  SOURCES,
  whyNotWritten,
} from "./effects.ts";

const kept = measuredEffectsSchema.parse(await Bun.file(EFFECTS_FILE).json());

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
    expect(written.mechanisms["quantum.annealing"]).toMatchObject({
      ships: DECLARED["quantum.annealing"].default,
      effect: { value: 0.0123, low: -0.01, high: 0.03, n: 100 },
      missing: null,
    });
    expect(written.mechanisms["quantum.exploration"]).toMatchObject({ effect: null, missing: "no beyond" });
    expect(written.measured_on).toBe("2026-11-26");
  });
});

describe("the file that is kept", () => {
  test("is of such a run, and has exactly the mechanisms there are", () => {
    expect(kept.seeds).toBeGreaterThanOrEqual(SEEDS_LEAST);
    expect(Object.keys(kept.mechanisms)).toEqual([...MECHANISMS]);
    for (const [setting, { effect, missing }] of Object.entries(kept.mechanisms)) {
      const source = SOURCES[setting as SettingKey];
      if (source === undefined)
        expect({ setting, effect, told: missing !== null }).toMatchObject({ effect: null });
      else expect({ setting, ...effect }).toMatchObject({ setting, ...source });
      if (effect === null) continue;
      expect(effect.low).toBeLessThanOrEqual(effect.value);
      expect(effect.high).toBeGreaterThanOrEqual(effect.value);
    }
  });

  test("has what does not clear zero off by default, and says so", () => {
    for (const [setting, { ships, effect }] of Object.entries(kept.mechanisms)) {
      const clears = effect !== null && effect.low > 0;
      expect({ setting, ships }).toEqual({ setting, ships: clears });
      expect({ setting, default: DECLARED[setting as SettingKey].default }).toEqual({
        setting,
        default: ships,
      });
    }
  });
});

test("a spore tells the file's figures, and a reason for each mechanism without one", () => {
  const off = { annealing: false, exploration: false, superposition: false, interference: false };
  const more = { tunnelling: false, entanglement: false, entanglement_prior: false };
  const quantum = mechanismsOf({
    ...off,
    ...more,
    decoherence: false,
    decoherence_corroboration: false,
  });
  const told = [...quantum, ...cognitionMechanisms(() => false)];
  expect(told.map(({ setting }) => setting).sort()).toEqual([...MECHANISMS].sort());
  for (const { setting, ships, effect, effect_missing } of told) {
    const known = kept.mechanisms[setting];
    expect({ setting, ships }).toEqual({ setting, ships: known?.ships });
    if (known?.effect == null) expect(effect_missing).toBeTruthy();
    else
      expect({ setting, effect }).toEqual({
        setting,
        effect: { ...known.effect, measured_on: kept.measured_on },
      });
  }
});

/** How the row of each begins in the docs. */
const ROWS: Readonly<Record<string, string>> = {
  "quantum.annealing": "annealing",
  "quantum.superposition": "superposition: the posterior shown",
  "quantum.interference": "interference",
  "quantum.tunnelling": "tunnelling",
  "quantum.entanglement": "entanglement: under",
  "quantum.entanglement_prior": "entanglement prior",
  "quantum.decoherence": "decoherence: first hit",
  "quantum.decoherence_corroboration": "corroboration",
  "cognition.free_thought": "free thought:",
  "cognition.dream": "dreams: facts told",
  "cognition.curiosity": "curiosity: facts",
  "cognition.metacognition": "auditor:",
  "cognition.emergence": "emergence: told",
  "cognition.workspace": "workspace: evidence",
};

test("docs/evaluation.md and docs/cognition.md say the same of each", async () => {
  const pages = ["docs/evaluation.md", "docs/cognition.md"].map((page) => Bun.file(join(ROOT, page)).text());
  const lines = (await Promise.all(pages)).flatMap((page) => page.split("\n"));
  /** `−.0009` and `+.047`, as the docs write them: no nought before the point. */
  const written = (value: number, digits: number) =>
    `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits).replace(/^0/, "")}`;
  for (const [setting, { effect }] of Object.entries(kept.mechanisms)) {
    if (effect === null) continue;
    const rows = lines.filter((line) => line.startsWith(`| ${ROWS[setting]}`));
    const told = [2, 3, 4].map((digits) => written(effect.value, digits));
    expect({
      setting,
      rows: rows.length,
      told: rows.some((row) => told.some((text) => row.includes(`${text} `))),
    }).toEqual({
      setting,
      rows: 1,
      told: true,
    });
  }
});
