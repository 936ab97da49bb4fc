/**
 * What a spore says of the others' reliability, as this page reads it. Members of other versions become gaps; a score
 * without its interval is not shown as a score.
 */
import { z } from "zod";

const share = z.number().min(0).max(1);
const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);

const topicSchema = z.looseObject({
  topic: z.string(),
  mean: opt(share),
  lower: opt(share),
  tier: opt(z.string()),
});

export const trustPeerSchema = z.looseObject({
  id: z.string(),
  name: opt(z.string()),
  own: opt(z.boolean()),
  self: opt(z.boolean()),
  tier: opt(z.string()),
  mean: opt(share),
  lower: opt(share),
  weight: opt(z.number()),
  observer_trust: opt(share),
  evidence: opt(z.number()),
  topics: z.array(topicSchema).catch([]),
});
export type TrustPeer = z.infer<typeof trustPeerSchema>;

const pairSchema = z.looseObject({
  a: z.string(),
  b: z.string(),
  successes: opt(z.number()),
  errors: opt(z.number()),
  items: opt(z.number()),
});

export const trustViewSchema = z.looseObject({
  graded_items: opt(z.number()),
  voices: opt(z.number()),
  effective_voices: opt(z.number()),
  peers: z.array(trustPeerSchema).catch([]),
  entangled: z.array(pairSchema).catch([]),
});
export type TrustView = z.infer<typeof trustViewSchema>;

/** Lower bounds from which a tier begins. */
export const TIERS = [
  { name: "observer", from: 0.2 },
  { name: "contributor", from: 0.4 },
  { name: "peer", from: 0.6 },
  { name: "commander", from: 0.8 },
] as const;
