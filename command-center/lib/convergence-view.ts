/** The agreement on a spore's open tasks, as this page reads it: every member may be missing in another version. */
import { z } from "zod";
import { list, number } from "@/lib/lenient.ts";

const openTaskSchema = z.looseObject({
  task_id: z.string(),
  description: z.string().catch(""),
  agreement: number,
  clusters: number,
  effective_voices: number,
  /** Agreement at the end of each cycle, the first one first. */
  history: list(z.number()),
});
export type OpenTask = z.infer<typeof openTaskSchema>;

export const convergenceSchema = z.looseObject({
  global_agreement: number,
  active_tasks: number,
  converged_tasks: number,
  unresolved_tasks: number,
  tasks: list(openTaskSchema),
});
