/** The network as cards tell it: who is there, who hears whom, and whom this spore trusts. */
import { expect, test } from "bun:test";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type KnownPeer, toSwarm } from "./swarm-view.ts";

const keyNamed = (name: string) => name.padEnd(43, "x") as PublicKey;
const [me, ann, bob] = [keyNamed("me"), keyNamed("ann"), keyNamed("bob")];

function cardOf(spore: PublicKey, neighbours: readonly string[]): PeerCard {
  const certificate = { spore, operator: keyNamed("operator"), name: spore.slice(0, 3) };
  return { certificate, neighbours, url: `https://${spore}.example`, summary: {} } as unknown as PeerCard;
}

const peer = (card: PeerCard): KnownPeer => ({
  key: card.certificate.spore as PublicKey,
  card,
  url: card.url,
  state: "live",
  lastSeenAt: 5,
});

test("edges lead between nodes that are there, and trust from this spore where evidence speaks", () => {
  const peers = [peer(cardOf(ann, [me, bob, keyNamed("gone"), "no key"])), peer(cardOf(bob, []))];
  const swarm = toSwarm(me, peers, cardOf(me, [ann]), 9, {
    tierOf: () => "stranger",
    trustOf: (spore) => (spore === bob ? 0.8 : null),
  });
  expect(swarm.nodes.map(({ id, state, tier }) => [id, state, tier])).toEqual([
    [me, "self", "own"],
    [ann, "live", "stranger"],
    [bob, "live", "stranger"],
  ]);
  expect(swarm.edges).toEqual([
    { from: me, to: ann, kind: "gossip" },
    { from: ann, to: me, kind: "gossip" },
    { from: ann, to: bob, kind: "gossip" },
    { from: me, to: bob, kind: "trust", weight: 0.8 },
  ]);
});
