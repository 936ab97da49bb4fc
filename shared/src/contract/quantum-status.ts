/** The body of `GET /api/quantum`: what each mechanism did, task by task. */
import { z } from "zod";
import { entryIdSchema, phaseSchema } from "./entry.ts";
import { mechanismSchema } from "./measured-effect.ts";
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

export const quantumSchema = z.looseObject({
  enabled: z.literal(true),
  mechanisms: z.array(mechanismSchema),
  annealing: z.looseObject({ current_temperature: z.number(), t_hot: z.number(), t_cold: z.number() }),
  tunnelling: z.looseObject({ total: count, events: z.array(z.looseObject({})), threshold: z.number() }),
  entanglement: z.looseObject({ pairs: z.array(z.looseObject({})), threshold: z.number() }),
  decoherence: z.looseObject({ min_factor: z.number() }),
  tasks: z.array(quantumTaskSchema),
});
export type QuantumStatus = z.infer<typeof quantumSchema>;
