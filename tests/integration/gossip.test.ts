/** Gossip between spores over real HTTP on loopback: push, compare, heal, and what happens to bad input. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SPEAKS } from "@synapse/spore/federation/dna.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { type CountingRelay, startCountingRelay } from "../support/counting-relay.ts";
import { GossipClient } from "../support/gossip-client.ts";
import {
  bodyText,
  eventually,
  startNode,
  type TestNode,
  type TestNodeOptions,
} from "../support/gossip-nodes.ts";

/** A port that nothing listens on; each node gets its own. */
let port = 20_000 + Math.floor(Math.random() * 10_000);
let running: TestNode[] = [];
let relays: CountingRelay[] = [];
/** Waits are bounded by `eventually`, which says what did not happen. */
setDefaultTimeout(60_000);
afterEach(async () => {
  await Promise.all([...running, ...relays].map((one) => one.stop()));
  running = [];
  relays = [];
});

function start(options: Omit<TestNodeOptions, "port" | "name"> & { name?: string } = {}): TestNode {
  const node = startNode({ name: `spore-${running.length}`, port: port++, ...options });
  running.push(node);
  return node;
}

function startThree(options: Partial<TestNodeOptions> = {}): [TestNode, TestNode, TestNode] {
  const operator = createKeyPair();
  const urls = [port, port + 1, port + 2].map((p) => `http://127.0.0.1:${p}`);
  const nodes = urls.map((url) =>
    start({ operator, seeds: urls.filter((other) => other !== url), ...options }),
  );
  return nodes as [TestNode, TestNode, TestNode];
}

async function rootsOf(nodes: readonly TestNode[], scope: "public" | "cluster"): Promise<Set<string>> {
  return new Set(await Promise.all(nodes.map(({ replica }) => replica.index(scope).root())));
}

const sameRoots = (nodes: readonly TestNode[], scope: "public" | "cluster", count: number) => async () =>
  nodes.every(({ replica }) => replica.index(scope).count === count) &&
  (await rootsOf(nodes, scope)).size === 1;

const knowEachOther = (nodes: readonly TestNode[]) => () =>
  nodes.every(
    ({ gossip }) => gossip.peers().filter(({ state }) => state === "live").length === nodes.length - 1,
  );

describe("three spores", () => {
  test("meet, and writes on each side end in equal roots of both scopes", async () => {
    const nodes = startThree();
    await eventually("all cards everywhere", knowEachOther(nodes));
    nodes.forEach(({ replica, name }, i) => {
      replica.write([`private thought of ${name}`], "private");
      replica.write(
        Array.from({ length: 30 }, (_, n) => `${name} cluster ${n}`),
        "cluster",
      );
      replica.write(
        Array.from({ length: 10 * (i + 1) }, (_, n) => `${name} public ${n}`),
        "public",
      );
    });
    await eventually("equal public roots", sameRoots(nodes, "public", 60));
    await eventually("equal cluster roots", sameRoots(nodes, "cluster", 90));
    // Nothing private arrived anywhere: each holds its own one and the shared 150.
    for (const { replica } of nodes) expect(replica.size).toBe(151);
  });

  test("a fresh entry is pushed: comparing is an hour away and it still arrives everywhere", async () => {
    const nodes = startThree({ intervalMs: 3_600_000 });
    await eventually("all cards everywhere", knowEachOther(nodes));
    await eventually("first comparisons over", () => nodes.every(({ gossip }) => gossip.status().syncs >= 6));
    const [id] = nodes[0].replica.write(["news"], "cluster");
    await eventually(
      "pushed",
      () => nodes.every(({ replica }) => id !== undefined && replica.has(id)),
      5_000,
    );
  });

  test("a partition heals: what both sides wrote meanwhile is everywhere, at once and not an interval later", async () => {
    const nodes = startThree();
    await eventually("all cards everywhere", knowEachOther(nodes));
    nodes[2].cut = true;
    await eventually("cut off", () => nodes[0].gossip.peers().some(({ state }) => state !== "live"));
    nodes[0].replica.write(
      Array.from({ length: 500 }, (_, n) => `left ${n}`),
      "public",
    );
    nodes[2].replica.write(
      Array.from({ length: 400 }, (_, n) => `right ${n}`),
      "public",
    );
    nodes[2].cut = false;
    await eventually("healed", sameRoots(nodes, "public", 900), 40_000);
  });

  test("a fresh spore copies a large memory from the log", async () => {
    const old = start({ intervalMs: 200 });
    old.replica.write(
      Array.from({ length: 5_000 }, (_, n) => `memory ${n}`),
      "public",
    );
    const young = start({ intervalMs: 200, seeds: [old.url] });
    await eventually("copied", sameRoots([old, young], "public", 5_000), 30_000);
    expect(young.gossip.status().entriesRejected).toBe(0);
    const kinds = old.requests.map((request) => new URL(request.url).pathname);
    expect(kinds).toContain("/gossip/log");
  });

  test("a spore that nobody can call takes part in full", async () => {
    const hub = start();
    const laptop = start({ callable: false, seeds: [hub.url] });
    await eventually("known", () => hub.gossip.peers().length === 1 && laptop.gossip.peers().length === 1);
    hub.replica.write(["from the hub"], "public");
    laptop.replica.write(["from the laptop"], "public");
    await eventually("both have both", sameRoots([hub, laptop], "public", 2));
  });

  // Alike entries pack so well that a reply that was long is short: by one way or another of sending it.
  test.each([3, 4, 30, 100])("%d alike entries reach a spore that nobody can call", async (count) => {
    const hub = start();
    const laptop = start({ callable: false, seeds: [hub.url] });
    await eventually("known", () => hub.gossip.peers().length === 1 && laptop.gossip.peers().length === 1);
    hub.replica.write(
      Array.from({ length: count }, (_, at) => `the same words again, number ${at}`),
      "public",
    );
    await eventually("all there", sameRoots([hub, laptop], "public", count));
  });
});

