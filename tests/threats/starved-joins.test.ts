/**
 * A stranger who asks to join without end uses up a share of its own: others still join, and who holds a challenge can
 * answer it whatever else is asked.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { JoinRequest } from "@synapse/shared/contract/federation.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { joinMessage } from "@synapse/spore/federation/join-proof.ts";
import { createJoinServer } from "@synapse/spore/federation/join-server.ts";
import { createCardReader } from "@synapse/spore/gossip/card-reader.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { Joiner } from "../support/joiner.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const RUBBISH: JoinRequest = { card: { text: "{}", signature: "A".repeat(86) } };
/** More than any bucket holds; a flood that is never refused fails the test instead of hanging it. */
const FLOOD_MAX = 20_000;

function startServer() {
  const self = createKeyPair().publicKey;
  let now = 1_800_000_000_000;
  const server = createJoinServer({
    self,
    ownCard: () =>
      ({ text: "{}", signature: "" }) as ReturnType<Parameters<typeof createJoinServer>[0]["ownCard"]>,
    readCard: createCardReader(verifySignature),
    admitCard: () => undefined,
    refusalOf: () => null,
    mayBeCalled: () => false,
    proveUrl: async () => {
      throw new Error("nobody is called here");
    },
    redeem: async () => {
      throw new Error("nobody is invited here");
    },
    tierOf: () => "stranger",
    nodes: () => 1,
    onRefusal: () => undefined,
    now: () => now,
  });
  const ask = async (request: JoinRequest, from: string) => {
    const answer = await server.answer(request, from);
    return answer.ok ? answer.value.status : answer.error.code;
  };
  /** @returns how many requests were read before the first was turned away */
  const flood = async (fromOf: (index: number) => string): Promise<number> => {
    for (let index = 0; index < FLOOD_MAX; index++)
      if ((await ask(RUBBISH, fromOf(index))) === "too_many_requests") return index;
    return Number.POSITIVE_INFINITY;
  };
  return { self, server, ask, flood, pass: (ms: number) => (now += ms) };
}

describe("the answering end of a join", () => {
  test("one address is turned away, the next one is heard, and its turn comes again", async () => {
    const { ask, flood, pass } = startServer();
    expect(await flood(() => "198.51.100.66")).toBe(200);
    const { card } = new Joiner();
    expect(await ask({ card }, "198.51.100.66")).toBe("too_many_requests");
    expect(await ask({ card }, "198.51.100.7")).toBe("challenge");
    pass(1_000);
    expect(await ask({ card }, "198.51.100.66")).toBe("challenge");
  });

  test("from all addresses of the world together it is bounded, and a challenge can still be answered", async () => {
    const { self, server, ask, flood } = startServer();
    const joiner = new Joiner();
    const challenge = await server.answer({ card: joiner.card }, "198.51.100.7");
    if (!challenge.ok || challenge.value.status !== "challenge") throw new Error("no challenge");
    expect(await flood((index) => `host ${index}`)).toBeLessThanOrEqual(2_000);
    expect(await ask({ card: new Joiner().card }, "198.51.100.8")).toBe("too_many_requests");
    const { nonce } = challenge.value;
    const message = joinMessage({
      audience: self as PublicKey,
      card: sha256Hex(joiner.card.text),
      invite: undefined,
      nonce,
    });
    const proof = { nonce, signature: joiner.key.sign(message) };
    expect(await ask({ card: joiner.card, proof }, "198.51.100.7")).toBe("joined");
    // The nonce was good once: it opens no way around the limit.
    expect(await ask({ card: joiner.card, proof }, "198.51.100.7")).toBe("too_many_requests");
  });

  test("a challenge that is not answered honestly is used up as well, and an expired one is none", async () => {
    const { server, ask, flood, pass } = startServer();
    const nonces: string[] = [];
    for (const address of ["198.51.100.7", "198.51.100.8"]) {
      const challenge = await server.answer({ card: new Joiner().card }, address);
      if (!challenge.ok || challenge.value.status !== "challenge") throw new Error("no challenge");
      nonces.push(challenge.value.nonce);
    }
    await flood((index) => `host ${index}`);
    const [first, second] = nonces.map((nonce) => ({
      ...RUBBISH,
      proof: { nonce, signature: "A".repeat(86) },
    }));
    expect(await ask(first as JoinRequest, "192.0.2.1")).toBe("invalid_card");
    expect(await ask(first as JoinRequest, "192.0.2.2")).toBe("too_many_requests");
    pass(10 * 60_000);
    await flood((index) => `another host ${index}`);
    expect(await ask(second as JoinRequest, "192.0.2.3")).toBe("too_many_requests");
  });
});

test("a spore behind a proxy tells callers apart by the address that the proxy wrote", async () => {
  const spore = await startTestSpore();
  const ask = (from: string) =>
    spore.post("/federation/join", RUBBISH, { "x-forwarded-for": `192.0.2.1, ${from}` });
  let refused = 0;
  for (let index = 0; index < FLOOD_MAX && refused === 0; index++)
    if ((await ask("198.51.100.66")).status === 429) refused++;
  expect(refused).toBe(1);
  expect((await ask("198.51.100.7")).status).toBe(422);
});
