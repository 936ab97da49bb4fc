/** Joins what talks to other spores: gossip, and this spore's own card. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { SporeConfig } from "../config.ts";
import { DNA_HASH, SPEAKS } from "../federation/dna.ts";
import { createGossip, type Gossip } from "../gossip/gossip.ts";
import type { Network } from "../gossip/peer-url.ts";
import type { HttpDeps } from "../http/deps.ts";
import { summaryOf } from "../http/routes/health.ts";
import { verifySignature } from "../identity/signature.ts";
import type { SporeIdentity } from "../identity/spore-identity.ts";
import type { Storage } from "./storage.ts";

export interface NetworkParts {
  readonly config: SporeConfig;
  readonly networks: readonly Network[];
  readonly identity: SporeIdentity;
  readonly storage: Storage;
  readonly deps: HttpDeps;
  /** A peer delivered what no honest spore passes on. */
  readonly onStrike: (peer: PublicKey) => void;
}

export function joinGossip({ config, networks, identity, storage, deps, onStrike }: NetworkParts): Gossip {
  const { replica, indexes } = storage;
  return createGossip({
    replica: {
      self: identity.certificate,
      index: (scope) => indexes[scope],
      idsByPrefix: replica.idsByPrefix,
      entries: replica.entries,
      log: replica.log,
      apply: replica.apply,
      certificates: replica.certificates,
      subscribe: replica.subscribe,
    },
    signer: identity.key,
    verify: verifySignature,
    seeds: config.peers,
    intervalMs: config.gossipIntervalMs,
    peerUrls: { allowLoopback: config.allowLoopbackPeers, networks },
    log: (level, message, details) => deps.log[level](message, details),
    onPeer: ({ key: id, card, state }) =>
      deps.hub.publish(
        { type: "peer", data: { id, name: card.certificate.name, url: card.url, state } },
        "public",
      ),
    onStrike,
    ownCard: () => ({
      replica: replica.id,
      url: config.publicUrl,
      role: config.role,
      model: deps.model(),
      version: deps.version,
      dna: DNA_HASH,
      speaks: SPEAKS,
      vouch: null,
      place: config.place,
      summary: summaryOf(deps),
    }),
  });
}
