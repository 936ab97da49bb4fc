/** What a spore answers about the network it takes part in: where it looked, whom it joined, who was refused why. */
import { z } from "zod";
import { publicKeySchema } from "./entry.ts";
import { MEMBERSHIPS, speaksSchema } from "./federation.ts";

const count = z.int().min(0);
/** ISO 8601 in UTC with milliseconds. */
const instant = z.iso.datetime();

export const federationStatusSchema = z.looseObject({
  /** Hash of the protocol description. */
  dna: z.string(),
  network: z.string(),
  speaks: speaksSchema,
  state: z.enum(["connected", "joining", "alone"]),
  membership: z.enum(MEMBERSHIPS),
  nodes: count,
  operators: count,
  /** Who let this spore's operator into a private swarm. */
  vouched_by: z.looseObject({ operator: publicKeySchema, name: z.string(), expires_at: instant }).nullable(),
  invitation: z.looseObject({ url: z.string(), state: z.string(), reason: z.string().nullable() }).nullable(),
  bootstrap: z.looseObject({
    sources: z.array(
      z.looseObject({
        source: z.string(),
        state: z.enum(["waiting", "read", "failed"]),
        detail: z.string(),
        seeds: count,
        at: instant.nullable(),
      }),
    ),
    seeds: z.array(
      z.looseObject({
        url: z.string(),
        operator: publicKeySchema,
        state: z.enum(["waiting", "joined", "self", "refused", "unreachable"]),
        reason: z.string().nullable(),
        tier: z.string().nullable(),
        attempts: count,
        at: instant.nullable(),
      }),
    ),
  }),
  /** Newest first. */
  refusals: z.array(
    z.looseObject({
      by: z.enum(["us", "them"]),
      peer: z.string(),
      code: z.string(),
      message: z.string(),
      at: instant,
      times: count,
    }),
  ),
});
export type FederationStatus = z.infer<typeof federationStatusSchema>;

export const invitesSchema = z.looseObject({
  invites: z.array(
    z.looseObject({
      id: z.string(),
      note: z.string(),
      created_at: instant,
      expires_at: instant,
      used_by: publicKeySchema.nullable(),
    }),
  ),
});

const blocked = z.looseObject({ key: publicKeySchema, note: z.string() });

export const blocklistSchema = z.looseObject({
  version: z.literal(1),
  keys: z.array(blocked),
  operators: z.array(blocked),
  /** This and what follows for the commander only. */
  shared: z.boolean().optional(),
  subscriptions: z
    .array(
      z.looseObject({
        url: z.string(),
        state: z.enum(["waiting", "in force", "failed"]),
        detail: z.string(),
        keys: count,
        operators: count,
        at: instant.nullable(),
      }),
    )
    .optional(),
});
