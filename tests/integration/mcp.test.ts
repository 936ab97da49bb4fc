/** The MCP server of a real spore, over HTTP and through the stdio bridge: tools, structure, authority, bad input. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "operator-token-for-mcp-0123456789";
const SEVEN = [
  "collective_knowledge",
  "get_task",
  "get_trust",
  "list_tasks",
  "query_memory",
  "submit_task",
  "swarm_health",
];
let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
});
afterAll(cleanUp);

interface Reply {
  readonly result?: {
    readonly tools?: { readonly name: string; readonly annotations?: { readonly readOnlyHint?: boolean } }[];
    readonly isError?: boolean;
    readonly content?: { readonly text: string }[];
    readonly structuredContent?: Record<string, unknown>;
    readonly protocolVersion?: string;
  };
  readonly error?: { readonly code: number };
}

async function call(
  method: string,
  params: object,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
) {
  const reply = await spore.fetch("/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const text = await reply.text();
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return { status: reply.status, body: (data === "" ? {} : JSON.parse(data)) as Reply };
}

const tool = async (name: string, args: object, headers?: Record<string, string>) =>
  (await call("tools/call", { name, arguments: args }, headers)).body.result;

test("speaks earlier revisions of the protocol and lists the seven tools with what they may change", async () => {
  for (const protocolVersion of ["2025-03-26", "2025-06-18", "2025-11-25"]) {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } };
    expect((await call("initialize", params)).body.result?.protocolVersion).toBe(protocolVersion);
  }
  const tools = (await call("tools/list", {})).body.result?.tools ?? [];
  expect(tools.map(({ name }) => name).sort()).toEqual(SEVEN);
  expect(
    tools.filter(({ annotations }) => annotations?.readOnlyHint === false).map(({ name }) => name),
  ).toEqual(["submit_task"]);
  expect((await spore.json<{ tool_count: number }>("/mcp/info")).tool_count).toBe(7);
});

test("asks, waits, and reads the answer with its citations", async () => {
  await spore.post(
    "/api/memory",
    { content: "Mira repairs clocks in the tower." },
    { authorization: `Bearer ${TOKEN}` },
  );
  const submitted = await tool("submit_task", { task: "What does Mira repair?" });
  const task_id = submitted?.structuredContent?.task_id;
  await waitFor(
    "an answer",
    async () => (await tool("get_task", { task_id }))?.structuredContent?.converged === true,
  );
  const task = (await tool("get_task", { task_id }))?.structuredContent;
  expect(String(task?.final_answer)).toContain("clocks");
  const found = await tool("query_memory", { query: "clocks tower" });
  expect(JSON.stringify(found?.structuredContent)).toContain("Mira repairs clocks");
  expect(JSON.parse(found?.content?.[0]?.text ?? "")).toEqual(found?.structuredContent);
  expect(JSON.stringify((await tool("list_tasks", {}))?.structuredContent)).toContain(String(task_id));
});

test("without the token only public entries are seen and nothing is written", async () => {
  const stranger = {};
  expect((await tool("submit_task", { task: "x" }, stranger))?.isError).toBe(true);
  expect((await tool("query_memory", { query: "clocks", layer: "private" }, stranger))?.isError).toBe(true);
  expect(JSON.stringify(await tool("query_memory", { query: "clocks" }, stranger))).not.toContain("Mira");
  expect(JSON.stringify(await tool("list_tasks", {}, stranger))).not.toContain("Mira");
});

test("bad input is refused with a reason, and the server lives", async () => {
  expect((await tool("get_task", { task_id: "nonsense" }))?.isError).toBe(true);
  const wrong = await call("tools/call", { name: "query_memory", arguments: { query: 5 } });
  expect(wrong.body.error !== undefined || wrong.body.result?.isError === true).toBe(true);
  const unknown = await call("tools/call", { name: "no_such_tool", arguments: {} });
  expect(unknown.body.error !== undefined || unknown.body.result?.isError === true).toBe(true);
  const broken = await spore.fetch("/mcp", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{",
  });
  expect(broken.status).toBeGreaterThanOrEqual(400);
  expect(
    (await spore.fetch("/mcp", { method: "POST", headers: { host: "evil.example" }, body: "{}" })).status,
  ).toBe(403);
  expect((await tool("swarm_health", {}))?.structuredContent?.spore).toBe("spore-0");
});

test("the stdio bridge carries the same protocol", async () => {
  const child = Bun.spawn(
    [process.execPath, join(ROOT, "launcher/src/main.ts"), "mcp", "--spore", spore.url],
    {
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", SPORE_TOKEN: TOKEN },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} })}\n`);
  await child.stdin.flush();
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("swarm_health")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await child.stdin.end();
  await child.exited;
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number });
  expect(lines.map(({ id }) => id).sort()).toEqual([1, 2]);
});
