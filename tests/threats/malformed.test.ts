/**
 * Malformed messages: a peer with a genuine key and honest signatures sends every kind of message with something wrong
 * inside. Each gets an answer of the protocol, none a failure; nothing is taken in, and the next honest peer is served.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { decodeBody } from "@synapse/spore/gossip/body.ts";
import { KINDS, REPLY_BYTES_MAX, replySchemas } from "@synapse/spore/gossip/wire.ts";
import { mangledRequests } from "@synapse/spore/gossip/wire-messages.fixture.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { eventually, startNode, type TestNode } from "../support/gossip-nodes.ts";
import { freePort } from "../support/spore-process.ts";

setDefaultTimeout(120_000);
const MESSAGES_OF_A_KIND = 60;
/** Held open until there is news where the message is in order after all. */
const WAITING = "listen";

let node: TestNode;
beforeAll(async () => {
  node = startNode({ name: "target", port: await freePort() });
  node.replica.write(
    Array.from({ length: 300 }, (_, i) => `memory ${i}`),
    "public",
  );
});
afterAll(() => node.stop());

test.each(KINDS.filter((kind) => kind !== WAITING))("%s: answered, never failed", async (kind) => {
  const stranger = new GossipClient();
  expect((await stranger.hello(node)).status).toBe(200);
  const before = { size: node.replica.size, root: await node.replica.index("public").root() };
  const statuses = new Map<number, number>();
  for (const message of mangledRequests(kind, MESSAGES_OF_A_KIND, 7)) {
    const options = kind === "hello" ? { audience: node.url } : {};
    const response = await stranger.sendBytes(node, kind, message, options);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) continue;
    const encoding = response.headers.get("content-encoding") === null ? null : "identity";
    expect(decodeBody(body, encoding, REPLY_BYTES_MAX, replySchemas[kind]).ok).toBe(true);
  }
  const allowed = new Set([200, 400, 401, 403, 409, 413, 429]);
  expect([...statuses.keys()].filter((status) => !allowed.has(status))).toEqual([]);
  // Most of what was sent is no message at all: the test would show nothing if everything were taken for one.
  expect((statuses.get(400) ?? 0) + (statuses.get(413) ?? 0)).toBeGreaterThan(MESSAGES_OF_A_KIND / 3);
  expect({ size: node.replica.size, root: await node.replica.index("public").root() }).toEqual(before);
});

test("an honest peer that comes after all of that is filled", async () => {
  const honest = startNode({ name: "honest", port: await freePort(), seeds: [node.url] });
  await eventually("filled", () => honest.replica.size === node.replica.size, 60_000);
  await honest.stop();
});
