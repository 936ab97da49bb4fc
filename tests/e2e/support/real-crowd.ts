/**
 * Signed peer cards for a real spore, sent as a peer would send them: through its gossip, checked by it like any other.
 * The names, models and places are the caller's, so that a crowd can also be a hostile one.
 */

import type { Item } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { calleeOf, GossipClient } from "../../support/gossip-client.ts";
import type { TestSpore } from "../../support/swarm.ts";

export interface CardSketch {
  readonly name: string;
  readonly operator: string;
  readonly role: string;
  readonly model: string;
  readonly version: string;
  readonly place: { readonly name: string; readonly latitude: number; readonly longitude: number } | null;
  /** Positions in the list of the spores it exchanged entries with. */
  readonly neighbours: readonly number[];
}

/** A request holds half a mebibyte; a card takes up to four kilobytes. */
const CARDS_PER_REQUEST = 100;

export async function sendCards(spore: TestSpore, sketches: readonly CardSketch[]): Promise<void> {
  const operators = new Map<string, KeyPair>();
  const clients = sketches.map(({ operator }) => {
    const known = operators.get(operator) ?? createKeyPair();
    operators.set(operator, known);
    return new GossipClient(known);
  });
  const items = sketches.map((sketch, index) => {
    const client = clients[index] as GossipClient;
    const { name, role, model, version, place } = sketch;
    return client.card({
      certificate: issueCertificate(client.operator, { spore: client.key, name, issuedAt: 1 }),
      role,
      model,
      version,
      place,
      neighbours: sketch.neighbours.flatMap((other) => clients[other]?.key.publicKey ?? []),
    });
  });
  await putCards(spore, items);
}

/** Cards that are signed already, as those of the simulated swarm are. */
export async function putCards(spore: TestSpore, items: readonly Item[]): Promise<void> {
  const node = await calleeOf(spore);
  const sender = new GossipClient();
  const hello = await sender.hello(node);
  if (!hello.ok) throw new Error(`hello: ${hello.status} ${await hello.text()}`);
  for (let from = 0; from < items.length; from += CARDS_PER_REQUEST) {
    const message = {
      v: 1,
      in: 2,
      items: items.slice(from, from + CARDS_PER_REQUEST),
      certs: [],
      rumour: false,
    };
    const reply = await sender.send(node, "put", message);
    if (!reply.ok) throw new Error(`put: ${reply.status} ${await reply.text()}`);
  }
}
