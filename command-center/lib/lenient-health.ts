/**
 * Health as far as a spore tells it. Spores of other versions may leave members out or write them differently: what
 * does not fit the contract becomes a gap, and the rest is still shown. Only a name is required.
 */
import { type Health, healthSchema } from "@synapse/shared/contract/status.ts";
import { z } from "zod";

export type LenientHealth = Partial<Health> & { readonly spore: string };

const members = Object.fromEntries(
  Object.entries(healthSchema.shape).map(([name, schema]) => [
    name,
    (schema as z.ZodType).optional().catch(undefined),
  ]),
);

export const lenientHealthSchema = z.looseObject({
  ...members,
  spore: z.string().max(200),
}) as unknown as z.ZodType<LenientHealth>;
