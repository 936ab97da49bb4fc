/**
 * What the ablations measured of each mechanism that a setting switches, as the file that a spore serves it from:
 * `bun run eval ablation mechanisms --write`. Only a full run may write it, so that what people read beside a mechanism
 * is what docs/evaluation.md reports. Pure but for the writing.
 */
import { join } from "node:path";
import { type MeasuredEffects, measuredEffectsSchema } from "@synapse/shared/contract/quantum-status.ts";
import type { PanelResult } from "./panel.ts";

export const EFFECTS_FILE = join(import.meta.dir, "../../spore/src/quantum/measured-effects.json");
/** The intervals in the docs are those of this many seeds. */
export const SEEDS_LEAST = 5;
const DIGITS = 4;

interface Source {
  /** The ablation whose two arms differ in this setting alone. */
  readonly id: string;
  readonly measure: string;
  readonly arm: string;
}

const DEBATERS = "simulated: five debaters in the product's own prompts, rounds and rule";
const RECORDED = "recorded answers of real models";

const SOURCES: Readonly<Record<string, Source>> = {
  annealing: { id: "ablation.annealing", measure: "accuracy", arm: DEBATERS },
  superposition: { id: "ablation.superposition.shown", measure: "accuracy", arm: DEBATERS },
  interference: {
    id: "ablation.interference",
    measure: "accuracy",
    arm: `${RECORDED}, every second question of GSM8K (43 models) and MMLU-Pro (29 models)`,
  },
  tunnelling: { id: "ablation.tunnelling", measure: "accuracy", arm: DEBATERS },
  entanglement: {
    id: "ablation.entanglement",
    measure: "accuracy under 200 camouflaged copies of one voice",
    arm: `${RECORDED}, every second question of GSM8K, seven free-tier models`,
  },
  decoherence: {
    id: "ablation.decoherence",
    measure: "share of first hits that hold today",
    arm: "the product's recall over made-up dated facts, half of them replaced by newer ones",
  },
};

/** What the run must have measured to be written. */
export const EFFECT_IDS: readonly string[] = Object.values(SOURCES).map(({ id }) => id);

export interface Run {
  readonly results: readonly PanelResult[];
  readonly notMeasurable: readonly { readonly id: string; readonly reason: string }[];
  /** The day of the run, as `2026-11-26`. */
  readonly measuredOn: string;
  readonly seeds: number;
  readonly quick: boolean;
  readonly hasRecorded: boolean;
}

/** @returns why it may not be written, or null. */
export function whyNotWritten({ results, seeds, quick, hasRecorded }: Run): string | null {
  if (quick) return "--write takes a full run: leave --quick out";
  if (!hasRecorded) return "--write needs the recorded answers: --data names their folder";
  if (seeds < SEEDS_LEAST) return `--write takes at least ${SEEDS_LEAST} seeds`;
  const missing = EFFECT_IDS.filter((id) => !results.some((result) => result.id === id));
  if (missing.length > 0) return `--write takes the panels ablation and mechanisms: ${missing.join(", ")} missing`;
  return null;
}

export function effectsOf({ results, notMeasurable, measuredOn, seeds }: Run): MeasuredEffects {
  const round = (value: number) => Number(value.toFixed(DIGITS));
  return measuredEffectsSchema.parse({
    measured_on: measuredOn,
    seeds,
    effects: Object.fromEntries(
      Object.entries(SOURCES).flatMap(([mechanism, { id, measure, arm }]) => {
        const result = results.find((one) => one.id === id);
        if (result === undefined) return [];
        const { value, low, high, n } = result;
        return [[mechanism, { id, value: round(value), low: round(low), high: round(high), n, measure, arm }]];
      }),
    ),
    not_measurable: Object.fromEntries(
      notMeasurable.flatMap(({ id, reason }) =>
        id.startsWith("ablation.") ? [[id.slice("ablation.".length), reason]] : [],
      ),
    ),
  });
}

export async function writeEffects(run: Run): Promise<void> {
  await Bun.write(EFFECTS_FILE, `${JSON.stringify(effectsOf(run), null, 2)}\n`);
}
