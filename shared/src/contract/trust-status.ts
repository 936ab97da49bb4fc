/** The body of `GET /api/trust`: scores with the evidence behind them. */
import { z } from "zod";
import { entryIdSchema, publicKeySchema } from "./entry.ts";
import { labelSchema } from "./label.ts";

const count = z.int().min(0);
const unit = z.number().min(0).max(1);
const instant = z.iso.datetime();
const tierSchema = z.enum(["stranger", "observer", "contributor", "peer", "commander"]);
const beliefSchema = z.looseObject({
  /** Items for and against; not whole where they were discounted or have faded. */
  positive: z.number().min(0),
  negative: z.number().min(0),
  mean: unit,
  lower: unit,
});

/**
 * One observation about a spore. `counts`: the items it adds to its dimension after trust in the observer, age and bounds;
 * over all observations they sum to what the score shows. `why`: which bound took the rest, if one did.
 */
export const trustEvidenceSchema = z.looseObject({
  id: entryIdSchema,
  observer: z.string(),
  observer_name: z.string(),
  topic: z.string(),
  dimension: z.string(),
  positive: z.boolean(),
  weight: unit,
  counts: unit,
  why: z
    .enum(["own_word", "own_house", "replaced", "unheard", "capped", "before_change"])
    .nullable()
    .optional(),
  source: z.string(),
  label: labelSchema,
  rests_on: z.array(entryIdSchema),
  note: z.string(),
  at: instant,
});

export const trustSchema = z.looseObject({
  enabled: z.literal(true),
  spore: publicKeySchema,
  as_of: instant,
  graded_items: count,
  /** How far weights are still damped for errors that all models share: 1 with nothing graded. */
  damping: unit,
  best_peer: z.string().nullable(),
  calibration: z.looseObject({
    slope: z.number(),
    shift: z.number(),
    items: z.number(),
    ece: unit.nullable(),
    brier: z.number().nullable(),
  }),
  voices: count,
  effective_voices: z.number().min(0),
  peers: z.array(
    z.looseObject({
      id: publicKeySchema,
      name: z.string(),
      operator: z.string().nullable(),
      own: z.boolean(),
      tier: tierSchema,
      mean: unit,
      lower: unit,
      /** In a vote on no particular topic. */
      weight: z.number().min(0),
      observer_trust: unit,
      evidence: count,
      dimensions: z.record(z.string(), beliefSchema),
      topics: z.array(
        z.looseObject({
          topic: z.string(),
          mean: unit,
          lower: unit,
          tier: tierSchema,
          positive: z.number(),
          negative: z.number(),
        }),
      ),
    }),
  ),
  entangled: z.array(
    z.looseObject({
      a: z.string(),
      b: z.string(),
      successes: z.number(),
      errors: z.number(),
      items: z.number(),
    }),
  ),
  evidence: z.array(trustEvidenceSchema).optional(),
  /** With it as `before` the older observations are asked for; null where there are none. */
  evidence_next: z.string().nullable().optional(),
});
export type TrustStatus = z.infer<typeof trustSchema>;
