/**
 * Places to listen are few, and keys cost nothing: strangers who take every place must not keep the operator's own spores
 * out, and no one of them takes the places of all the others.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { eventually, startNode, type TestNode } from "../support/gossip-nodes.ts";
import { freePort } from "../support/spore-process.ts";

setDefaultTimeout(60_000);
const STRANGERS = 100;
const LISTEN = { v: 1 };

const operator = createKeyPair();
let node: TestNode;
beforeAll(async () => {
  node = startNode({ name: "hub", port: await freePort(), operator });
});
afterAll(() => node.stop());

/** Calls to listen: those that were answered so far, by status; a place that is held is not answered. */
async function listenAll(clients: readonly GossipClient[]) {
  const answered: number[] = [];
  for (const client of clients) expect((await client.hello(node)).status).toBe(200);
  for (const client of clients)
    void client.send(node, "listen", LISTEN).then(
      ({ status }) => answered.push(status),
      () => undefined,
    );
  return answered;
}

const arrived = () => node.requests.filter(({ url }) => url.endsWith("/gossip/listen")).length;

test("one operator's keys get a few places, all strangers together the rest, and one's own spores always one", async () => {
  const house = createKeyPair();
  const crowded = await listenAll(Array.from({ length: 20 }, () => new GossipClient(house)));
  await eventually("refusals", () => arrived() === 20 && crowded.length === 12);
  expect(new Set(crowded)).toEqual(new Set([429]));

  const refused = await listenAll(Array.from({ length: STRANGERS }, () => new GossipClient()));
  await eventually("no place left", () => arrived() === 20 + STRANGERS && refused.length === STRANGERS - 56);
  expect(new Set(refused)).toEqual(new Set([429]));

  const laptops = Array.from({ length: 10 }, () => new GossipClient(operator));
  for (const laptop of laptops) expect((await laptop.hello(node)).status).toBe(200);
  const listening = laptops.map((laptop) => laptop.send(node, "listen", LISTEN));
  await eventually("their calls", () => arrived() === 20 + STRANGERS + laptops.length);
  node.replica.write(["news"], "cluster");
  for (const reply of await Promise.all(listening)) expect(reply.status).toBe(200);
});
