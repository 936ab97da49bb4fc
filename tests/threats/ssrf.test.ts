/**
 * Server-side request forgery through peers' URLs: a spore that is told to greet an address inside its own machine or
 * network does not connect. A real listener counts; names that answer differently each time are asked, too.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { createGossip, type Gossip } from "@synapse/spore/gossip/gossip.ts";
import type { PeerUrlPolicy, Resolve } from "@synapse/spore/gossip/peer-url.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { FORBIDDEN_HOSTS } from "@synapse/spore/testing/forbidden-hosts.ts";
import type { Server } from "bun";
import { cardDraft } from "../support/card-draft.ts";
import { MemoryReplica } from "../support/memory-replica.ts";

setDefaultTimeout(60_000);

/** The shared spellings of forbidden places, and those that hide them behind names, a login or a path. */
const FORBIDDEN = [
  ...FORBIDDEN_HOSTS,
  "127.0.1",
  "0x7F.0.0.0x1",
  "0177.1",
  "00000177.0.0.1",
  "127.0.0.1.",
  "0x0",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "user@127.0.0.1",
  "example.org@127.0.0.1",
  "127.0.0.1#",
  "127.0.0.1?",
  "127.0.0.1/x",
];

const STRICT: PeerUrlPolicy = { allowLoopback: false, networks: [] };

function spore(resolve: Resolve): Gossip {
  const [key, operator] = [createKeyPair(), createKeyPair()];
  const certificate = issueCertificate(operator, { spore: key, name: "victim", issuedAt: 1 });
  return createGossip({
    replica: new MemoryReplica({ key, certificate, now: Date.now }),
    signer: key,
    verify: verifySignature,
    ownCard: () => cardDraft(key.publicKey, "https://victim.example"),
    seeds: [],
    intervalMs: 60_000,
    peerUrls: STRICT,
    resolve,
    log: () => undefined,
  });
}

/** What a hostile name server would say, and what the machine's own would. */
const toLoopback: Resolve = async () => ["127.0.0.1", "::1"];

let listener: Server<undefined>;
let connections = 0;
beforeAll(() => {
  listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      connections++;
      return new Response("secret");
    },
  });
});
afterAll(() => listener.stop(true));

describe("a peer's URL", () => {
  test(`${FORBIDDEN.length} spellings of places that must not be called: no connection is made`, async () => {
    expect(FORBIDDEN.length).toBeGreaterThanOrEqual(60);
    const gossip = spore(toLoopback);
    const fetched = spyOn(globalThis, "fetch");
    try {
      for (const host of FORBIDDEN) {
        for (const scheme of ["http", "https"]) {
          const result = await gossip.proveUrl(`${scheme}://${host}:${listener.port}`);
          expect(result, host).toMatchObject({ ok: false });
        }
      }
      expect(fetched).not.toHaveBeenCalled();
    } finally {
      fetched.mockRestore();
    }
    expect(connections).toBe(0);
    // The listener does count: without the guard it is reached.
    await fetch(`http://127.0.0.1:${listener.port}`);
    expect(connections).toBe(1);
  });

  test("a name that changes its mind is connected to at the address that was judged, or not at all", async () => {
    let asked = 0;
    const rebinding: Resolve = async () => (asked++ % 2 === 0 ? ["93.184.216.34"] : ["169.254.169.254"]);
    const gossip = spore(rebinding);
    const targets: string[] = [];
    const fetched = spyOn(globalThis, "fetch").mockImplementation((async (input: string) => {
      targets.push(new URL(input).host);
      return new Response(null, { status: 500 });
    }) as unknown as typeof fetch);
    try {
      for (let i = 0; i < 10; i++) await gossip.proveUrl("https://rebind.example:8443");
    } finally {
      fetched.mockRestore();
    }
    expect(asked).toBe(10);
    expect(targets).toEqual(Array(5).fill("93.184.216.34:8443"));
  });

  test("a redirect is an answer, not a way", async () => {
    const gossip = spore(async () => ["93.184.216.34"]);
    const options: RequestInit[] = [];
    const fetched = spyOn(globalThis, "fetch").mockImplementation((async (_: string, init: RequestInit) => {
      options.push(init);
      return new Response(null, { status: 302, headers: { location: `http://127.0.0.1:${listener.port}` } });
    }) as unknown as typeof fetch);
    const before = connections;
    try {
      expect((await gossip.proveUrl("https://peer.example")).ok).toBe(false);
    } finally {
      fetched.mockRestore();
    }
    expect(options.map(({ redirect }) => redirect)).toEqual(["manual"]);
    expect(connections).toBe(before);
  });
});
