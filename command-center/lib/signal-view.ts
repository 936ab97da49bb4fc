/** What the Sentinel watches, as this page reads it. */
import { z } from "zod";

const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);
const number = opt(z.number());

export const signalSchema = z.looseObject({
  signal: z.string(),
  title: opt(z.string()),
  unit: opt(z.string()),
  value: number,
  mean: number,
  deviation: number,
  drift: number,
  samples: number,
  state: z.string().catch("unknown"),
  /** In which direction it gets worse. */
  worse: opt(z.string()),
});
export type Signal = z.infer<typeof signalSchema>;

export const signalsSchema = z.looseObject({ signals: z.array(signalSchema).catch([]) });
