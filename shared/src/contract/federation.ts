/**
 * What spores, and people who run them, tell each other about taking part: which dialects they speak, joining,
 * invitations, who vouches for whom, whom not to listen to.
 *
 * Signatures: Ed25519 over signingBytes(<domain>, digestOf(<value>)); the domain stands beside each schema.
 */
import { z } from "zod";
import { certificateSchema } from "./certificate.ts";
import { publicKeySchema, signatureSchema, timeMsSchema } from "./entry.ts";

/** Name of the network that a spore belongs to; bootstrap.json names the same one. */
export const networkSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use 1-63 of a-z 0-9 -");

/** Who may take part in a swarm: everybody, or the own operator and those it let in. */
export const MEMBERSHIPS = ["open", "invited"] as const;
export type Membership = (typeof MEMBERSHIPS)[number];

/** `<version>:<first 16 hex of the SHA-256 of what that version means>`. */
const dialectSchema = z.string().regex(/^\d{1,4}:[0-9a-f]{16}$/, "must be <version>:<16 hex>");
/** More versions at once than any spore will ever speak. */
const dialects = z.array(dialectSchema).min(1).max(8);

/**
 * The versions of each part of the protocol that a spore speaks. Two spores can share a memory when they have one
 * dialect of every part in common: the same number, meaning the same thing.
 */
export const speaksSchema = z.strictObject({
  network: networkSchema,
  entry: dialects,
  gossip: dialects,
  admission: dialects,
});
export type Speaks = z.infer<typeof speaksSchema>;

/** Random bytes in base64url, by which a one-time thing is known. */
const nonceSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "must be 16 bytes in base64url");

/** Leave to join, from a spore to an operator. Domain "invite", signed by `by.spore`. */
export const inviteSchema = z.strictObject({
  v: z.literal(1),
  id: nonceSchema,
  by: certificateSchema,
  /** Where to join with it: only the spore that issued it knows whether it was used. */
  url: z.url().max(500),
  /** The operator key it is for; null for whoever comes first. */
  for: publicKeySchema.nullable(),
  expires_at: timeMsSchema,
  signature: signatureSchema,
});
export type Invite = z.infer<typeof inviteSchema>;

/** An operator was let in by a spore. Domain "vouch", signed by `by.spore`. It travels on the newcomer's cards. */
export const vouchSchema = z.strictObject({
  v: z.literal(1),
  operator: publicKeySchema,
  by: certificateSchema,
  issued_at: timeMsSchema,
  expires_at: timeMsSchema,
  signature: signatureSchema,
});
export type Vouch = z.infer<typeof vouchSchema>;

/** A peer card as it is carried in JSON: the canonical text that was signed, and the signature. */
export const signedCardSchema = z.strictObject({ text: z.string().max(8_192), signature: signatureSchema });
export type SignedCard = z.infer<typeof signedCardSchema>;

/**
 * `POST /federation/join`, twice: without `proof` it is answered by a challenge, with it by membership.
 * The proof is signed by the card's spore, domain "join", over {audience, card, invite, nonce}: the challenger's key,
 * the card's id, the SHA-256 of the invitation or null, and the challenge's nonce.
 */
export const joinRequestSchema = z.strictObject({
  card: signedCardSchema,
  invite: z.string().max(4_000).optional(),
  /** `key`: nobody can call the joiner at the card's URL from outside its own network, so the key alone is proven. */
  reach: z.enum(["url", "key"]).optional(),
  proof: z.strictObject({ nonce: nonceSchema, signature: signatureSchema }).optional(),
});
export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinReplySchema = z.discriminatedUnion("status", [
  z.looseObject({
    status: z.literal("challenge"),
    nonce: nonceSchema,
    audience: publicKeySchema,
    expires_at: z.iso.datetime(),
    /** The card of the spore that challenges. */
    card: signedCardSchema,
  }),
  z.looseObject({
    status: z.literal("joined"),
    tier: z.string(),
    /** Set for a newcomer who came with an invitation. */
    vouch: vouchSchema.nullable(),
    /** How many nodes the answering spore knows. */
    nodes: z.int().min(0),
  }),
]);
export type JoinReply = z.infer<typeof joinReplySchema>;

/** Entries in one list: more than a commander keeps by hand, few enough to hold in memory many times over. */
export const BLOCKED_MAX = 10_000;
const SUBSCRIPTIONS_MAX = 16;

export const blockedSchema = z.union([
  publicKeySchema.transform((key) => ({ key, note: "" })),
  z.strictObject({ key: publicKeySchema, note: z.string().max(200).default("") }),
]);

/** A list that others may subscribe to: a JSON file at an https URL, or `GET /api/blocklist` of a spore that shares its own. */
export const publishedBlocklistSchema = z.looseObject({
  version: z.literal(1),
  keys: z.array(blockedSchema).max(BLOCKED_MAX),
  operators: z.array(blockedSchema).max(BLOCKED_MAX),
});

/** `PUT /api/blocklist`: the whole of the commander's own list; what is left out stays as it is. */
export const blocklistChangeSchema = z.strictObject({
  keys: z.array(blockedSchema).max(BLOCKED_MAX).optional(),
  operators: z.array(blockedSchema).max(BLOCKED_MAX).optional(),
  subscriptions: z.array(z.url().max(500)).max(SUBSCRIPTIONS_MAX).optional(),
  /** Whether others may read this list without authority, and so subscribe to it. */
  shared: z.boolean().optional(),
});
export type BlocklistChange = z.infer<typeof blocklistChangeSchema>;
