/** The measured effect of each mechanism that a setting switches, from the file that `bun run eval … --write` makes. */
import {
  type MeasuredEffects,
  type Mechanism,
  measuredEffectsSchema,
} from "@synapse/shared/contract/measured-effect.ts";
import file from "./measured-effects.json" with { type: "json" };

const MEASURED: MeasuredEffects = measuredEffectsSchema.parse(file);
const NOT_MEASURED = "not measured";

/** @param setting the name of the switch, such as `quantum.annealing`; the file has one entry for each. */
export function mechanismOf(setting: string, enabled: boolean, meaning: string): Mechanism {
  const name = setting.slice(setting.indexOf(".") + 1);
  return { name, enabled, setting, meaning, ...effectOf(setting) };
}

function effectOf(setting: string): Pick<Mechanism, "ships" | "effect" | "effect_missing"> {
  const known = MEASURED.mechanisms[setting];
  if (known === undefined) return { effect_missing: NOT_MEASURED };
  const { ships, effect, missing } = known;
  if (effect === null) return { ships, effect, effect_missing: missing ?? NOT_MEASURED };
  return { ships, effect: { ...effect, measured_on: MEASURED.measured_on }, effect_missing: null };
}
