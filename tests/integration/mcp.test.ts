/** The MCP server of a real spore, through the official client and by hand: tools, structure, authority, bad input. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import { SEARCHES } from "@synapse/spore/http/task-searches.ts";
import { BOTH_FORMS, messageOf, postMcp } from "../support/mcp-by-hand.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "operator-token-for-mcp-0123456789";
const authority = { authorization: `Bearer ${TOKEN}` };
const SEVEN = [
  "collective_knowledge",
  "get_task",
  "get_trust",
  "list_tasks",
  "query_memory",
  "submit_task",
  "swarm_health",
];
const ALSO = ["explain_answer", "export_memory", "verify_receipt"];
const UNKNOWN_ID = "0".repeat(64);

let spore: TestSpore;
let owner: Client;
let stranger: Client;
const ids = { private: "", cluster: "", public: "" };
const clients: Client[] = [];

async function connect(headers: Record<string, string>, options: object = {}): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, options);
  clients.push(client);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${spore.url}/mcp`), { requestInit: { headers } }),
  );
  return client;
}

beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
  for (const [label, content] of [
    ["private", "Mira hides the spare tower key under the third stair."],
    ["cluster", "Mira repairs clocks in the tower of Anselm."],
    ["public", "The tower of Anselm is open to visitors on Fridays."],
  ] as const) {
    const reply = await spore.post("/api/memory", { content, label }, authority);
    ids[label] = ((await reply.json()) as { ids: string[] }).ids[0] ?? "";
  }
  [owner, stranger] = await Promise.all([connect(authority), connect({})]);
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cleanUp();
});

interface ToolResult {
  readonly isError: boolean;
  /** The first text block. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each tool has its own shape, which its output schema was held to.
  readonly data: any;
}

/** The official client checks structured content against the output schema that the server published. */
async function use(client: Client, name: string, args: Record<string, unknown> = {}): Promise<ToolResult> {
  const result = await client.callTool({ name, arguments: args });
  const [block] = result.content as { type: string; text?: string }[];
  return { isError: result.isError === true, text: block?.text ?? "", data: result.structuredContent };
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return spore.fetch("/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...BOTH_FORMS,
      ...authority,
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function answeredTask(label: string, question: string): Promise<string> {
  const { data } = await use(owner, "submit_task", { task: question, label, wait_seconds: 90 });
  expect(data.status).toBe("converged");
  return data.task_id;
}

describe("what is offered", () => {
  test("earlier revisions of the protocol are spoken, and the current one", async () => {
    for (const protocolVersion of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } };
      const reply = await messageOf(await postMcp(spore, "initialize", params, authority));
      expect(reply.result?.protocolVersion).toBe(protocolVersion);
      expect(reply.result?.serverInfo).toMatchObject({ name: "synapse" });
    }
    const modern = await connect(authority, { versionNegotiation: { mode: "auto" } });
    expect(modern.getNegotiatedProtocolVersion()).toBe("2026-07-28");
    expect((await use(modern, "swarm_health")).data.spore).toBe("spore-0");
  });

  test("the seven tools and three more, with schemas of both sides and what they may change", async () => {
    const { tools } = await owner.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([...SEVEN, ...ALSO].sort());
    for (const tool of tools) {
      expect(tool.title).toBeString();
      expect(tool.description).toBeString();
      expect(tool.inputSchema.type).toBe("object");
      expect(tool.outputSchema?.type).toBe("object");
      expect(tool.annotations?.readOnlyHint).toBe(tool.name !== "submit_task");
      expect(tool.annotations?.destructiveHint).toBe(false);
    }
    expect(tools.find(({ name }) => name === "get_task")?.outputSchema?.properties).toMatchObject({
      task_id: { type: "string", pattern: "^[0-9a-f]{64}$" },
    });
    const info = await spore.json<{
      tool_count: number;
      tools: { name: string }[];
      protocol_versions: string[];
    }>("/mcp/info");
    expect(info.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect(info.tool_count).toBe(tools.length);
  });
});

describe("asking", () => {
  test("submit_task answers at once with an id, and get_task sees it through", async () => {
    const submitted = await use(owner, "submit_task", { task: "What does Mira repair?", priority: "high" });
    expect(submitted.data.status).toBe("submitted");
    const { task_id } = submitted.data;
    await waitFor(
      "an answer",
      async () => (await use(owner, "get_task", { task_id })).data.converged === true,
    );
    const { data, text } = await use(owner, "get_task", { task_id });
    expect(data.final_answer).toContain("clocks");
    expect(data.priority).toBe("high");
    expect(JSON.parse(text)).toEqual(data);
    const listed = await use(owner, "list_tasks", { query: "repair", status: "converged" });
    expect(listed.data.tasks.map((one: { task_id: string }) => one.task_id)).toContain(task_id);
  });

  for (const [era, mode] of [
    ["earlier revisions", "legacy"],
    ["the current revision", "auto"],
  ] as const)
    test(`wait_seconds brings the answer, and tells how far it is meanwhile: ${era}`, async () => {
      const client = await connect(authority, { versionNegotiation: { mode } });
      const seen: { progress: number; message?: string | undefined }[] = [];
      const result = await client.callTool(
        {
          name: "submit_task",
          arguments: { task: "On which day is the tower of Anselm open to visitors?", wait_seconds: 90 },
        },
        { onprogress: (progress) => seen.push(progress), timeout: 100_000 },
      );
      const data = result.structuredContent as { status: string; final_answer: string };
      expect(data.status).toBe("converged");
      expect(data.final_answer).toContain("Friday");
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.map(({ progress }) => progress)).toEqual(seen.map((_, index) => index + 1));
    });

  test("the same idempotency key gives the same task, and one already answered is not waited for", async () => {
    const args = { task: "Who repairs clocks?", idempotency_key: "k-1", wait_seconds: 90 };
    const first = await use(owner, "submit_task", args);
    const again = await use(owner, "submit_task", args);
    expect(again.data.task_id).toBe(first.data.task_id);
    expect(again.data.final_answer).toBe(first.data.final_answer);
    const other = await use(owner, "submit_task", { ...args, task: "Another question?" });
    expect(other.isError).toBe(true);
    expect(other.text).toContain("choose a new one");
  });

  test("explain_answer names every voice; the receipt verifies, and no longer once it was touched", async () => {
    const task_id = await answeredTask("cluster", "Where does Mira repair clocks?");
    const explained = (await use(owner, "explain_answer", { task_id })).data;
    expect(explained.answer).toContain("tower");
    expect(explained.voices[0]).toMatchObject({ spore: "spore-0", independent: true });
    expect(explained.citations.some((one: { quote: string }) => one.quote.includes("Mira"))).toBe(true);

    expect((await use(owner, "verify_receipt", { task_id })).data.valid).toBe(true);
    const { contents } = await owner.readResource({ uri: `synapse://task/${task_id}/receipt` });
    const text = (contents[0] as { text: string }).text;
    const receipt = receiptSchema.parse(JSON.parse(text));
    expect((await use(stranger, "verify_receipt", { receipt })).data.valid).toBe(true);
    expect((await use(stranger, "verify_receipt", { receipt: text })).data.valid).toBe(true);
    const forged = await use(stranger, "verify_receipt", { receipt: { ...receipt, issued_at: 1 } });
    expect(forged.isError).toBe(false);
    expect(forged.data.valid).toBe(false);
    expect((await use(stranger, "verify_receipt", { receipt: {} })).data.valid).toBe(false);
  });
});

