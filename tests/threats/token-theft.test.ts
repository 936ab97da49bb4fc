/**
 * Token theft: a peer sees every header and body that a spore sends it. A real spore with an operator token and keys of
 * model providers in its environment talks with a peer that writes all of it down: nothing of that is in it.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { bodyText, eventually, startNode } from "../support/gossip-nodes.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const SECRETS = {
  SPORE_TOKEN: "operator-token-that-nobody-else-may-see",
  LLM_API_KEY: "llm-key-that-nobody-else-may-see",
  GROQ_API_KEY: "gsk_groq0key0that0nobody0else0may0see00",
  OPENROUTER_API_KEY: "sk-or-v1-key-that-nobody-else-may-see",
  HF_TOKEN: "hf_tokenThatNobodyElseMaySee",
};
/** What a request between spores carries: HTTP's own, and our signature. */
const HEADERS = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "synapse",
  "user-agent",
]);

test("no request to a peer carries a credential, in any header or body", async () => {
  const spy = startNode({ name: "spy", port: await freePort(), intervalMs: 200 });
  const spore = await startTestSpore({
    env: { ...SECRETS, SPORE_PEERS: spy.url, SPORE_GOSSIP_INTERVAL_MS: "200" },
  });
  const auth = { authorization: `Bearer ${SECRETS.SPORE_TOKEN}` };
  // Everything that makes a spore call its peers: greeting, comparing, fetching, pushing, announcing.
  spy.replica.write(
    Array.from({ length: 200 }, (_, n) => `from the spy ${n}`),
    "public",
  );
  for (let n = 0; n < 5; n++) {
    const memory = { content: `public memory ${n} of a spore with secrets`, label: "public" };
    expect((await spore.post("/api/memory", memory, auth)).status).toBe(201);
    expect((await spore.post("/api/memory", { content: `cluster ${n}` }, auth)).status).toBe(201);
    spy.replica.write([`news ${n}`], "public");
    await Bun.sleep(150);
  }
  await eventually("the spy to have what was public", () => spy.replica.index("public").count >= 210, 60_000);
  const kinds = new Set(spy.requests.map(({ url }) => new URL(url).pathname.split("/").pop()));
  for (const kind of ["hello", "compare", "put"]) expect(kinds).toContain(kind);
  for (const request of spy.requests) {
    const names = [...request.headers.keys()];
    expect(names.filter((name) => !HEADERS.has(name))).toEqual([]);
    expect(new URL(request.url).search).toBe("");
    const sent = [...request.headers.values(), await bodyText(request)].join("\n");
    for (const secret of Object.values(SECRETS)) expect(sent.includes(secret)).toBe(false);
    expect(sent.includes("cluster 0")).toBe(false);
  }
  await spy.stop();
});
