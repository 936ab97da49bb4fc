/** MCP without the official client: one JSON-RPC message is posted, and the plain reply comes back. */
import type { TestSpore } from "./swarm.ts";

/** Both forms of a reply, as the protocol has every client take them. */
export const BOTH_FORMS = { accept: "application/json, text/event-stream" };

export function postMcp(
  spore: TestSpore,
  method: string,
  params: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return spore.post("/mcp", { jsonrpc: "2.0", id: 1, method, params }, { ...BOTH_FORMS, ...headers });
}

export const callTool = (spore: TestSpore, name: string, args: object): Promise<Response> =>
  postMcp(spore, "tools/call", { name, arguments: args });

/** The one JSON-RPC message of a reply, sent plainly or as an event. */
export async function messageOf(
  reply: Response,
): Promise<{ result?: Record<string, unknown>; error?: { code: number } }> {
  const text = await reply.text();
  return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text);
}