describe("memory", () => {
  test("query_memory finds by layer", async () => {
    const found = async (layer?: string) =>
      (
        await use(owner, "query_memory", { query: "Mira tower", top_k: 100, ...(layer ? { layer } : {}) })
      ).data.results.map((one: { id: string }) => one.id);
    expect(await found("private")).toEqual([ids.private]);
    const collective = await found("collective");
    expect(collective).toContain(ids.cluster);
    expect(collective).toContain(ids.public);
    expect(collective).not.toContain(ids.private);
    const everything = await found();
    for (const id of Object.values(ids)) expect(everything).toContain(id);
  });

  test("collective_knowledge shows the newest without a query, and never what is private", async () => {
    const { data } = await use(owner, "collective_knowledge");
    const shown = data.results.map((one: { id: string }) => one.id);
    expect(shown).toContain(ids.cluster);
    expect(shown).not.toContain(ids.private);
    const best = await use(owner, "collective_knowledge", { query: "visitors Fridays" });
    expect(best.data.results.map((one: { id: string }) => one.id)).toContain(ids.public);
  });

  test("export_memory pages through every entry once, as signed", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ToolResult = await use(owner, "export_memory", {
        kinds: ["memory"],
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      });
      expect(page.data.certificates.length).toBeGreaterThan(0);
      for (const { id, signature } of page.data.entries) {
        const whole = await spore.json<{ signature: string }>(`/api/memory/${id}`, { headers: authority });
        expect(signature).toBe(whole.signature);
        seen.push(id);
      }
      cursor = page.data.next;
    } while (cursor !== null);
    expect(seen.sort()).toEqual(Object.values(ids).sort());
  });

  test("memories and tasks are resources", async () => {
    const task_id = await answeredTask("cluster", "What does Mira repair in the tower?");
    const { resources } = await owner.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toContain(`synapse://memory/${ids.private}`);
    expect(uris).toContain(`synapse://task/${task_id}`);
    const { contents } = await owner.readResource({ uri: `synapse://memory/${ids.cluster}` });
    expect((contents[0] as { text: string }).text).toContain("Mira repairs clocks");
    const { resourceTemplates } = await owner.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain("synapse://task/{id}/receipt");
    await expect(owner.readResource({ uri: `synapse://memory/${UNKNOWN_ID}` })).rejects.toThrow(/no entry/);
  });
});

