/** What an ablation measured of a mechanism, told beside it and never without its interval. */
import { z } from "zod";

/**
 * The difference that switching the mechanism on makes, all else the same, with its 95 % interval. It was measured when
 * and on what it says, not on the spore that tells it.
 */
export const measuredEffectSchema = z.looseObject({
  /** The ablation in `bun run eval`. */
  id: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  /** `share`: .02 is two points of a hundred; `count`: so many of what `measure` names. */
  unit: z.enum(["share", "count"]),
  /** What changes by that much: right answers, facts learnt. */
  measure: z.string(),
  /** What is behind it: so many of `counted`, such as questions. */
  n: z.int().min(1),
  counted: z.string(),
  /** What it was measured on. */
  arm: z.string(),
});
export type MeasuredEffect = z.infer<typeof measuredEffectSchema>;

/** The file that a full run of the evaluation writes, by the setting that switches the mechanism. */
export const measuredEffectsSchema = z.strictObject({
  measured_on: z.iso.date(),
  seeds: z.int().min(1),
  mechanisms: z.record(
    z.string(),
    z.strictObject({
      /** Whether the setting's default is on. */
      ships: z.boolean(),
      effect: measuredEffectSchema.nullable(),
      /** Why no arm can show it. */
      missing: z.string().nullable(),
    }),
  ),
});
export type MeasuredEffects = z.infer<typeof measuredEffectsSchema>;

/** A mechanism as its spore tells it; older spores leave out what was measured. */
export const mechanismSchema = z.looseObject({
  name: z.string(),
  enabled: z.boolean(),
  /** The setting that switches it. */
  setting: z.string(),
  /** What it changes, in plain words. */
  meaning: z.string(),
  /** Whether it is on where nobody chose. */
  ships: z.boolean().optional(),
  /** Null where nothing was measured. */
  effect: measuredEffectSchema.extend({ measured_on: z.iso.date() }).nullable().optional(),
  /** Why there is no effect. */
  effect_missing: z.string().nullable().optional(),
});
export type Mechanism = z.infer<typeof mechanismSchema>;
