/** What the Sentinel applied, as this page reads it: every member may be missing in another version. */
import { z } from "zod";
import { list, number, opt, text } from "@/lib/lenient.ts";

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

export const deploymentsSchema = z.looseObject({ deployments: list(deploymentSchema) });
