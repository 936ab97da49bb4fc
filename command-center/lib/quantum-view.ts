/** The quantum layer of a spore, as this page reads it: every member may be missing in another version. */
import { z } from "zod";
import { mechanismSchema } from "@/lib/mechanism-view.ts";

const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);
const number = opt(z.number());

const pointSchema = z.looseObject({
  cycle: z.number(),
  phase: opt(z.string()),
  event: opt(z.string()),
  temperature: number,
  agreement: number,
  posterior: number,
  uncertainty: number,
  tunnel_probability: number,
});
export type QuantumPoint = z.infer<typeof pointSchema>;

export const quantumTaskSchema = z.looseObject({
  task_id: z.string(),
  description: z.string().catch(""),
  phase: opt(z.string()),
  cycle: number,
  budget: number,
  temperature: number,
  reheated_at: number,
  curve: z.array(pointSchema).catch([]),
  hypotheses: z
    .array(z.looseObject({ text: z.string(), weight: z.number(), holders: z.array(z.string()).catch([]) }))
    .catch([]),
  interference: z
    .looseObject({
      in_force: opt(z.boolean()),
      voices: z.array(z.looseObject({ spore: z.string(), aligned: number, factor: number })).catch([]),
    })
    .nullable()
    .optional()
    .catch(null),
});
export type QuantumTask = z.infer<typeof quantumTaskSchema>;

const pairSchema = z.looseObject({
  a: z.string(),
  b: z.string(),
  a_name: opt(z.string()),
  b_name: opt(z.string()),
  successes: z.number(),
  errors: z.number(),
  items: z.number(),
});
export type EntangledPair = z.infer<typeof pairSchema>;

export const quantumViewSchema = z.looseObject({
  mechanisms: z.array(mechanismSchema).catch([]),
  annealing: opt(z.looseObject({ current_temperature: number, t_hot: number, t_cold: number })),
  tunnelling: opt(
    z.looseObject({ total: number, threshold: number, events: z.array(z.looseObject({})).catch([]) }),
  ),
  entanglement: opt(
    z.looseObject({
      threshold: number,
      pairs: z.array(pairSchema).catch([]),
    }),
  ),
  decoherence: opt(z.looseObject({})),
  tasks: z.array(quantumTaskSchema).catch([]),
});