describe("scopes", () => {
  test("cluster entries never reach another operator's spore, public ones do", async () => {
    const mine = createKeyPair();
    const one = start({ operator: mine });
    const two = start({ operator: mine, seeds: [one.url] });
    const stranger = start({ seeds: [one.url, two.url] });
    const all = [one, two, stranger];
    await eventually("all cards everywhere", knowEachOther(all));
    one.replica.write(["for us"], "cluster");
    stranger.replica.write(["theirs alone"], "cluster");
    one.replica.write(["for all"], "public");
    await eventually("public everywhere", sameRoots(all, "public", 1));
    await eventually("cluster at ours", sameRoots([one, two], "cluster", 1));
    expect(stranger.replica.index("cluster").count).toBe(1);
    await Bun.sleep(700);
    for (const node of [one, two]) expect(node.replica.index("cluster").count).toBe(1);
    const toStranger = await Promise.all(stranger.requests.map(bodyText));
    expect(toStranger.some((body) => body.includes("for all"))).toBe(true);
    expect(toStranger.some((body) => body.includes("for us"))).toBe(false);
  });

  test("no credential travels: the only header of ours is the signature", async () => {
    const one = start();
    const two = start({ seeds: [one.url] });
    await eventually("known", knowEachOther([one, two]));
    two.replica.write(["hello"], "public");
    await eventually("arrived", sameRoots([one, two], "public", 1));
    const names = new Set(one.requests.flatMap(({ headers }) => [...headers.keys()]));
    expect([...names].filter((name) => /authorization|cookie|token|secret/.test(name))).toEqual([]);
    expect(names.has("synapse")).toBe(true);
  });
});

/** What the requests to a node have said of how they are signed, in order. */
const formsOf = (node: TestNode) =>
  node.requests.map((request) => {
    const kind = new URL(request.url).pathname.replace("/gossip/", "");
    const form = request.headers.get("synapse")?.includes(".") ? "whole" : "brief";
    return { kind, form, type: request.headers.get("content-type") };
  });

