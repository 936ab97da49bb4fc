/**
 * The swarm for MCP clients: memory and a panel of spores behind seven tools (`POST /mcp`, Streamable HTTP).
 *
 * The official SDK speaks the protocol, in its current and earlier revisions, without sessions: each request gets a
 * fresh server that knows whether its caller is authorised. Host and Origin were checked before this is reached.
 * Unauthorised callers get public entries only; writing and private layers need the operator token.
 */
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label, labelSchema } from "@synapse/shared/contract/label.ts";
import { taskStatusSchema } from "@synapse/shared/contract/status.ts";
import { z } from "zod";
import type { HttpDeps } from "../http/deps.ts";
import { HttpError } from "../http/errors.ts";
import { taskDetail, toSearchResult } from "../http/reading.ts";
import { healthOf } from "../http/routes/health.ts";
import { append } from "../http/writing.ts";

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const anything = z.looseObject({});

interface Tool<I extends z.ZodObject> {
  readonly description: string;
  readonly input: I;
  readonly writes?: boolean;
  run(deps: HttpDeps, input: z.infer<I>, authorised: boolean): Promise<object>;
}

const tool = <I extends z.ZodObject>(spec: Tool<I>): Tool<z.ZodObject> =>
  spec as unknown as Tool<z.ZodObject>;

function needAuthority(authorised: boolean, what: string): void {
  if (authorised) return;
  throw new HttpError("unauthorised", `${what} needs the operator token: send Authorization: Bearer <token>`);
}

async function search(deps: HttpDeps, text: string, k: number, labels: readonly Label[]) {
  if (text.trim() === "") return [];
  const hits = await deps.recall.search({ text, k, labels, kinds: ["memory", "thought", "synthesis"] });
  return hits.map((hit) => toSearchResult(deps, hit, false));
}

const TOOLS: Readonly<Record<string, Tool<z.ZodObject>>> = {
  submit_task: tool({
    description: "Ask the swarm a question. It reasons on its own time: look at it with get_task.",
    input: z.object({
      task: z.string().min(1).max(CONTENT_CHARS_MAX).describe("The question or task"),
      priority: z.enum(["low", "normal", "high"]).default("normal"),
      label: labelSchema
        .default("cluster")
        .describe("Who may hold it: private, cluster (your spores) or public"),
    }),
    writes: true,
    async run(deps, { task, priority, label }, authorised) {
      needAuthority(authorised, "submit_task");
      const [stored] = await append(deps, [
        { label, kind: "task", body: { description: task.trim(), priority } },
      ]);
      return { task_id: stored?.id, status: "submitted", spore: deps.config.name };
    },
  }),
  query_memory: tool({
    description: "Recall memories by meaning and words, best first.",
    input: z.object({
      query: z.string().max(100_000),
      top_k: z.int().min(1).max(100).default(5),
      layer: z.enum(["private", "collective"]).default("collective"),
    }),
    async run(deps, { query, top_k, layer }, authorised) {
      if (layer === "private") needAuthority(authorised, 'layer "private"');
      const labels: Label[] =
        layer === "private" ? [...LABELS] : authorised ? ["cluster", "public"] : ["public"];
      return {
        layer,
        results: await search(deps, query, top_k, labels),
        total_memories: deps.counts.total(),
      };
    },
  }),
  get_trust: tool({
    description: "What this spore holds of its peers' reliability.",
    input: z.object({ peer_id: z.string().max(100).default("") }),
    async run() {
      return {
        enabled: false,
        reason: "trust is not weighed yet: every spore counts the same, and receipts say so",
      };
    },
  }),
  swarm_health: tool({
    description: "How this spore is, and whom it exchanges with.",
    input: z.object({}),
    run: async (deps) => healthOf(deps),
  }),
  get_task: tool({
    description: "A task with its contributions, agreement, answer, citations and dissent.",
    input: z.object({ task_id: z.string().max(64) }),
    run: (deps, { task_id }, authorised) => taskDetail(deps, task_id, authorised),
  }),
  list_tasks: tool({
    description: "Tasks, newest first.",
    input: z.object({
      limit: z.int().min(1).max(200).default(20),
      status: taskStatusSchema.optional(),
      cursor: z.string().max(100).optional(),
    }),
    run: (deps, { limit, status, cursor }, authorised) =>
      deps.tasks.list({
        limit,
        cursor: cursor ?? null,
        status: status ?? null,
        text: null,
        publicOnly: !authorised,
      }),
  }),
  collective_knowledge: tool({
    description: "What the swarm shares: memories and conclusions of all spores.",
    input: z.object({
      query: z.string().max(100_000).default(""),
      limit: z.int().min(1).max(100).default(10),
    }),
    async run(deps, { query, limit }, authorised) {
      const labels: Label[] = authorised ? ["cluster", "public"] : ["public"];
      const total = deps.counts.of("public") + (authorised ? deps.counts.of("cluster") : 0);
      return { results: await search(deps, query, limit, labels), total_collective: total };
    },
  }),
};

export function mcpInfo(version: string) {
  const tools = Object.entries(TOOLS).map(([name, { description, input }]) => ({
    name,
    description,
    inputSchema: z.toJSONSchema(input, { io: "input" }),
  }));
  return {
    name: "synapse",
    version,
    transport: "streamable-http",
    endpoint: "/mcp",
    tool_count: tools.length,
    tools,
  };
}

export async function handleMcp(deps: HttpDeps, request: Request): Promise<Response> {
  const authorised = deps.access.isAuthorised(request);
  const handler = createMcpHandler(() => buildServer(deps, authorised));
  return await handler.fetch(request);
}

function buildServer(deps: HttpDeps, authorised: boolean): McpServer {
  const server = new McpServer(
    { name: "synapse", version: deps.version },
    {
      instructions:
        "A federated reasoning swarm: query its memory, or submit a task and read the answer with its receipt.",
    },
  );
  for (const [name, { description, input, writes, run }] of Object.entries(TOOLS)) {
    const annotations = writes ? { ...reads, readOnlyHint: false, idempotentHint: false } : reads;
    server.registerTool(
      name,
      { description, inputSchema: input, outputSchema: anything, annotations },
      async (given) => {
        try {
          const structuredContent = (await run(deps, given, authorised)) as Record<string, unknown>;
          return {
            content: [{ type: "text", text: JSON.stringify(structuredContent, null, 2) }],
            structuredContent,
          };
        } catch (cause) {
          // A refusal is for the model to read and act on; a fault of ours says no more than that.
          if (!(cause instanceof HttpError))
            deps.log.error("an MCP tool failed", { tool: name, cause: String(cause) });
          const text =
            cause instanceof HttpError ? cause.message : "the spore could not answer this; its log says why";
          return { content: [{ type: "text", text }], isError: true };
        }
      },
    );
  }
  return server;
}
