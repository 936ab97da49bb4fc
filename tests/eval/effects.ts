/**
 * What the ablations measured of each mechanism that a setting switches, as the file that a spore serves it from:
 * `bun run eval ablation mechanisms cognition --write`. Only a full run may write it, so that what people read beside a
 * mechanism is what docs/evaluation.md and docs/cognition.md report. Pure but for the writing.
 */
import { join } from "node:path";
import {
  type MeasuredEffect,
  type MeasuredEffects,
  measuredEffectsSchema,
} from "@synapse/shared/contract/measured-effect.ts";
import { DECLARED, type SettingKey } from "@synapse/spore/settings/declared.ts";
import type { PanelResult } from "./panel.ts";

export const EFFECTS_FILE = join(import.meta.dir, "../../spore/src/quantum/measured-effects.json");
/** The intervals in the docs are those of this many seeds. */
export const SEEDS_LEAST = 5;
const DIGITS = 4;

/** The ablation whose two arms differ in this setting alone, and how to say what it found. */
type Source = Pick<MeasuredEffect, "id" | "unit" | "measure" | "counted" | "arm">;

const DEBATERS = "simulated: five debaters in the product's own prompts, rounds and rule";
const RECORDED = "recorded answers of real models";
const BOTH_SETS = `${RECORDED}: every second question of GSM8K (43 models) and MMLU-Pro (29 models)`;
const INVENTED = "simulated: invented places whose facts are known, without a model";

const accuracy = (id: string, arm: string): Source => ({
  id,
  unit: "share",
  measure: "right answers",
  counted: "questions",
  arm,
});

export const SOURCES: Readonly<Partial<Record<SettingKey, Source>>> = {
  "quantum.annealing": accuracy("ablation.annealing", DEBATERS),
  "quantum.superposition": accuracy("ablation.superposition.shown", DEBATERS),
  "quantum.interference": accuracy("ablation.interference", BOTH_SETS),
  "quantum.tunnelling": accuracy("ablation.tunnelling", DEBATERS),
  "quantum.entanglement": {
    ...accuracy(
      "ablation.entanglement",
      `${RECORDED}: every second question of GSM8K, seven free-tier models`,
    ),
    measure: "right answers under 200 disguised copies of one voice",
  },
  "quantum.entanglement_prior": {
    ...accuracy("ablation.entanglement.prior", `${RECORDED}: every second question of MMLU-Pro, 29 models`),
    measure: "right answers where half of the voices are new",
  },
  "quantum.decoherence": {
    id: "ablation.decoherence",
    unit: "share",
    measure: "first hits of recall that hold today",
    counted: "facts",
    arm: "simulated: dated facts, half of them replaced by newer ones, in the product's own recall",
  },
  "quantum.decoherence_corroboration": {
    id: "ablation.decoherence.corroboration",
    unit: "share",
    measure: "first hits of recall that hold today",
    counted: "facts",
    arm: "simulated: facts told by several operators, in the product's own recall",
  },
  "cognition.free_thought": {
    id: "cognition.free-thought",
    unit: "share",
    measure: "linked pairs that belong together, against pairs drawn at random",
    counted: "pairs",
    arm: INVENTED,
  },
  "cognition.dream": {
    id: "cognition.consolidation",
    unit: "share",
    measure: "facts about a place told by the first two hits of recall, with the summaries of dreams",
    counted: "places",
    arm: INVENTED,
  },
  "cognition.curiosity": {
    id: "cognition.curiosity",
    unit: "count",
    measure: "facts learnt from 40 questions, the most interesting first",
    counted: "runs",
    arm: INVENTED,
  },
  "cognition.metacognition": {
    id: "cognition.metacognition",
    unit: "share",
    measure: "questions to itself that are about a truly weak topic",
    counted: "audits",
    arm: "simulated: graded answers in eight topics of known accuracy",
  },
  "cognition.emergence": {
    id: "cognition.emergence",
    unit: "share",
    measure: "agreements told rightly from echoes, against counting authors",
    counted: "cases",
    arm: INVENTED,
  },
  "cognition.workspace": {
    id: "cognition.workspace",
    unit: "share",
    measure: "evidence among the first ten memories recalled",
    counted: "questions",
    arm: "five real conversations (LoCoMo) in the product's own recall",
  },
};

/** Every setting that switches a mechanism: what the API tells an effect of, or why there is none. */
export const MECHANISMS: readonly SettingKey[] = (Object.keys(DECLARED) as SettingKey[]).filter(
  (key) =>
    /^(quantum|cognition)\./.test(key) &&
    typeof DECLARED[key].default === "boolean" &&
    key !== "cognition.enabled",
);

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
  if (missing.length > 0)
    return `--write takes the panels ablation, mechanisms and cognition with all their data: ${missing.join(", ")} missing`;
  return null;
}

export function effectsOf({ results, notMeasurable, measuredOn, seeds }: Run): MeasuredEffects {
  const round = (value: number) => Number(value.toFixed(DIGITS));
  const measured = (setting: SettingKey) => {
    const source = SOURCES[setting];
    const result = results.find(({ id }) => id === source?.id);
    if (source === undefined || result === undefined) return null;
    const { value, low, high, n } = result;
    return { ...source, value: round(value), low: round(low), high: round(high), n };
  };
  return measuredEffectsSchema.parse({
    measured_on: measuredOn,
    seeds,
    mechanisms: Object.fromEntries(
      MECHANISMS.map((setting) => {
        const effect = measured(setting);
        const reason = notMeasurable.find(({ id }) => id === `ablation.${setting.split(".")[1]}`)?.reason;
        const missing = effect === null ? (reason ?? null) : null;
        return [setting, { ships: DECLARED[setting].default, effect, missing }];
      }),
    ),
  });
}

export async function writeEffects(run: Run): Promise<void> {
  await Bun.write(EFFECTS_FILE, `${JSON.stringify(effectsOf(run), null, 2)}\n`);
}
