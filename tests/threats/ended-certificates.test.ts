/**
 * A certificate that ends while its card still lives. Whether it has ended depends on the hour and on whose clock is asked,
 * so nobody who passes such a card on is to blame: an honest peer that took it in time, or whose clock is a little
 * behind, must not lose its good name by it.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { CARD_LIFETIME_MS } from "@synapse/shared/contract/peer-card.ts";
import { ok } from "@synapse/shared/result.ts";
import { type KnownCard, sealCard } from "@synapse/spore/gossip/card-reader.ts";
import { cardCollection } from "@synapse/spore/gossip/collection.ts";
import { PeerCards } from "@synapse/spore/gossip/peer-cards.ts";
import { scopeToWire } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { eventually, startNode, type TestNode } from "../support/gossip-nodes.ts";
import { loneNode, showCard } from "../support/lone-node.ts";
import { freePort } from "../support/spore-process.ts";

setDefaultTimeout(60_000);
/** More than lead to quarantine. */
const TIMES = 10;
const LIFE_MS = 10_000;

/** The clock of all nodes here. */
let ahead = 0;
const now = () => Date.now() + ahead;
const nodes: TestNode[] = [];

beforeAll(async () => {
  for (const name of ["one", "two", "three"]) nodes.push(await start(name));
});
afterAll(() => Promise.all(nodes.map((node) => node.stop())));

async function start(name: string): Promise<TestNode> {
  return startNode({ name, port: await freePort(), seeds: nodes.map(({ url }) => url), now });
}

/** What a card says in which the certificate ends after `certified` ms, and the card itself after `lives` ms. */
function ending(client: GossipClient, certified: number, lives: number, at = now()) {
  const { key, operator } = client;
  const certificate = issueCertificate(operator, {
    spore: key,
    name: "brief",
    issuedAt: 1,
    expiresAt: at + certified,
  });
  return { certificate, issued_at: at, expires_at: at + lives };
}

test("whoever passes on a card whose certificate has ended goes on being heard", async () => {
  const [node] = nodes as [TestNode];
  const relay = new GossipClient();
  expect((await relay.hello(node)).status).toBe(200);
  for (let i = 0; i < TIMES; i++) {
    for (const lives of [-1_000, LIFE_MS]) {
      const stranger = new GossipClient();
      const items = [stranger.card(ending(stranger, -1_000, lives))];
      const message = { v: 1, in: scopeToWire("card"), items, certs: [], rumour: false };
      const reply = await relay.send(node, "put", message);
      expect(reply.status).toBe(200);
    }
  }
});

test("three honest spores that hold a stranger's card when its certificate ends stay in a newcomer's favour", async () => {
  const [stranger, sly] = [new GossipClient(), new GossipClient()];
  const cards = [
    stranger.card(ending(stranger, LIFE_MS, LIFE_MS)),
    sly.card(ending(sly, LIFE_MS, CARD_LIFETIME_MS)),
  ];
  for (const node of nodes) {
    for (const [text, signature] of cards) node.gossip.admitCard({ text, signature });
    expect(node.gossip.peer(stranger.key.publicKey)).not.toBeNull();
  }
  ahead += LIFE_MS + 1_000;
  const newcomer = await start("newcomer");
  nodes.push(newcomer);
  await eventually("rounds with everybody", () => newcomer.gossip.status().rounds >= 5);
  const honest = nodes.slice(0, 3).map(({ key }) => newcomer.gossip.peer(key.publicKey)?.state);
  expect(honest).toEqual(["live", "live", "live"]);
  nodes[0]?.replica.write(["news after that"], "public");
  await eventually("the news", () => newcomer.replica.size === 1);
});

test("a card claims no longer life than its certificate has", () => {
  const node = loneNode({ now });
  const [sly, honest] = [new GossipClient(), new GossipClient()];
  showCard(node, sly, ending(sly, LIFE_MS, LIFE_MS + 1));
  showCard(node, honest, ending(honest, LIFE_MS, LIFE_MS));
  expect(node.cards.get(sly.key.publicKey)).toBeUndefined();
  expect(node.cards.get(honest.key.publicKey)).toBeDefined();
});

test("whatever reads the cards: one whose certificate has ended is dropped, not served, and nobody's fault", async () => {
  const client = new GossipClient();
  const at = 1_000_000;
  const [text] = client.card(ending(client, 10, 1_000, at));
  const known = { id: "0".repeat(64), card: JSON.parse(text), wire: sealCard(text, "") } as KnownCard;
  let time = at;
  const cards = new PeerCards(
    new GossipClient().key.publicKey,
    () => ok(known),
    () => null,
    {
      standingOf: () => "stranger",
      knownSince: () => 0,
      random: () => 0,
      onPushedOut: () => undefined,
    },
  );
  const collection = cardCollection(
    cards,
    () => time,
    () => undefined,
  );
  const take = () => collection.take([{ text, signature: "" }], []);
  expect(await take()).toMatchObject({ stored: 1 });
  time = at + 11;
  expect(cards.expire(time)).toEqual([client.key.publicKey]);
  expect(cards.size).toBe(0);
  expect(await take()).toMatchObject({ stored: 0, rejected: 1, hostile: 0 });
});
