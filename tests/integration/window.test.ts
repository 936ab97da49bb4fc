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
