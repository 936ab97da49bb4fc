/** What the Sentinel watches, as this page reads it. */
import { z } from "zod";
import { list, number, text } from "@/lib/lenient.ts";

const signalSchema = z.looseObject({
  signal: z.string(),
  title: text,
  unit: text,
  value: number,
  mean: number,
  deviation: number,
  drift: number,
  samples: number,
  state: z.string().catch("unknown"),
  /** In which direction it gets worse. */
  worse: text,
});
export type Signal = z.infer<typeof signalSchema>;

export const signalsSchema = z.looseObject({ signals: list(signalSchema) });
