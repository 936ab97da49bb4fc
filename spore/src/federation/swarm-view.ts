/** `GET /api/swarm` from signed peer cards: the whole network as this spore knows it. Pure. */
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { Swarm, SwarmNode } from "@synapse/shared/contract/status.ts";
import { isPublicKey, type PublicKey } from "@synapse/shared/ids.ts";

export interface KnownPeer {
  readonly key: PublicKey;
  readonly card: PeerCard;
  /** Where this spore can call it; null where it cannot. */
  readonly url: string | null;
  readonly state: "live" | "stale" | "unreachable";
  readonly lastSeenAt: number;
}

export interface SwarmFacts {
  /** Standing of the operator behind a card. */
  readonly tierOf: (card: PeerCard) => string;
  /** 0 to 1, from evidence; null where there is none. */
  readonly trustOf: (spore: PublicKey) => number | null;
}

/** `own` is this spore's card, null until the first was issued. */
export function toSwarm(
  self: PublicKey,
  peers: readonly KnownPeer[],
  own: PeerCard | null,
  now: number,
  view: SwarmFacts,
): Swarm {
  const nodes = peers.map((peer) => toNode(peer, view.tierOf(peer.card)));
  if (own !== null) nodes.unshift(toNode({ card: own, url: own.url, state: "self", lastSeenAt: now }, "own"));
  const cards = own === null ? peers.map(({ card }) => card) : [own, ...peers.map(({ card }) => card)];
  const known = new Set<string>(nodes.map(({ id }) => id));
  const gossip = cards.flatMap((card) =>
    card.neighbours
      .filter((key): key is PublicKey => isPublicKey(key) && known.has(key))
      .map((to) => ({ from: card.certificate.spore, to, kind: "gossip" })),
  );
  // Trust is this spore's own: what others think of each other is theirs to show.
  const trust = peers.flatMap(({ key: to }) => {
    const weight = view.trustOf(to);
    return weight === null ? [] : [{ from: self, to, kind: "trust", weight }];
  });
  return { spore: self, nodes, edges: [...gossip, ...trust], as_of: new Date(now).toISOString() };
}

interface ShownPeer {
  readonly card: PeerCard;
  readonly url: string | null;
  readonly state: SwarmNode["state"];
  readonly lastSeenAt: number;
}

function toNode({ card, url, state, lastSeenAt }: ShownPeer, tier: string): SwarmNode {
  return {
    id: card.certificate.spore,
    name: card.certificate.name,
    operator: card.certificate.operator,
    url,
    role: card.role,
    model: card.model,
    version: card.version,
    dna: card.dna,
    state,
    tier,
    last_seen: new Date(lastSeenAt).toISOString(),
    summary: card.summary,
    location: card.place,
  };
}
