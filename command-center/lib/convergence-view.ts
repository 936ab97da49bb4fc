/** The agreement on a spore's open tasks, as this page reads it: every member may be missing in another version. */
import { z } from "zod";

const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);
const number = opt(z.number());

const openTaskSchema = z.looseObject({
  task_id: z.string(),
  description: z.string().catch(""),
  agreement: number,
  clusters: number,
  effective_voices: number,
  /** Agreement at the end of each cycle, the first one first. */
  history: z.array(z.number()).catch([]),
});
export type OpenTask = z.infer<typeof openTaskSchema>;

export const convergenceSchema = z.looseObject({
  global_agreement: number,
  active_tasks: number,
  converged_tasks: number,
  unresolved_tasks: number,
  tasks: z.array(openTaskSchema).catch([]),
});
