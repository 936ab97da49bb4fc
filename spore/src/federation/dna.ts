/**
 * Swarm DNA: what two spores must have in common to share a memory. Pure.
 *
 * The protocol has three parts that change one by one: the format of entries, the gossip between spores, and the rules
 * by which an entry is admitted (they must be the same everywhere, or honest spores would hold different sets). A spore
 * speaks some versions of each, and names every version together with a fingerprint of its meaning: two programs that
 * both say "entry 1" but mean something else are told apart. Roles, models, settings and software versions are no part
 * of it: spores that differ in those understand each other.
 *
 * 1. Compatible: the same network, and of each part one dialect in common; the highest common one is used.
 * 2. The hash covers capabilities too, which may differ between compatible spores: equal hashes are the quick answer,
 *    different ones are negotiated.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import {
  CONTENT_CHARS_MAX,
  ENTRY_BYTES_MAX,
  ENTRY_VERSION,
  KINDS,
  PARENTS_MAX,
} from "@synapse/shared/contract/entry.ts";
import type { Speaks } from "@synapse/shared/contract/federation.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { RULE } from "@synapse/shared/rule/aggregate.ts";
import { BRIEF_SINCE, ITEMS_MAX, REQUEST_BYTES_MAX, SCOPES, WIRE_VERSION } from "../gossip/wire.ts";
import { CLOCK_AHEAD_MAX_MS } from "../replica/admission.ts";
import { PUBLIC_RULE } from "../replica/public-rule.ts";

/** The version of the admission rules; a change of any rule or bound is a new one. */
const ADMISSION_VERSION = 1;

/** What each version that this spore speaks means. */
const MEANINGS = {
  entry: {
    [ENTRY_VERSION]: {
      bytes_max: ENTRY_BYTES_MAX,
      canonical: "rfc8785",
      content_max: CONTENT_CHARS_MAX,
      hash: "sha-256",
      kinds: [...KINDS].sort(),
      labels: [...LABELS],
      parents_max: PARENTS_MAX,
      rule: RULE,
      signature: "ed25519",
    },
  },
  gossip: {
    [WIRE_VERSION]: {
      body: "cbor",
      items_max: ITEMS_MAX,
      request_bytes_max: REQUEST_BYTES_MAX,
      scopes: [...SCOPES],
    },
    [BRIEF_SINCE]: {
      body: "cbor",
      codings: ["gzip", "zstd"],
      items_max: ITEMS_MAX,
      messages: WIRE_VERSION,
      request_bytes_max: REQUEST_BYTES_MAX,
      scopes: [...SCOPES],
      signature: ["brief", "whole"],
    },
  },
  admission: { [ADMISSION_VERSION]: { clock_ahead_ms: CLOCK_AHEAD_MAX_MS, public: PUBLIC_RULE } },
} as const;

export const DNA = {
  network: "synapse",
  meanings: MEANINGS,
  capabilities: ["gzip", "listen", "log", "rumour", "sketch"],
} as const;

/** 64 lowercase hex. */
export const DNA_HASH = sha256Hex(canonicalJson(DNA));

/** What this spore says of itself on its card. */
export const SPEAKS: Speaks = {
  network: DNA.network,
  entry: dialectsOf(MEANINGS.entry),
  gossip: dialectsOf(MEANINGS.gossip),
  admission: dialectsOf(MEANINGS.admission),
};

function dialectsOf(meanings: Readonly<Record<number, object>>): string[] {
  return Object.entries(meanings).map(
    ([version, meaning]) => `${version}:${sha256Hex(canonicalJson(meaning)).slice(0, 16)}`,
  );
}
