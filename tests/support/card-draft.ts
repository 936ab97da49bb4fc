/** The peer card of a spore of which nothing is known but its key and where it is called. */
import { type Incarnation, type PublicKey, toReplicaId } from "@synapse/shared/ids.ts";
import { SPEAKS } from "@synapse/spore/federation/dna.ts";
import type { CardDraft } from "@synapse/spore/gossip/peer-cards.ts";

/** What an ordinary spore says of itself. */
export function cardDraft(key: PublicKey, url: string | null): CardDraft {
  return {
    replica: toReplicaId(key, "0011223344556677" as Incarnation),
    url,
    role: "explorer",
    model: "none",
    version: "0.0.0",
    dna: "0".repeat(64),
    speaks: SPEAKS,
    vouch: null,
    place: null,
    summary: {
      memories: 0,
      cycles: 0,
      active_tasks: 0,
      converged_tasks: 0,
      confidence: null,
      last_provider: null,
      last_model: null,
      peers: 0,
      uptime_s: 0,
    },
  };
}
