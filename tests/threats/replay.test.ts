/**
 * Replay: a recorded request does nothing when it is made again, to the same spore or another, and a history that was
 * forked is noticed by every honest spore within three rounds.
 */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION } from "@synapse/shared/contract/entry.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { idOf } from "@synapse/spore/gossip/anti-entropy.ts";
import { type Item, type Request_, WIRE_VERSION } from "@synapse/spore/gossip/wire.ts";
import { scenarioOf } from "../simulation/scenario.ts";
import { payFor, type SimulatedSpore } from "../simulation/simulated-spore.ts";
import { Simulator } from "../simulation/simulator.ts";
import { START_MS } from "../simulation/virtual-time.ts";
import { eventually, startNode, type TestNode } from "../support/gossip-nodes.ts";
import { freePort } from "../support/spore-process.ts";

setDefaultTimeout(120_000);
let running: TestNode[] = [];
afterEach(async () => {
  await Promise.all(running.map((node) => node.stop()));
  running = [];
});

const ENVELOPES = 1_000;

test(`${ENVELOPES} recorded requests, made again: all refused, nothing changes`, async () => {
  const target = startNode({ name: "target", port: await freePort(), intervalMs: 100 });
  const witness = startNode({ name: "witness", port: await freePort(), intervalMs: 100 });
  running.push(target, witness);
  const recorded: Request[] = [];
  const talker = startNode({ name: "talker", port: await freePort(), intervalMs: 100, seeds: [target.url] });
  running.push(talker);
  await eventually("met", () => target.gossip.peers().some(({ state }) => state === "live"));
  while (recorded.length < ENVELOPES) {
    talker.replica.write([`memory ${recorded.length}`, "another"], "public");
    await Bun.sleep(1);
    recorded.push(...target.requests.splice(0).filter(({ url }) => !url.endsWith("/hello")));
  }
  await eventually("all told", () => target.replica.size === talker.replica.size);
  const before = { size: target.replica.size, root: await target.replica.index("public").root() };
  const rejected = target.gossip.status().entriesRejected;
  const again = async (request: Request, origin: string) => {
    const { pathname } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("content-length");
    const body = await request.clone().arrayBuffer();
    return (await fetch(origin + pathname, { method: "POST", headers, body })).status;
  };
  const statuses = new Set<number>();
  for (const request of recorded.slice(0, ENVELOPES)) {
    statuses.add(await again(request, target.url));
  }
  // Nor are they good for anybody else.
  for (const request of recorded.slice(0, 50)) statuses.add(await again(request, witness.url));
  expect([...statuses]).toEqual([401]);
  expect({ size: target.replica.size, root: await target.replica.index("public").root() }).toEqual(before);
  expect(target.gossip.status().entriesRejected).toBe(rejected);
  expect(witness.replica.size).toBe(0);
});

test("two stories told to two spores: every honest spore holds the proof within three rounds", async () => {
  const scenario = scenarioOf("calm", { spores: 16 });
  const simulator = new Simulator(scenario, 11);
  const [forger, left, right] = simulator.spores.slice(5) as [SimulatedSpore, SimulatedSpore, SimulatedSpore];
  const toldAt = START_MS + 62_000;
  const tell = (to: SimulatedSpore, content: string) => {
    const item = story(forger, content);
    const message = {
      v: WIRE_VERSION,
      in: 0,
      items: [item],
      certs: [forger.certificate],
      rumour: true,
    } satisfies Request_<"put">;
    return simulator.network.of(forger).call(to.publicKey, to.url ?? "", "put", message);
  };
  let aware = 0;
  // Both stories are the forger's own, so for the invariant they are no forgeries.
  simulator.invariants.stored = () => undefined;
  simulator.time.schedule(toldAt, () => {
    void tell(left, "I was at home");
    void tell(right, "I was at the bridge");
  });
  simulator.time.schedule(toldAt + 3 * scenario.intervalS * 1_000, () => {
    aware = simulator.spores.filter(({ disk }) => disk.forks.size > 0).length;
  });
  await simulator.run();
  await simulator.time.runUntil(toldAt + 4 * scenario.intervalS * 1_000);
  expect(aware).toBe(simulator.spores.length);
});

function story(author: SimulatedSpore, content: string): Item {
  const text = canonicalJson({
    v: ENTRY_VERSION,
    kind: "memory",
    label: "public",
    replica: payFor(author.publicKey, START_MS, 0),
    counter: 1,
    clock: [START_MS + 60_000, 0],
    parents: [],
    body: { content },
  });
  return [text, author.key.sign(signingBytes("entry", idOf({ text })))];
}