describe("without the operator token", () => {
  test("nothing is written and no private or cluster layer is read: the refusal says what is needed", async () => {
    for (const [name, args] of [
      ["submit_task", { task: "Who hides the key?" }],
      ["query_memory", { query: "key", layer: "private" }],
      ["query_memory", { query: "key", layer: "cluster" }],
      ["export_memory", { layer: "private" }],
    ] as const) {
      const refused = await use(stranger, name, args);
      expect(refused.isError).toBe(true);
      expect(refused.text).toContain("Authorization: Bearer");
    }
    const wrong = await connect({ authorization: "Bearer not-the-token" });
    expect((await use(wrong, "submit_task", { task: "Who?" })).isError).toBe(true);
  });

  test("everything else shows public entries only, in tools and in resources", async () => {
    const publicTask = await answeredTask("public", "When is the tower open to visitors?");
    const clusterTask = await answeredTask("cluster", "Who works in the tower?");
    const replies = await Promise.all([
      use(stranger, "query_memory", { query: "Mira tower key clocks" }),
      use(stranger, "collective_knowledge", {}),
      use(stranger, "collective_knowledge", { query: "Mira tower" }),
      use(stranger, "export_memory", { kinds: ["memory", "task", "contribution", "synthesis", "answer"] }),
      use(stranger, "list_tasks", { limit: 200 }),
      stranger.listResources(),
      use(stranger, "get_task", { task_id: publicTask }),
      use(stranger, "explain_answer", { task_id: publicTask }),
    ]);
    const seen = JSON.stringify(replies);
    expect(seen).not.toContain("Mira");
    expect(seen).toContain("open to visitors");
    expect(seen).toContain(publicTask);
    expect(seen).not.toContain(clusterTask);
    for (const name of ["get_task", "explain_answer", "verify_receipt"]) {
      expect((await use(stranger, name, { task_id: clusterTask })).text).toStartWith("not_found:");
    }
    for (const uri of [
      `synapse://memory/${ids.cluster}`,
      `synapse://task/${clusterTask}`,
      `synapse://task/${clusterTask}/receipt`,
    ]) {
      await expect(stranger.readResource({ uri })).rejects.toThrow(/operator's token/);
    }
  });
});

describe("a stranger's searches", () => {
  test("of tasks come out of one bucket, by either way; others and the operator are not held up", async () => {
    // As a proxy in front of the spore tells it.
    const from = { "x-forwarded-for": "203.0.113.9" };
    const [searcher, neighbour] = await Promise.all([
      connect(from),
      connect({ "x-forwarded-for": "203.0.113.10" }),
    ]);
    // The bucket refills while it is emptied, by far less than is asked at once.
    const asked = await Promise.all(
      Array.from({ length: 20 * SEARCHES.burst }, () => use(searcher, "list_tasks", { query: "tower" })),
    );
    const refused = asked.filter(({ isError }) => isError);
    expect(asked.length - refused.length).toBeGreaterThanOrEqual(SEARCHES.burst);
    expect(refused.length).toBeGreaterThan(0);
    for (const { text } of refused)
      expect(text).toMatch(/^too_many_requests: too many searches: wait \d+ s$/);
    expect((await use(searcher, "list_tasks", {})).isError).toBe(false);
    expect((await use(neighbour, "list_tasks", { query: "tower" })).isError).toBe(false);
    expect((await use(owner, "list_tasks", { query: "tower" })).isError).toBe(false);
  });
});

describe("bad input", () => {
  test("is refused as a tool error that names the member and the mend", async () => {
    for (const [name, args, expected] of [
      ["submit_task", {}, "task"],
      ["submit_task", { task: "   " }, "say what is to be answered"],
      ["submit_task", { task: "x", lable: "private" }, "lable"],
      ["submit_task", { task: "x", wait_seconds: 1e9 }, "wait_seconds"],
      ["query_memory", { query: 5 }, "query"],
      ["query_memory", { query: "x", top_k: 0 }, "top_k"],
      ["get_task", { task_id: "nonsense" }, "64 lowercase hex"],
      ["get_task", { task_id: UNKNOWN_ID }, "no task with this id"],
      ["explain_answer", { task_id: UNKNOWN_ID }, "no task with this id"],
      ["list_tasks", { limit: 100_000 }, "limit"],
      ["export_memory", { cursor: "-1; drop" }, "next"],
      ["verify_receipt", {}, "either receipt or task_id"],
      ["verify_receipt", { receipt: "{" }, "not JSON"],
    ] as const) {
      const { isError, text } = await use(owner, name, args);
      expect(isError).toBe(true);
      expect(text).toContain(expected);
      expect(text).not.toMatch(/\bat \S+:\d+/);
    }
  });

  test("a secret is not published", async () => {
    const secret = ["ghp", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].join("_");
    const refused = await use(owner, "submit_task", { task: `Is ${secret} valid?`, label: "public" });
    expect(refused.text).toStartWith("secret_found:");
    expect(refused.text).not.toContain(secret);
  });

  test("malformed messages get JSON-RPC or HTTP errors, and the server lives", async () => {
    expect((await post("{")).status).toBe(400);
    expect((await post("[]")).status).toBe(400);
    for (const body of ["5", '"x"', "null"]) expect((await post(body)).status).toBe(400);
    expect((await post({ jsonrpc: "2.0", id: 1 })).status).toBe(400);
    const unknown = await messageOf(await post({ jsonrpc: "2.0", id: 1, method: "no/such/method" }));
    expect(unknown.error?.code).toBe(-32_601);
    const noTool = await messageOf(
      await postMcp(spore, "tools/call", { name: "no_such_tool", arguments: {} }, authority),
    );
    expect(noTool.error?.code).toBe(-32_602);
    const notification = await post({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 9 },
    });
    expect(notification.status).toBe(202);
    expect(await notification.text()).toBe("");
    expect((await spore.fetch("/mcp")).status).toBe(405);
    expect((await post({}, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post("x".repeat(2 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await use(owner, "swarm_health")).data.spore).toBe("spore-0");
  });

  test("a foreign Host or Origin is refused before anything is read", async () => {
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
    expect((await post(ping, { host: "evil.example" })).status).toBe(403);
    expect((await post(ping, { origin: "https://evil.example" })).status).toBe(403);
    expect((await post(ping, { origin: spore.url })).status).toBe(200);
  });
});
