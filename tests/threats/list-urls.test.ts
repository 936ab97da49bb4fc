/**
 * Server-side request forgery and open redirects through the URLs of seed lists, blocklists and joins: no spelling of a
 * forbidden address is called, no redirect is followed, and a name that answers differently the second time gains nothing.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { blocklistSchema, federationStatusSchema } from "@synapse/shared/contract/federation-status.ts";
import { createGuardedFetch } from "@synapse/spore/gossip/guarded-fetch.ts";
import { FORBIDDEN_HOSTS } from "@synapse/spore/testing/forbidden-hosts.ts";
import { cleanUp, startTestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const STRICT = { allowLoopback: false, networks: [] };
const request = { bytesMax: 1_000 };

/** A service that nobody outside this machine should reach. */
function startInside(answer: () => Response = () => new Response("inside")) {
  const paths: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(incoming) {
      paths.push(new URL(incoming.url).pathname);
      return answer();
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, paths, stop: () => server.stop(true) };
}

describe("the guarded fetch", () => {
  test.each(FORBIDDEN_HOSTS)("does not call %s", async (host) => {
    const fetchText = createGuardedFetch(STRICT, async () => {
      throw new Error("an address needs no resolver");
    });
    for (const scheme of ["https", "http"]) {
      const reply = await fetchText(`${scheme}://${host}/bootstrap.json`, request);
      expect(reply.ok).toBe(false);
    }
  });

  test("asks a resolver once, and never calls an address it did not judge", async () => {
    const inside = startInside();
    try {
      let asked = 0;
      const rebinding = async () => (asked++ === 0 ? ["127.0.0.1"] : ["93.184.216.34"]);
      const refused = createGuardedFetch(STRICT, rebinding);
      expect(await refused(`http://lists.example:${inside.port}/a`, request)).toMatchObject({
        ok: false,
        error: { kind: "not_admitted" },
      });
      expect(asked).toBe(1);
      // Judged public, then rebound to this machine: the call goes to the judged address, so nobody here hears of it.
      asked = 1;
      const late = createGuardedFetch(STRICT, async () =>
        asked++ === 1 ? ["192.0.2.1", "127.0.0.1"] : ["127.0.0.1"],
      );
      expect((await late(`https://lists.example:${inside.port}/b`, request)).ok).toBe(false);
      expect(asked).toBe(2);
      expect(inside.paths).toEqual([]);
    } finally {
      await inside.stop();
    }
  });

  test("follows no redirect, whatever its kind, and reads no more than it was told to", async () => {
    const inside = startInside();
    const open = { allowLoopback: true, networks: [] };
    const fetchText = createGuardedFetch(open, async () => []);
    for (const status of [301, 302, 303, 307, 308]) {
      const redirecting = startInside(
        () => new Response(null, { status, headers: { location: `${inside.url}/secret` } }),
      );
      for (const body of [undefined, "{}"]) {
        const reply = await fetchText(
          `${redirecting.url}/list.json`,
          body === undefined ? request : { ...request, body },
        );
        expect(reply).toMatchObject({ ok: false, error: { kind: "refused" } });
      }
      await redirecting.stop();
    }
    expect(inside.paths).toEqual([]);
    const flood = startInside(() => new Response("x".repeat(10_000)));
    expect(await fetchText(flood.url, request)).toMatchObject({ ok: false, error: { kind: "too_large" } });
    const bomb = startInside(
      () =>
        new Response(Bun.gzipSync(new Uint8Array(50_000_000)), { headers: { "content-encoding": "gzip" } }),
    );
    expect((await fetchText(bomb.url, { bytesMax: 100_000 })).ok).toBe(true);
    for (const one of [inside, flood, bomb]) await one.stop();
  });
});

describe("a spore told to read lists", () => {
  test("calls nothing inside, says why not, and goes on", async () => {
    const inside = startInside();
    const redirecting = startInside(
      () => new Response(null, { status: 302, headers: { location: `${inside.url}/secret` } }),
    );
    const spore = await startTestSpore({
      env: {
        // Not allowed to call this machine: the list is refused before a connection is made.
        SPORE_ALLOW_LOOPBACK_PEERS: "0",
        BOOTSTRAP_URL: `${inside.url}/bootstrap.json,https://169.254.169.254/latest,https://10.0.0.1/seeds.json`,
      },
    });
    const status = async () => federationStatusSchema.parse(await spore.json("/api/federation/status"));
    await waitFor("the sources to be refused", async () =>
      (await status()).bootstrap.sources.every(({ state }) => state === "failed"),
    );
    const subscriptions = [
      redirecting.url,
      inside.url,
      "https://[::ffff:169.254.169.254]/list.json",
      "ftp://a.example/l",
    ];
    expect((await spore.put("/api/blocklist", { subscriptions })).status).toBe(200);
    await waitFor("the lists to be refused", async () => {
      const { subscriptions: found = [] } = blocklistSchema.parse(await spore.json("/api/blocklist"));
      return found.length === 4 && found.every(({ state }) => state === "failed");
    });
    expect([...inside.paths, ...redirecting.paths]).toEqual([]);

    const trusting = await startTestSpore({
      index: 1,
      env: { BOOTSTRAP_URL: `${redirecting.url}/bootstrap.json` },
    });
    const told = async () =>
      federationStatusSchema.parse(await trusting.json("/api/federation/status")).bootstrap.sources[0];
    await waitFor("the redirect to be refused", async () => (await told())?.state === "failed");
    expect((await told())?.detail).toContain("redirect");
    expect(inside.paths).toEqual([]);
    expect((await spore.post("/api/memory", { content: "still at work" })).status).toBe(201);
    await inside.stop();
    await redirecting.stop();
  });
});
