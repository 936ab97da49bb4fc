/** The body of `GET /api/quantum`: what each mechanism did, task by task. */
import { z } from "zod";
import { entryIdSchema, phaseSchema } from "./entry.ts";
import { hypothesisSchema } from "./status.ts";

const count = z.int().min(0);
const unit = z.number().min(0).max(1);
const instant = z.iso.datetime();

export const quantumTaskSchema = z.looseObject({
  task_id: entryIdSchema,
  description: z.string(),
  phase: phaseSchema,
  cycle: count,
  budget: count,
  temperature: z.number(),
  reheated_at: count.nullable(),
  curve: z.array(
    z.looseObject({
      cycle: count,
      phase: phaseSchema,
      event: z.string(),
      temperature: z.number(),
      agreement: unit,
      posterior: unit,
      uncertainty: unit,
      tunnel_probability: unit,
      at: instant,
    }),
  ),
  hypotheses: z.array(hypothesisSchema),
  interference: z.looseObject({
    in_force: z.boolean(),
    voices: z.array(z.looseObject({ spore: z.string(), aligned: z.number(), factor: z.number() })),
  }),
});

/**
 * What an ablation measured of a mechanism: the difference that switching it on makes, all else the same, with its 95 %
 * interval. It was measured when and on what it says, not on the spore that tells it.
 */
export const measuredEffectSchema = z.looseObject({
  /** The ablation in `bun run eval`. */
  id: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  /** Questions, or simulated decisions, behind it. */
  n: count,
  /** What changes by that much, as a share: 0.02 is two points of a hundred. */
  measure: z.string(),
  /** What it was measured on. */
  arm: z.string(),
});
export type MeasuredEffect = z.infer<typeof measuredEffectSchema>;

/** The file that a full run of the evaluation writes. */
export const measuredEffectsSchema = z.strictObject({
  measured_on: z.iso.date(),
  seeds: count,
  /** By mechanism. */
  effects: z.record(z.string(), measuredEffectSchema),
  /** By mechanism: why no arm can show it. */
  not_measurable: z.record(z.string(), z.string()),
});
export type MeasuredEffects = z.infer<typeof measuredEffectsSchema>;

export const quantumSchema = z.looseObject({
  enabled: z.literal(true),
  mechanisms: z.array(
    z.looseObject({
      name: z.string(),
      enabled: z.boolean(),
      setting: z.string(),
      meaning: z.string(),
      /** Null where nothing could be measured; left out by older spores. */
      effect: measuredEffectSchema.extend({ measured_on: z.iso.date() }).nullable().optional(),
      /** Why there is no effect. */
      effect_missing: z.string().nullable().optional(),
    }),
  ),
  annealing: z.looseObject({ current_temperature: z.number(), t_hot: z.number(), t_cold: z.number() }),
  tunnelling: z.looseObject({ total: count, events: z.array(z.looseObject({})), threshold: z.number() }),
  entanglement: z.looseObject({ pairs: z.array(z.looseObject({})), threshold: z.number() }),
  decoherence: z.looseObject({ min_factor: z.number() }),
  tasks: z.array(quantumTaskSchema),
});
export type QuantumStatus = z.infer<typeof quantumSchema>;
