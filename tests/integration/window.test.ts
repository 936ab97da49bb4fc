/** The window of recall where callers meet it: over HTTP and over MCP the same passages of the same tokens. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { searchSchema } from "@synapse/shared/contract/status.ts";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "operator-token-for-windows-0123456789";
const authority = { authorization: `Bearer ${TOKEN}` };
const QUESTION = "What is known of the tower of Anselm?";

let spore: TestSpore;
let client: Client;
let hidden: string | undefined;

beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
  const secret = { content: "The key of the tower of Anselm hangs in the mill.", label: "private" };
  const kept = await spore.post("/api/memory", secret, authority);
  hidden = ((await kept.json()) as { ids: string[] }).ids[0];
  const turns = [
    "The tower of Anselm has four clocks.",
    "Three of them go right.",
    "The tower has ninety steps.",
  ];
  const talk = turns.map((content, index) => ({ content, sequence: { document: "tower", index } }));
  const others = Array.from({ length: 60 }, (_, at) => ({
    content: `In year ${1700 + at} the tower of Anselm ${"abcdefghij".charAt(at % 10).repeat(4 + (at % 7))} got visitor ${at * 37}.`,
  }));
  expect((await spore.post("/api/memory", { memories: [...talk, ...others] }, authority)).status).toBe(201);
  client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${spore.url}/mcp`), { requestInit: { headers: authority } }),
  );
});
afterAll(async () => {
  await client.close();
  await cleanUp();
});

async function overHttp(budget: number, layer?: string) {
  const parameters = new URLSearchParams({
    q: QUESTION,
    budget: String(budget),
    ...(layer ? { layer } : {}),
  });
  const reply = await spore.fetch(`/api/memory/search?${parameters}`, { headers: authority });
  return searchSchema.parse(await reply.json());
}

async function overMcp(name: string, budget: number) {
  const args = { query: QUESTION, budget_tokens: budget };
  const { structuredContent } = await client.callTool({ name, arguments: args });
  return searchSchema.omit({ took_ms: true }).parse(structuredContent);
}

test.each([60, 400, 1_200])("a budget of %d tokens is kept and filled alike everywhere", async (budget) => {
  const http = await overHttp(budget);
  expect(http.tokens).toBeLessThanOrEqual(budget);
  expect(http.tokens ?? 0).toBeGreaterThan(budget / 2);
  for (const { id, members } of http.results) expect(members).toContain(id);
  const mcp = await overMcp("query_memory", budget);
  expect([mcp.tokens, mcp.results.map(({ members }) => members)]).toEqual([
    http.tokens,
    http.results.map(({ members }) => members),
  ]);
});

test.each([
  [
    "of 100 KB",
    `${"sundry words about nothing ".repeat(3_900).slice(0, 102_350)} clocks of the tower of Anselm`,
  ],
  ["of 100 KB in another script", `${"无关的话".repeat(25_000)} Anselm clocks`],
  ["of nothing but emoji", "🙈🙉🙊".repeat(1_000)],
  ["that looks like an injection", `Anselm'; DROP TABLE entries; -- " OR "1"="1" NEAR(clocks tower)`],
])("a question %s is answered over HTTP and MCP alike, by a stranger's request too", async (_, q) => {
  const post = (headers: Record<string, string>) => spore.post("/api/memory/search", { q, k: 5 }, headers);
  const reply = await post(authority);
  expect(reply.status).toBe(200);
  const http = searchSchema.parse(await reply.json()).results.map(({ id }) => id);
  const { structuredContent } = await client.callTool({
    name: "query_memory",
    arguments: { query: q, top_k: 5 },
  });
  const mcp = searchSchema.omit({ took_ms: true }).parse(structuredContent);
  expect(mcp.results.map(({ id }) => id)).toEqual(http);
  expect(http.length).toBe(q.includes("Anselm") ? 5 : 0);
  expect(searchSchema.parse(await (await post({ authorization: "" })).json()).results).toEqual([]);
});

test("the POST form takes what the GET form takes, and says what is wrong", async () => {
  const same = {
    q: QUESTION,
    budget: 400,
    kind: "memory",
    layer: "cluster",
    from: "2020-01-01",
    explain: true,
  };
  const posted = searchSchema.parse(await (await spore.post("/api/memory/search", same, authority)).json());
  const address = new URLSearchParams({ ...same, budget: "400", explain: "1" });
  const got = await spore.fetch(`/api/memory/search?${address}`, { headers: authority });
  expect(posted.results.map(({ id }) => id)).toEqual(
    searchSchema.parse(await got.json()).results.map(({ id }) => id),
  );
  expect(posted.results[0]?.explain).toBeDefined();
  for (const wrong of [{ q: 5 }, { q: "x", k: 0 }, { q: "x", limit: 3 }, { q: "x".repeat(131_073) }])
    expect((await spore.post("/api/memory/search", wrong, authority)).status).toBe(422);
});

test("MCP filters as the API does, a window too", async () => {
  const found = async (more: Record<string, unknown>) => {
    const args = { query: QUESTION, top_k: 100, ...more };
    const { isError, structuredContent } = await client.callTool({ name: "query_memory", arguments: args });
    return isError ? "refused" : searchSchema.omit({ took_ms: true }).parse(structuredContent).results.length;
  };
  const all = await found({});
  expect(all).toBeGreaterThan(60);
  expect(await found({ kind: "memory", author: "spore-0", from: "2020-01-01" })).toBe(all);
  const none = [
    { kind: "synthesis" },
    { author: "nobody" },
    { task: "0".repeat(64) },
    { to: "2020-01-01" },
    { from: "2999-01-01", budget_tokens: 400 },
  ];
  for (const filter of none) expect(await found(filter)).toBe(0);
  for (const wrong of [{ kind: "dream" }, { task: "x" }, { from: "soon" }])
    expect(await found(wrong)).toBe("refused");
});

test("what is shared fills a window without what is private", async () => {
  const shared = await overMcp("collective_knowledge", 1_200);
  const members = shared.results.flatMap((result) => result.members ?? []);
  const collective = (await overHttp(1_200, "collective")).results;
  expect(members).toEqual(collective.flatMap((result) => result.members ?? []));
  expect(members.length).toBeGreaterThan(10);
  expect(members).not.toContain(hidden as never);
  const all = (await overHttp(1_200)).results.flatMap((result) => result.members ?? []);
  expect(all).toContain(hidden as never);
});
