/**
 * A stranger who greets without end: each greeting costs this spore two signature checks, so one address has a share of
 * them, all addresses together have one, and what is forged costs its sender as much as what is genuine.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { isSameOrigin } from "@synapse/spore/gossip/handler.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";
import { loneHandler } from "./support/lone-handler.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const URL_OF_SELF = "http://127.0.0.1:7860";
/** Greetings that one address may send at once, and a second; and all addresses together. */
const SHARE = 200;
const ALL = 2_000;
/** More than any bucket holds; a flood that is never refused fails the test instead of hanging it. */
const FLOOD_MAX = 20_000;

function startHandler() {
  const admitted: string[] = [];
  const { handle, pass } = loneHandler({
    isOwnUrl: (origin) => isSameOrigin(origin, URL_OF_SELF),
    admitCard: (item) => admitted.push(item.text),
  });
  const header = new GossipClient().greeting(URL_OF_SELF).headers;
  const forged = () =>
    new Request(`${URL_OF_SELF}/gossip/hello`, { method: "POST", headers: header, body: "no greeting" });
  const genuine = () => {
    const { body, headers } = new GossipClient().greeting(URL_OF_SELF);
    return new Request(`${URL_OF_SELF}/gossip/hello`, { method: "POST", headers, body });
  };
  /** @returns how many forged greetings were read before the first was turned away */
  const flood = async (fromOf: (index: number) => string): Promise<number> => {
    for (let index = 0; index < FLOOD_MAX; index++)
      if ((await handle(forged(), fromOf(index))).status === 429) return index;
    return Number.POSITIVE_INFINITY;
  };
  return { handle, genuine, flood, admitted, pass };
}

describe("greetings", () => {
  test("from one address are turned away beyond its share and told when to come again; the next address is heard", async () => {
    const { handle, genuine, flood, admitted, pass } = startHandler();
    expect(await flood(() => "198.51.100.66")).toBe(SHARE);
    const refused = await handle(genuine(), "198.51.100.66");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(admitted).toEqual([]);
    expect((await handle(genuine(), "198.51.100.7")).status).toBe(200);
    expect(admitted).toHaveLength(1);
    pass(1_000);
    expect((await handle(genuine(), "198.51.100.66")).status).toBe(200);
  });

  test("from all the addresses of the world together are bounded, too, and the turn comes again", async () => {
    const { handle, genuine, flood, pass } = startHandler();
    expect(await flood((index) => `host ${index}`)).toBe(ALL);
    expect((await handle(genuine(), "198.51.100.8")).status).toBe(429);
    pass(1_000);
    expect((await handle(genuine(), "198.51.100.8")).status).toBe(200);
  });
});

test("a spore counts a greeting for the address that its proxy wrote, and serves the others meanwhile", async () => {
  const spore = await startTestSpore();
  const { headers } = new GossipClient().greeting(spore.url);
  const greet = (from: string) =>
    spore.fetch("/gossip/hello", {
      method: "POST",
      headers: { ...headers, "x-forwarded-for": `192.0.2.1, ${from}` },
      body: "no greeting",
    });
  let status = 0;
  for (let sent = 0; sent < FLOOD_MAX && status !== 429; sent++)
    status = (await greet("198.51.100.66")).status;
  expect(status).toBe(429);
  expect((await greet("198.51.100.7")).status).toBe(400);
  const { body, headers: own } = new GossipClient().greeting(spore.url);
  const heard = await spore.fetch("/gossip/hello", {
    method: "POST",
    headers: { ...own, "x-forwarded-for": "198.51.100.8" },
    body,
  });
  expect(heard.status).toBe(200);
});
