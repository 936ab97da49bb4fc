/**
 * What a spore says of the others' reliability, as this page reads it. Members of other versions become gaps; a score
 * without its interval is not shown as a score.
 */
import { z } from "zod";
import { list, number, opt, text } from "@/lib/lenient.ts";

const share = z.number().min(0).max(1);

const topicSchema = z.looseObject({
  topic: z.string(),
  mean: opt(share),
  lower: opt(share),
  tier: text,
});

const trustPeerSchema = z.looseObject({
  id: z.string(),
  name: text,
  own: opt(z.boolean()),
  self: opt(z.boolean()),
  tier: text,
  mean: opt(share),
  lower: opt(share),
  weight: number,
  observer_trust: opt(share),
  evidence: number,
  topics: list(topicSchema),
});
export type TrustPeer = z.infer<typeof trustPeerSchema>;

const pairSchema = z.looseObject({
  a: z.string(),
  b: z.string(),
  successes: number,
  errors: number,
  items: number,
});

export const trustViewSchema = z.looseObject({
  graded_items: number,
  voices: number,
  effective_voices: number,
  peers: list(trustPeerSchema),
  entangled: list(pairSchema),
});
export type TrustView = z.infer<typeof trustViewSchema>;

/** Lower bounds from which a tier begins. */
export const TIERS = [
  { name: "observer", from: 0.2 },
  { name: "contributor", from: 0.4 },
  { name: "peer", from: 0.6 },
  { name: "commander", from: 0.8 },
] as const;
