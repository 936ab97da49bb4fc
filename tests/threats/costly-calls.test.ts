/**
 * Calls that cost more than they weigh: cards without end in one `put`, keys without end in one `announce`. What a call
 * makes this spore compute is charged to its caller, signatures of many cards are checked on other threads, and whoever
 * has gone leaves nothing behind.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok } from "@synapse/shared/result.ts";
import { createCardReader } from "@synapse/spore/gossip/card-reader.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { FAR_AWAY, loneNode, showCard } from "../support/lone-node.ts";
import { loneHandler } from "./support/lone-handler.ts";

setDefaultTimeout(60_000);

const ORIGIN = "http://127.0.0.1:7860";
/** What one costly `put` takes of the thread, ms. */
const COST_MS = 250;
/** Milliseconds of CPU for a stranger's unasked calls at once, and a second. */
const [BURST, PER_SECOND] = [2_000, 50];
const PUT = { v: 1, in: 2, items: [], certs: [], rumour: false };

/** A handler whose every answer costs COST_MS, on a clock and a meter of the test's own. */
function costlyHandler(callers: readonly GossipClient[], operator: PublicKey) {
  let cpu = 0;
  const certificates = new Map(callers.map((one) => [one.key.publicKey, one.certificate]));
  const { handle, key, pass } = loneHandler({
    operator,
    certificateOf: (key) => certificates.get(key) ?? null,
    async answer() {
      cpu += COST_MS;
      return ok({ stored: 0, known: 0, rejected: 0, missing: [] } as never);
    },
    cpuMs: () => cpu,
  });
  const put = async (by: GossipClient) => (await handle(by.call(key, ORIGIN, "put", PUT))).status;
  return { put, pass };
}

test("a stranger's costly calls are its own to pay for: others are answered, and it waits", async () => {
  const [greedy, modest, own] = [new GossipClient(), new GossipClient(), new GossipClient()];
  const { put, pass } = costlyHandler([greedy, modest, own], own.operator.publicKey);
  let answered = 0;
  while (answered < 100 && (await put(greedy)) === 200) answered++;
  expect(answered).toBe(BURST / COST_MS);
  expect(await put(modest)).toBe(200);
  for (let i = 0; i < 20; i++) expect(await put(own)).toBe(200);
  pass(1_000);
  // One call puts it into debt for five seconds, and no more than that.
  expect(await put(greedy)).toBe(200);
  expect(await put(greedy)).toBe(429);
  pass((COST_MS / PER_SECOND) * 1_000);
  expect(await put(greedy)).toBe(200);
});

describe("many cards at once", () => {
  test("are checked ahead, with the same verdict as one by one and without a check on this thread", async () => {
    const items = Array.from({ length: 64 }, () => {
      const [text, signature] = new GossipClient().card();
      return { text, signature };
    });
    const [first, second] = items as [(typeof items)[0], (typeof items)[0]];
    const forged = { text: first.text, signature: second.signature };
    const stolen = { ...second, text: second.text.replace('"name":"client"', '"name":"thief"') };
    const all = [...items, forged, stolen];
    let checksHere = 0;
    const read = createCardReader((...facts) => {
      checksHere++;
      return verifySignature(...facts);
    });
    await read.verifyAhead(all);
    const verdicts = all.map((item) => read(item));
    expect(checksHere).toBe(0);
    expect(verdicts).toEqual(all.map((item) => createCardReader(verifySignature)(item)));
    expect(verdicts.filter((one) => one.ok)).toHaveLength(items.length);
  });
});

describe("peers that have gone", () => {
  function waitingNode() {
    const blocked = new Set<PublicKey>();
    const node = loneNode({
      network: {
        // Whoever is asked has something else each time, and gives none of it.
        async call(_peer, _url, kind) {
          if (kind === "compare")
            return ok({
              is: "diff",
              items: [],
              have: new Uint8Array(0),
              want: new Uint8Array(0),
              root: new Uint8Array(32),
              n: 1,
            } as never);
          return err(FAR_AWAY);
        },
      },
      refusalOf: (card) =>
        blocked.has(card.certificate.spore) ? { code: "blocked", message: "blocked" } : null,
    });
    return { node, blocked };
  }

  test("leave neither news nor places in logs behind", async () => {
    const { node, blocked } = waitingNode();
    const clients = Array.from({ length: 50 }, () => new GossipClient());
    for (const [i, client] of clients.entries()) {
      showCard(node, client, { url: i % 2 === 0 ? null : `https://peer-${i}.example` });
      const peer = client.key.publicKey;
      if (i % 2 === 0) await node.exchanges.announce(peer, "public", ["ab".repeat(32) as never]);
      else await node.exchanges.sync(peer, "public", false);
      await node.answer(client.certificate, "log", { v: 1, in: 0, after: 0, limit: 10 });
    }
    expect(node.exchanges.remembered).toBeGreaterThan(0);
    expect(node.responder.remembered).toBeGreaterThanOrEqual(clients.length);
    for (const client of clients) blocked.add(client.key.publicKey);
    node.dropRefused();
    expect(node.exchanges.remembered).toBe(0);
    expect(node.responder.remembered).toBe(0);
    // What was under way when they went does not bring them back.
    for (const [i, client] of clients.entries()) {
      if (i % 2 === 0)
        await node.exchanges.announce(client.key.publicKey, "public", ["cd".repeat(32) as never]);
      else await node.exchanges.sync(client.key.publicKey, "public", false);
    }
    expect(node.exchanges.remembered).toBe(0);
    expect(node.responder.remembered).toBe(0);
  });

  test("a full house asks one listener more for patience, and does not call it mistaken", async () => {
    const { node } = waitingNode();
    const listeners = Array.from({ length: 64 }, () => new GossipClient().certificate);
    const open = listeners.map((one) => node.answer(one, "listen", { v: 1 }));
    const late = await node.answer(new GossipClient().certificate, "listen", { v: 1 });
    expect(late).toMatchObject({ ok: false, error: { kind: "busy" } });
    node.stop();
    await Promise.all(open);
  });
});
