/** What a spore can think with, as this page reads it: what another version leaves out becomes a gap, not an error. */
import { z } from "zod";
import { list, number, opt, text } from "@/lib/lenient.ts";

const quotaSchema = z.looseObject({
  pool: z.string().catch(""),
  unit: z.string().catch("units"),
  window: z.string().catch("window"),
  limit: number,
  remaining: number,
  resets_at: text,
});

const providerSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  configured: z.boolean().catch(false),
  state: z.string().catch("unknown"),
  reason: text,
  until: text,
  mend: text,
  models: list(z.string()),
  calls: number,
  failures: number,
  tokens_in: number,
  tokens_out: number,
  usd: number,
  latency_ms_mean: number,
  /** Absent where the spore told none: what is taken away says no more than was told. */
  quotas: opt(list(quotaSchema)),
});
export type Provider = z.infer<typeof providerSchema>;

const spendingSchema = z.looseObject({ calls: number, tokens: number, usd: number });

export const providerViewSchema = z.looseObject({
  enabled: z.boolean().optional(),
  reason: z.string().optional(),
  providers: list(providerSchema),
  budget: opt(z.looseObject({ today: spendingSchema, per_day: spendingSchema })),
  recent: list(
    z.looseObject({
      at: z.string(),
      skipped: list(z.looseObject({ provider: z.string(), model: z.string().catch(""), reason: z.string() })),
    }),
  ),
});
export type ProviderView = z.infer<typeof providerViewSchema>;
