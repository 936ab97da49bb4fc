/** The MCP server's place on HTTP. It reads its bodies itself: the protocol has errors of its own. */
import { Elysia } from "elysia";
import { z } from "zod";
import { type McpHandler, mcpInfo } from "../../mcp/server.ts";
import { shareOf } from "../caller-share.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, jsonSchemaOf } from "../documented.ts";

const messageSchema = z.looseObject({
  jsonrpc: z.literal("2.0"),
  method: z.string(),
  id: z.union([z.string(), z.int()]).optional(),
  params: z.looseObject({}).optional(),
});
const replySchema = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int(), z.null()]),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
});
const infoSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  endpoint: z.string(),
  protocol_versions: z.array(z.string()),
  tool_count: z.int(),
  tools: z.array(z.looseObject({ name: z.string(), description: z.string() })),
  resources: z.array(z.string()),
});

export function mcpRoutes(deps: HttpDeps, mcp: McpHandler) {
  const answer = ({ request, server }: { request: Request; server: Bun.Server<unknown> | null }) => {
    server?.timeout(request, 0);
    return mcp(request, shareOf(request, server));
  };
  return (
    new Elysia()
      .post("/mcp", answer, {
        parse: "none",
        detail: documented(
          {
            summary: "The MCP server: Streamable HTTP, without sessions",
            description:
              "One JSON-RPC message; GET /mcp/info lists the tools. Without the operator's token public entries only, and nothing is asked of the swarm.",
            authorised: "for more",
            headers: {
              "mcp-protocol-version": "The revision that was agreed on; without it the earliest",
            },
            body: { type: "application/json", schema: jsonSchemaOf(messageSchema, "input") },
            also: { type: "text/event-stream", when: "while a tool tells how far it is" },
          },
          replySchema,
        ),
      })
      // What the transport knows of other methods is to refuse them in its own words.
      .all("/mcp", answer, { parse: "none", detail: { hide: true } })
      .get("/mcp/info", () => mcpInfo(deps), {
        detail: documented({ summary: "The MCP server and its tools" }, infoSchema),
      })
  );
}
