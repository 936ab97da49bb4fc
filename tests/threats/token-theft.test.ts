/**
 * Token theft: whatever a spore sends to others (greetings, comparisons, entries, joins, requests for lists) carries no
 * credential, in no header and no body. A spy stands between two spores and keeps everything that passes.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { federationStatusSchema } from "@synapse/shared/contract/federation-status.ts";
import { unpacked } from "../support/recording-proxy.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

/** What may be in a request to a stranger. */
const HEADERS = new Set([
  ...["host", "synapse", "content-type", "content-length", "content-encoding", "accept", "accept-encoding"],
  ...["connection", "user-agent"],
]);
const SECRETS = {
  SPORE_TOKEN: "operator-token-canary-41",
  OPENAI_API_KEY: "sk-provider-canary-42",
  GROQ_API_KEY: "gsk_provider-canary-43",
  HF_TOKEN: "hf_inference-canary-44",
  SPORE_DATABASE_TOKEN: "database-canary-45",
};

interface Seen {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Passes everything on to a spore, and answers for lists of its own. */
function startSpy(port: number, target: () => string, lists: Record<string, unknown>) {
  const seen: Seen[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = Buffer.from(await request.arrayBuffer());
      seen.push({ path: pathname, headers: request.headers, body });
      if (lists[pathname] !== undefined) return Response.json(lists[pathname]);
      const { method, headers } = request;
      const init = { method, headers, redirect: "manual" as const, decompress: false };
      return await fetch(target() + pathname + search, method === "GET" ? init : { ...init, body });
    },
  });
  return { seen, stop: () => server.stop(true) };
}

function plain({ headers, body }: Pick<Seen, "headers" | "body">): string {
  return unpacked(headers, body).toString("latin1");
}

test("what is looked for would be seen in every form in which spores pack a body", () => {
  const forms = { gzip: gzipSync, zstd: zstdCompressSync, identity: (text: string) => Buffer.from(text) };
  for (const [form, pack] of Object.entries(forms)) {
    const headers = new Headers({ "content-encoding": form });
    expect(plain({ headers, body: pack("a canary".repeat(100)) })).toContain("canary");
  }
  const unknown = new Headers({ "content-encoding": "br" });
  expect(() => plain({ headers: unknown, body: Buffer.from("?") })).toThrow();
});

test("no header and no body to a peer, a seed or a list holds a secret", async () => {
  const spyPort = await freePort();
  const spyUrl = `http://127.0.0.1:${spyPort}`;
  // The other spore is known by the spy's address: whoever calls it, calls the spy.
  const other = await startTestSpore({
    index: 1,
    env: { SPORE_PUBLIC_URL: spyUrl, SPORE_MEMBERSHIP: "open" },
  });
  const { operator } = await other.health();
  const seeds = { version: 1, network: "synapse", seeds: [{ url: spyUrl, operator }] };
  const spy = startSpy(spyPort, () => other.url, {
    "/bootstrap.json": seeds,
    "/list.json": { version: 1, keys: [], operators: [] },
  });
  try {
    const file = join(freshDir(), "seeds.json");
    writeFileSync(file, JSON.stringify(seeds));
    const { SPORE_DATABASE_TOKEN: _, ...secrets } = SECRETS;
    const home = await startTestSpore({
      env: { ...secrets, BOOTSTRAP_URL: `${spyUrl}/bootstrap.json,${file}` },
    });
    const authorization = `Bearer ${SECRETS.SPORE_TOKEN}`;
    const say = (path: string, method: string, body: unknown) =>
      home.fetch(path, {
        method,
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const status = async () => federationStatusSchema.parse(await home.json("/api/federation/status"));
    await waitFor("the join", async () => (await status()).bootstrap.seeds[0]?.state === "joined");
    expect((await say("/api/blocklist", "PUT", { subscriptions: [`${spyUrl}/list.json`] })).status).toBe(200);
    for (let i = 0; i < 40; i++)
      await say("/api/memory", "POST", { content: `public note ${i} ${"x".repeat(500)}`, label: "public" });
    await say("/api/memory", "POST", { content: "kept here: private-canary-46", label: "private" });
    await waitFor("the notes at the other", async () => (await other.health()).memories === 40);
    const wanted = ["/bootstrap.json", "/list.json", "/federation/join", "/gossip/hello", "/gossip/compare"];
    await waitFor("every kind of request", () =>
      [...wanted, "/gossip/put"].every((path) => spy.seen.some((one) => one.path === path)),
    );

    expect(spy.seen.length).toBeGreaterThan(10);
    const names = new Set(spy.seen.flatMap(({ headers }) => [...headers.keys()]));
    expect([...names].filter((name) => !HEADERS.has(name))).toEqual([]);
    for (const one of spy.seen) {
      const everything = `${one.path}\n${JSON.stringify([...one.headers])}\n${plain(one)}`;
      expect(everything).not.toContain("canary");
      expect(everything.toLowerCase()).not.toContain("bearer");
    }
    expect(spy.seen.some((one) => plain(one).includes("public note"))).toBe(true);
  } finally {
    await spy.stop();
  }
});
