/**
 * A spore's signed statement about itself: where it is, what it runs, how it is. Newest wins; cards are operational
 * state, not entries, and pass from peer to peer so that any one spore can show the whole network.
 *
 * signature = Ed25519(spore key, signingBytes("card", digestOf(card)))
 */
import { z } from "zod";
import { certificateSchema } from "./certificate.ts";
import { replicaIdSchema, roleSchema, signatureSchema, timeMsSchema } from "./entry.ts";
import { speaksSchema, vouchSchema } from "./federation.ts";

/** A card says nothing for longer than this after it was issued. */
export const CARD_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Enough for two certificates, a URL, 32 neighbours and the summary; larger cards are refused. */
export const CARD_BYTES_MAX = 6_144;

/** A place that the operator declared, never one that was guessed from an address. */
export const placeSchema = z.strictObject({
  name: z.string().max(100),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Place = z.infer<typeof placeSchema>;

const count = z.int().min(0);

export const cardSummarySchema = z.strictObject({
  memories: count,
  cycles: count,
  active_tasks: count,
  converged_tasks: count,
  confidence: z.number().min(0).max(1).nullable(),
  last_provider: z.string().max(100).nullable(),
  last_model: z.string().max(200).nullable(),
  peers: count,
  uptime_s: z.number().min(0),
});
export type CardSummary = z.infer<typeof cardSummarySchema>;

export const peerCardSchema = z.strictObject({
  v: z.literal(1),
  certificate: certificateSchema,
  replica: replicaIdSchema,
  /** Null for a spore that nobody can call. */
  url: z.url().max(500).nullable(),
  role: roleSchema,
  model: z.string().max(200),
  version: z.string().max(40),
  /** Hash of the protocol description this spore speaks (64 hex). */
  dna: z.string().regex(/^[0-9a-f]{64}$/),
  /** What `dna` stands for, as far as another spore must know it to talk with this one. */
  speaks: speaksSchema,
  /** Who let this spore's operator in; null for one who came by itself. */
  vouch: vouchSchema.nullable(),
  place: placeSchema.nullable(),
  summary: cardSummarySchema,
  /** Names of the keys it exchanged entries with lately: the edges of the network graph. */
  neighbours: z.array(z.string().max(43)).max(32),
  issued_at: timeMsSchema,
  expires_at: timeMsSchema,
  signature: signatureSchema,
});
export type PeerCard = z.infer<typeof peerCardSchema>;