describe("versions of gossip", () => {
  const [first = "", second = ""] = SPEAKS.gossip;

  test("greetings are signed with the whole key, what follows is signed briefly and names no type", async () => {
    const one = start();
    const two = start({ seeds: [one.url] });
    two.replica.write(["hello"], "public");
    await eventually("arrived", sameRoots([one, two], "public", 1));
    const forms = formsOf(one);
    expect(forms.length).toBeGreaterThan(1);
    for (const { kind, form, type } of forms) {
      expect([kind, form, type]).toEqual(
        kind === "hello" ? [kind, "whole", "application/cbor"] : [kind, "brief", null],
      );
    }
  });

  test("a spore of the first version is spoken with as ever, and nothing is lost", async () => {
    const old = start({ gossip: [first] });
    const young = start({ gossip: [first, second], seeds: [old.url] });
    old.replica.write(
      Array.from({ length: 200 }, (_, n) => `old ${n}`),
      "public",
    );
    young.replica.write(
      Array.from({ length: 200 }, (_, n) => `young ${n}`),
      "public",
    );
    await eventually("both have both", sameRoots([old, young], "public", 400));
    for (const node of [old, young]) {
      const forms = formsOf(node);
      expect(forms.some(({ kind }) => kind !== "hello")).toBe(true);
      expect(forms.filter(({ form, type }) => form !== "whole" || type !== "application/cbor")).toEqual([]);
      expect(node.requests.some(({ headers }) => headers.get("content-encoding") === "zstd")).toBe(false);
    }
  });

  test("a spore that has forgotten the caller is greeted, and the call repeated with the whole key", async () => {
    const key = createKeyPair();
    const operator = createKeyPair();
    const place = { name: "forgetful", port: port++, key, operator };
    const before = startNode(place);
    const caller = start({ seeds: [before.url] });
    await eventually("known", knowEachOther([before, caller]));
    await eventually("called briefly", () => formsOf(before).some(({ form }) => form === "brief"));
    await before.stop();
    // Nobody seeds the new one, so it hears of the caller from the caller alone.
    const after = startNode(place);
    running.push(after);
    caller.replica.write(["after the restart"], "public");
    await eventually("arrived", sameRoots([after, caller], "public", 1));
    const forms = formsOf(after).map(({ kind, form }) => (kind === "hello" ? kind : form));
    expect(forms[0]).toBe("brief");
    expect(forms.slice(0, 1 + forms.indexOf("whole"))).toContain("hello");
    expect(forms).toContain("whole");
  });

  test("an idle round of two spores is at most 500 bytes on the wire, headers included", async () => {
    const relay = await startCountingRelay();
    relays.push(relay);
    const one = start({ intervalMs: 100, calledAt: relay.url });
    relay.target = Number(new URL(one.url).port);
    const two = start({ intervalMs: 100, seeds: [relay.url] });
    two.replica.write(["hello"], "public");
    await eventually("equal", sameRoots([one, two], "public", 1));
    await eventually("idle rounds", () => relay.idleRounds().length >= 3);
    const bytes = relay.idleRounds().map(({ request, reply }) => request.length + reply.length);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(500);
  });
});

