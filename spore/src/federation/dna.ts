/**
 * Swarm DNA: what two spores must have in common to share a memory, as one canonical description and its hash.
 *
 * Only what changes the meaning of entries or of gossip belongs here. Roles, models, settings and software versions do
 * not: spores that differ in those understand each other.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_BYTES_MAX, ENTRY_VERSION, KINDS, PARENTS_MAX } from "@synapse/shared/contract/entry.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { RULE } from "@synapse/shared/rule/aggregate.ts";

export const DNA = {
  network: "synapse",
  entry: {
    version: ENTRY_VERSION,
    bytes_max: ENTRY_BYTES_MAX,
    parents_max: PARENTS_MAX,
    kinds: [...KINDS].sort(),
  },
  labels: [...LABELS],
  hash: "sha-256",
  signature: "ed25519",
  canonical: "rfc8785",
  gossip: 1,
  rule: RULE,
} as const;

/** 64 lowercase hex. */
export const DNA_HASH = sha256Hex(canonicalJson(DNA));
