/** The quantum layer of a spore, as this page reads it: every member may be missing in another version. */
import { z } from "zod";
import { list, number, opt, text } from "@/lib/lenient.ts";
import { mechanismSchema } from "@/lib/mechanism-view.ts";

const pointSchema = z.looseObject({
  cycle: z.number(),
  phase: text,
  event: text,
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
  phase: text,
  cycle: number,
  budget: number,
  temperature: number,
  reheated_at: number,
  curve: list(pointSchema),
  hypotheses: list(z.looseObject({ text: z.string(), weight: z.number(), holders: list(z.string()) })),
  interference: opt(
    z.looseObject({
      in_force: opt(z.boolean()),
      voices: list(z.looseObject({ spore: z.string(), aligned: number, factor: number })),
    }),
  ),
});
export type QuantumTask = z.infer<typeof quantumTaskSchema>;

const pairSchema = z.looseObject({
  a: z.string(),
  b: z.string(),
  a_name: text,
  b_name: text,
  successes: z.number(),
  errors: z.number(),
  items: z.number(),
});
export type EntangledPair = z.infer<typeof pairSchema>;

export const quantumViewSchema = z.looseObject({
  mechanisms: list(mechanismSchema),
  annealing: opt(z.looseObject({ current_temperature: number, t_hot: number, t_cold: number })),
  tunnelling: opt(z.looseObject({ total: number, threshold: number, events: list(z.looseObject({})) })),
  entanglement: opt(
    z.looseObject({
      threshold: number,
      pairs: list(pairSchema),
    }),
  ),
  decoherence: opt(z.looseObject({})),
  tasks: list(quantumTaskSchema),
});
