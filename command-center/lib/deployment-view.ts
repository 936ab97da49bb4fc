/** What the Sentinel applied, as this page reads it: every member may be missing in another version. */
import { z } from "zod";

const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);
const text = opt(z.string());
const number = opt(z.number());
const setting = opt(z.union([z.string(), z.number(), z.boolean()]));

const deploymentSchema = z.looseObject({
  proposal: text,
  setting: z.string().catch("unknown setting"),
  from: setting,
  to: setting,
  spore: text,
  status: z.string().catch("unknown"),
  success_criterion: text,
  /** The signal it was judged by, on average, before and after. */
  before: number,
  after: number,
  reason: text,
  applied_at: text,
  ended_at: text,
});
export type Deployment = z.infer<typeof deploymentSchema>;

export const deploymentsSchema = z.looseObject({ deployments: z.array(deploymentSchema).catch([]) });