describe("bad input", () => {
  const NONE = new Uint8Array(0);
  const sameKey = { v: 1, in: 0, root: new Uint8Array(32), n: 0 };

  async function victim() {
    const node = start();
    const client = new GossipClient();
    expect((await client.hello(node)).status).toBe(200);
    return { node, client };
  }

  /** The node still answers an honest peer, signed and correct. */
  async function expectAlive(node: TestNode) {
    const client = new GossipClient();
    expect((await client.hello(node)).status).toBe(200);
    const reply = await client.send(node, "compare", sameKey);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("synapse")).toMatch(/^[A-Za-z0-9_-]{86}$/);
  }

  test("each kind of wrong request gets its status, and nothing is stored", async () => {
    const { node, client } = await victim();
    const status = async (reply: Promise<Response>) => (await reply).status;
    const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
    const text = { method: "POST", headers: { "content-type": "text/plain" }, body: "x" };
    expect(await status(fetch(`${node.url}/gossip/compare`, text))).toBe(415);
    const cbor = { "content-type": "application/cbor" };
    expect(
      await status(fetch(`${node.url}/gossip/compare`, { method: "POST", headers: cbor, body: "x" })),
    ).toBe(401);
    expect(await status(client.send(node, "gossip", {}))).toBe(404);
    expect(await status(client.send(node, "compare", {}, { method: "GET" }))).toBe(405);
    expect(await status(client.send(node, "compare", { v: 2, in: 0, root: new Uint8Array(32), n: 0 }))).toBe(
      400,
    );
    expect(await status(client.send(node, "compare", { ...sameKey, extra: 1 }))).toBe(400);
    expect(await status(client.send(node, "compare", { ...sameKey, n: "1" }))).toBe(400);
    expect(await status(client.send(node, "sketch", { v: 1, in: 0, from: 16_384, to: 16_384 }))).toBe(400);
    expect(await status(client.sendBytes(node, "compare", NONE))).toBe(400);
    expect(await status(client.sendBytes(node, "compare", bytes("ff")))).toBe(400);
    // Ten thousand nested arrays, an array that claims 4 billion items, an endless string.
    expect(await status(client.sendBytes(node, "compare", bytes("81".repeat(10_000))))).toBe(400);
    expect(await status(client.sendBytes(node, "compare", bytes("9affffffff")))).toBe(400);
    expect(await status(client.sendBytes(node, "compare", bytes("7f6161")))).toBe(400);
    expect(await status(client.sendBytes(node, "compare", new Uint8Array(600_000)))).toBe(413);
    const gzip = { "content-encoding": "gzip" };
    const bomb = new Uint8Array(Bun.gzipSync(new Uint8Array(50_000_000)));
    expect(await status(client.sendBytes(node, "put", bomb, { headers: gzip }))).toBe(413);
    expect(await status(client.sendBytes(node, "put", bytes("1f8b00"), { headers: gzip }))).toBe(400);
    expect(await status(client.send(node, "compare", { ...sameKey, in: 1 }))).toBe(403);
    expect(node.replica.size).toBe(0);
    await expectAlive(node);
  });

  test("a request counts once, for one spore, from one key, in its time", async () => {
    const { node, client } = await victim();
    const stranger = new GossipClient();
    const status = async (reply: Promise<Response>) => (await reply).status;
    const nonce = "AAAAAAAAAAAAAAAA";
    expect(await status(client.send(node, "compare", sameKey, { nonce }))).toBe(200);
    expect(await status(client.send(node, "compare", sameKey, { nonce }))).toBe(401);
    expect(await status(client.send(node, "compare", sameKey, { audience: stranger.key.publicKey }))).toBe(
      401,
    );
    expect(await status(client.send(node, "compare", sameKey, { expiresAt: Date.now() - 1 }))).toBe(401);
    expect(await status(client.send(node, "compare", sameKey, { expiresAt: Date.now() + 3_600_000 }))).toBe(
      401,
    );
    expect(await status(stranger.send(node, "compare", sameKey))).toBe(401);
    await expectAlive(node);
  });

  test("the same of requests that are signed briefly, and a greeting is none of them", async () => {
    const { node, client } = await victim();
    const stranger = new GossipClient();
    const form = "brief";
    const status = async (reply: Promise<Response>) => (await reply).status;
    const nonce = "AAAAAAAAAAAAAAAA";
    // On a whole second, so that both forms sign the same.
    const expiresAt = (Math.ceil(Date.now() / 1_000) + 30) * 1_000;
    const reply = await client.send(node, "compare", sameKey, { form, nonce, expiresAt });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe(null);
    expect(await status(client.send(node, "compare", sameKey, { form, nonce, expiresAt }))).toBe(401);
    expect(await status(client.send(node, "compare", sameKey, { nonce, expiresAt }))).toBe(401);
    const elsewhere = { form, audience: stranger.key.publicKey } as const;
    expect(await status(client.send(node, "compare", sameKey, elsewhere))).toBe(401);
    expect(await status(client.send(node, "compare", sameKey, { form, expiresAt: Date.now() - 2_000 }))).toBe(
      401,
    );
    expect(
      await status(client.send(node, "compare", sameKey, { form, expiresAt: Date.now() + 3_600_000 })),
    ).toBe(401);
    const unknown = await stranger.send(node, "compare", sameKey, { form });
    expect(unknown.status).toBe(401);
    expect(await unknown.json()).toMatchObject({ error: { code: "unknown_caller" } });
    const wrongType = { form, headers: { "content-type": "text/plain" } } as const;
    expect(await status(client.send(node, "compare", sameKey, wrongType))).toBe(415);
    const greeting = { v: 1, url: node.url, card: client.card() };
    expect(await status(client.send(node, "hello", greeting, { form, audience: node.url }))).toBe(401);
    await expectAlive(node);
  });

  test("forged cards and greetings at another's URL are refused", async () => {
    const node = start();
    const client = new GossipClient();
    const [text, signature] = client.card();
    const status = async (reply: Promise<Response>) => (await reply).status;
    const other = new GossipClient();
    expect(await status(client.hello(node, [text.replace("none", "gpt"), signature]))).toBe(400);
    expect(await status(client.hello(node, other.card()))).toBe(401);
    expect(await status(client.hello(node, client.card({ expires_at: 1 })))).toBe(400);
    expect(await status(client.hello(node, client.card({ issued_at: Date.now() + 3_600_000 })))).toBe(400);
    expect(
      await status(client.hello(node, client.card({ replica: `${other.key.publicKey}.0011223344556677` }))),
    ).toBe(400);
    const elsewhere = "https://elsewhere.example";
    const relayed = { v: 1, url: elsewhere, card: client.card() };
    expect(await status(client.send(node, "hello", relayed, { audience: elsewhere }))).toBe(403);
    expect(node.gossip.peers()).toEqual([]);
    await expectAlive(node);
  });

  test("forged entries are not stored, and whoever insists is not listened to any more", async () => {
    const { node, client } = await victim();
    const author = start();
    author.replica.write(["true"], "public");
    const [wire] = (await author.replica.log("public", 0, 1)).entries;
    const certs = await author.replica.certificates([author.key.publicKey]);
    const put = (text: string, signature: string) =>
      client.send(node, "put", { v: 1, in: 0, items: [[text, signature]], certs, rumour: true });
    const { text = "", signature = "" } = wire ?? {};
    for (const forged of [text.replace("true", "false"), `${text} `, "not json"]) {
      expect((await put(forged, signature)).status).toBe(200);
    }
    expect(node.replica.size).toBe(0);
    expect((await put(text, signature)).status).toBe(403);
    await expectAlive(node);
  });
});
