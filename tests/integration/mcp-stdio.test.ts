/** `bun run mcp` against real spores: the same server over stdio, waiting and cancelling, and no swarm at all. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { type FakeProvider, hangs, startFakeProvider } from "../support/fake-provider.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "operator-token-for-mcp-0123456789";
const PROGRAM = join(ROOT, "launcher/src/main.ts");

let spore: TestSpore;
/** Its model never answers, so its tasks do not end while a test looks. */
let slow: TestSpore;
let model: FakeProvider;
const clients: Client[] = [];

beforeAll(async () => {
  model = startFakeProvider();
  model.play(hangs());
  [spore, slow] = await Promise.all([
    startTestSpore({ env: { SPORE_TOKEN: TOKEN } }),
    startTestSpore({
      index: 1,
      env: { SPORE_TOKEN: TOKEN, LLM_ENDPOINT: model.baseUrl, LLM_MODEL: "slow", LLM_API_KEY: "none" },
    }),
  ]);
  const memory = { content: "Mira repairs clocks in the tower of Anselm." };
  await spore.post("/api/memory", memory, { authorization: `Bearer ${TOKEN}` });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cleanUp();
  await model.stop();
});

async function connect(url: string, mode: "legacy" | "auto"): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  clients.push(client);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [PROGRAM, "mcp", "--spore", url],
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", SPORE_TOKEN: TOKEN },
      stderr: "pipe",
    }),
  );
  return client;
}

const eras = [
  ["legacy", "2025-11-25"],
  ["auto", "2026-07-28"],
] as const;

for (const [mode, revision] of eras) {
  test(`the same server, progress and token included: ${revision}`, async () => {
    const client = await connect(spore.url, mode);
    expect(client.getNegotiatedProtocolVersion()).toBe(revision);
    expect((await client.listTools()).tools).toHaveLength(10);
    let steps = 0;
    const result = await client.callTool(
      { name: "submit_task", arguments: { task: "What does Mira repair?", wait_seconds: 90 } },
      { onprogress: () => steps++, timeout: 100_000 },
    );
    const answer = result.structuredContent as { task_id: string; final_answer: string };
    expect(answer.final_answer).toContain("clocks");
    expect(steps).toBeGreaterThan(0);
    const refused = await client.callTool({ name: "get_task", arguments: { task_id: "nonsense" } });
    expect(refused.isError).toBe(true);
    const { contents } = await client.readResource({ uri: `synapse://task/${answer.task_id}` });
    expect((contents[0] as { text: string }).text).toContain("What does Mira repair?");
  });
}

test("when the time is over the call returns, says so, and the task goes on", async () => {
  const client = await connect(slow.url, "legacy");
  const args = { task: "Is anybody there?", wait_seconds: 0.5 };
  const result = await client.callTool({ name: "submit_task", arguments: args });
  const waited = result.structuredContent as { status: string; final_answer: null; next: string };
  expect(waited.status).toBe("queued");
  expect(waited.final_answer).toBeNull();
  expect(waited.next).toContain("get_task");
});

for (const [mode, revision] of eras) {
  test(`a cancelled call leaves nobody waiting in the spore: ${revision}`, async () => {
    const client = await connect(slow.url, mode);
    const listeners = async () =>
      /^synapse_event_listeners (\d+)$/m.exec(await (await slow.fetch("/metrics")).text())?.[1];
    const cancel = new AbortController();
    const call = client
      .callTool(
        { name: "submit_task", arguments: { task: `Is ${revision} there?`, wait_seconds: 300 } },
        { signal: cancel.signal, timeout: 310_000 },
      )
      .then(
        () => "answered",
        () => "cancelled",
      );
    await waitFor("the spore to wait", async () => (await listeners()) === "1");
    cancel.abort();
    expect(await call).toBe("cancelled");
    await waitFor("nobody to wait", async () => (await listeners()) === "0");
  });
}

test("without a running swarm each request is answered with what to do", async () => {
  const child = Bun.spawn([process.execPath, PROGRAM, "mcp", "--spore", "http://127.0.0.1:1"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 7, method: "ping" })}\nnot json\n`);
  await child.stdin.end();
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  const replies = lines.map((line) => JSON.parse(line) as { id: number | null; error: { message: string } });
  expect(replies.find(({ id }) => id === 7)?.error.message).toContain("bun run launch");
  expect(replies.find(({ id }) => id === null)?.error.message).toContain("not a JSON-RPC message");
  expect(await child.exited).toBe(0);
});
