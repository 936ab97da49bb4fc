/**
 * The swarm for MCP clients: memory and a panel of spores behind tools and resources (`POST /mcp`, Streamable HTTP).
 *
 * The official SDK speaks the protocol, in its current and earlier revisions, without sessions: each request gets a
 * fresh server that knows whether its caller is authorised. Host and Origin were checked before this is reached
 * (http/access.ts). Unauthorised callers get public entries only; writing and private layers need the operator token.
 */
import { createMcpHandler, McpServer, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import type { Ask } from "../http/asking.ts";
import type { HttpDeps } from "../http/deps.ts";
import type { TaskSearches } from "../http/task-searches.ts";
import { withNamedTypes } from "./accept.ts";
import { answerTools } from "./answer-tools.ts";
import { memoryTools } from "./memory-tools.ts";
import { RESOURCE_TEMPLATES, registerResources } from "./resources.ts";
import { swarmTools } from "./swarm-tools.ts";
import { taskTools } from "./task-tools.ts";
import { annotationsOf, type McpTool, publish, runTool, type ToolCall } from "./tool.ts";

/** Open streams for announced changes. Nothing changes while a spore runs, so few clients have a reason to open one. */
const SUBSCRIPTIONS_MAX = 64;
const INSTRUCTIONS =
  "A federated reasoning swarm: long-term memory that never forgets, and a panel of independent models. " +
  "Recall with query_memory. Ask with submit_task (wait_seconds brings the answer in the same call), then see with " +
  "explain_answer what the answer rests on; its receipt can be checked by anybody with verify_receipt.";

const TOOLS: readonly McpTool[] = [...taskTools, ...memoryTools, ...swarmTools, ...answerTools];
const PUBLISHED = TOOLS.map((tool) => ({
  tool,
  input: publish(tool.input, "input"),
  output: publish(tool.output, "output"),
}));

/** What the SDK speaks beside the revisions of its handshake: this one has none, so its list leaves it out. */
const STATELESS_REVISION = "2026-07-28";

/** What `GET /mcp/info` answers: enough to see what is offered without speaking the protocol. */
export function mcpInfo(deps: HttpDeps) {
  return {
    name: "synapse",
    version: deps.version,
    spore: deps.config.name,
    role: deps.config.role,
    model: deps.model(),
    transport: "streamable-http",
    endpoint: "/mcp",
    protocol_versions: [STATELESS_REVISION, ...SUPPORTED_PROTOCOL_VERSIONS],
    authorisation: "Authorization: Bearer <operator token>; without it public entries only",
    tool_count: TOOLS.length,
    tools: PUBLISHED.map(({ tool, input, output }) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: input.json,
      outputSchema: output.json,
      annotations: annotationsOf(tool),
    })),
    resources: Object.values(RESOURCE_TEMPLATES),
  };
}

/** Answers one request to `/mcp`; `caller` is the share that what a stranger asks is charged to. */
export type McpHandler = (request: Request, caller: string) => Promise<Response>;

/** @param bodyBytesMax a body over it is refused before it is read whole */
export function createMcp(
  deps: HttpDeps,
  ask: Ask,
  searches: TaskSearches,
  bodyBytesMax: number,
): McpHandler {
  const handler = createMcpHandler(
    ({ requestInfo, authInfo }) =>
      buildServer({
        deps,
        ask,
        searches,
        authorised: requestInfo !== undefined && deps.access.isAuthorised(requestInfo),
        caller: authInfo?.clientId ?? "",
      }),
    {
      maxRequestBodySize: bodyBytesMax,
      maxSubscriptions: SUBSCRIPTIONS_MAX,
      onerror: (cause) => deps.log.debug("an MCP request was refused", { cause: String(cause) }),
    },
  );
  // The SDK hands this through to the factory unread. Authority is read from the request itself.
  return (request, caller) =>
    handler.fetch(withNamedTypes(request), { authInfo: { token: "", clientId: caller, scopes: [] } });
}

type Caller = Pick<ToolCall, "deps" | "ask" | "searches" | "authorised" | "caller">;

function buildServer(caller: Caller): McpServer {
  const { deps, authorised } = caller;
  const server = new McpServer({ name: "synapse", version: deps.version }, { instructions: INSTRUCTIONS });
  for (const { tool, input, output } of PUBLISHED) {
    const { name, title, description } = tool;
    const schemas = { inputSchema: input.standard, outputSchema: output.standard };
    server.registerTool(
      name,
      { title, description, ...schemas, annotations: annotationsOf(tool) },
      async (given, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken;
        let progress = 0;
        return await runTool(tool, given, {
          ...caller,
          signal: mcpReq.signal,
          progress: async (message) => {
            if (progressToken === undefined || mcpReq.signal.aborted) return;
            progress++;
            await mcpReq.notify({
              method: "notifications/progress",
              params: { progressToken, progress, message },
            });
          },
        });
      },
    );
  }
  registerResources(server, deps, authorised);
  return server;
}
