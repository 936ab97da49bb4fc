/** A real spore that is told of a thousand others by signed cards: it shows them all on `/api/swarm`, and stays well. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { swarmCards } from "../simulation/swarm-cards.ts";
import { calleeOf, GossipClient } from "../support/gossip-client.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const SPORES = 1_000;
const BATCH = 100;

test("a thousand signed cards through the front door are a network of a thousand", async () => {
  const spore = await startTestSpore();
  const client = new GossipClient();
  const node = await calleeOf(spore);
  expect((await client.hello(node)).status).toBe(200);
  const cards = swarmCards(SPORES, Date.now());
  for (let at = 0; at < SPORES; at += BATCH) {
    const items = cards.slice(at, at + BATCH);
    const reply = await client.send(node, "put", { v: 1, in: 2, items, certs: [], rumour: false });
    expect(reply.status).toBe(200);
  }
  const swarm = swarmSchema.parse(await spore.json("/api/swarm"));
  const simulated = swarm.nodes.filter(({ name }) => name?.startsWith("simulated-"));
  expect(simulated.length).toBe(SPORES);
  expect(swarm.edges.length).toBeGreaterThan(SPORES);
  expect((await spore.fetch("/api/health")).status).toBe(200);

  // Both are made of the same thousand. A list of all of them for each of them would take hundreds of times as long,
  // and nobody else would be answered meanwhile.
  const quickest = async (path: string) => {
    const took: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      const before = performance.now();
      await spore.json(path);
      took.push(performance.now() - before);
    }
    return Math.min(...took);
  };
  const [swarmMs, trustMs] = [await quickest("/api/swarm"), await quickest("/api/trust")];
  console.log(`of ${SPORES} spores: /api/swarm ${swarmMs.toFixed()} ms, /api/trust ${trustMs.toFixed()} ms`);
  expect(trustMs).toBeLessThan(50 * swarmMs);
});
