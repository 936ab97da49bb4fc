/**
 * `mcp`: a stdio MCP server that passes every message on to the running swarm's `POST /mcp`.
 *
 * stdio transport: one JSON-RPC message a line, nothing else on stdout (MCP specification, "Transports"). Each line is
 * posted as it stands; what comes back, as JSON or as an event stream, is written as lines. The swarm is looked up for
 * every message, so a client may be started before the swarm and outlive a restart of it.
 */
import { createInterface } from "node:readline";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { authorization, type SporeAccess } from "../client/spore-client.ts";
import { knownSpores } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";

/** JSON-RPC 2.0: implementation-defined server error; parse error. */
const SERVER_ERROR = -32_000;
const PARSE_ERROR = -32_700;

interface Session {
  id: string | null;
  protocolVersion: string | null;
}

export async function runMcp(context: CommandContext): Promise<number> {
  const spores = knownSpores(context.parsed, context.environment, context.cwd);
  if (!spores.ok) {
    context.output.error(spores.error);
    return 1;
  }
  const session: Session = { id: null, protocolVersion: null };
  const pending = new Set<Promise<void>>();
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const work = relay(line, session, context).finally(() => pending.delete(work));
    pending.add(work);
    // Everything after it depends on what was agreed in `initialize`.
    if (line.includes('"initialize"')) await work;
  }
  await Promise.all(pending);
  return 0;
}

async function relay(line: string, session: Session, context: CommandContext): Promise<void> {
  const id = requestId(line);
  if (id.kind === "invalid") return write(errorReply(null, PARSE_ERROR, "this line is not JSON"));
  const known = knownSpores(context.parsed, context.environment, context.cwd);
  const reasons: string[] = known.ok ? [] : [known.error];
  for (const access of known.ok ? known.value : []) {
    const outcome = await post(access, line, session);
    if (outcome === null) return;
    reasons.push(outcome);
  }
  // A notification has nobody who waits for an answer.
  if (id.kind === "request") {
    write(errorReply(id.id, SERVER_ERROR, `${reasons.join("; ")}. Is the swarm running (bun run launch)?`));
  }
}

/** @returns null when the message was delivered, else why not */
async function post(access: SporeAccess, line: string, session: Session): Promise<string | null> {
  try {
    const response = await fetch(new URL("/mcp", access.url), {
      method: "POST",
      redirect: "error",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...authorization(access),
        ...(session.id === null ? {} : { "Mcp-Session-Id": session.id }),
        ...(session.protocolVersion === null ? {} : { "MCP-Protocol-Version": session.protocolVersion }),
      },
      body: line,
    });
    session.id = response.headers.get("mcp-session-id") ?? session.id;
    const type = response.headers.get("content-type") ?? "";
    if (type.includes("text/event-stream") && response.body !== null) {
      const events = response.body
        .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
        .pipeThrough(new EventSourceParserStream());
      for await (const { data } of events) deliver(data, session);
      return null;
    }
    const text = await response.text();
    if (type.includes("application/json") && isJsonRpc(text)) deliver(text, session);
    else if (!response.ok) return `${access.url} offers no MCP server (HTTP ${response.status})`;
    return null;
  } catch (error) {
    return `${access.url} cannot be reached (${(error as Error).message})`;
  }
}

function deliver(text: string, session: Session): void {
  const message = JSON.parse(text) as { result?: { protocolVersion?: unknown } };
  const version = message.result?.protocolVersion;
  if (typeof version === "string") session.protocolVersion = version;
  write(message);
}

function isJsonRpc(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text);
    return (
      Array.isArray(message) || (typeof message === "object" && message !== null && "jsonrpc" in message)
    );
  } catch {
    return false;
  }
}

type RequestId =
  | { readonly kind: "request"; readonly id: string | number }
  | { readonly kind: "notification" }
  | { readonly kind: "invalid" };

function requestId(line: string): RequestId {
  try {
    const { id } = JSON.parse(line) as { id?: unknown };
    return typeof id === "string" || typeof id === "number"
      ? { kind: "request", id }
      : { kind: "notification" };
  } catch {
    return { kind: "invalid" };
  }
}

function errorReply(id: string | number | null, code: number, message: string): object {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

function write(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
