/** A gossip node by itself: nobody answers it, and nothing happens at a time, unless the test says otherwise. */
import { err } from "@synapse/shared/result.ts";
import { createCardReader } from "@synapse/spore/gossip/card-reader.ts";
import { GossipNode, type NodeDeps } from "@synapse/spore/gossip/node.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { streamOf } from "../simulation/random.ts";
import { cardDraft } from "./card-draft.ts";
import type { GossipClient } from "./gossip-client.ts";
import { MemoryReplica } from "./memory-replica.ts";

export const FAR_AWAY = { kind: "unreachable", message: "far away", retryAfterMs: null } as const;

export interface LoneNodeOptions extends Partial<Omit<NodeDeps, "network">> {
  readonly network?: Partial<NodeDeps["network"]>;
  readonly operator?: KeyPair;
  /** On its own card; nobody can call it without one. */
  readonly url?: string;
}

export function loneNode(options: LoneNodeOptions = {}): GossipNode {
  const { network, operator = createKeyPair(), url = null, now = Date.now, ...others } = options;
  const key = createKeyPair();
  const certificate = issueCertificate(operator, { spore: key, name: "self", issuedAt: 1 });
  return new GossipNode({
    replica: new MemoryReplica({ key, certificate, now }),
    signer: key,
    readCard: createCardReader(verifySignature),
    network: { hello: async () => err(FAR_AWAY), call: async () => err(FAR_AWAY), ...network },
    ownCard: () => cardDraft(key.publicKey, url),
    seeds: [],
    intervalMs: 10_000,
    now,
    steady: () => performance.now(),
    random: streamOf(1, "lone"),
    schedule: () => () => undefined,
    log: () => undefined,
    onPeer: () => undefined,
    refusalOf: () => null,
    ...others,
  });
}

/** Shows it the client's card, as a greeting would. */
export function showCard(node: GossipNode, client: GossipClient, changes: Record<string, unknown>): void {
  const [text, signature] = client.card(changes);
  node.admitCard({ text, signature });
}
