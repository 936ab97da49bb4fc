/**
 * `mcp`: a stdio MCP server that passes every message on to the running swarm's `POST /mcp`.
 *
 * stdio transport: one JSON-RPC message a line, nothing else on stdout (MCP specification, "Transports"). Each line is
 * posted as it stands; what comes back, as JSON or as an event stream, is written as lines. The swarm is looked up for
 * every message, so a client may be started before the swarm and outlive a restart of it.
 *
 * 1. A message that may have reached a spore is never sent to another one: it may already have been carried out.
 * 2. A cancelled request is hung up on, which is how a spore without sessions learns of it.
 */
import { createInterface } from "node:readline";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { authorization, type SporeAccess } from "../client/spore-client.ts";
import { knownSpores } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";

/** JSON-RPC 2.0: implementation-defined server error; parse error. */
const SERVER_ERROR = -32_000;
const PARSE_ERROR = -32_700;

/** Failures of fetch before anything was sent. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(["ConnectionRefused", "FailedToOpenSocket", "ENOTFOUND"]);
/** Where revision 2026-07-28 names its version, in every message. */
const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
/** The member that the `Mcp-Name` header repeats, by method. */
const NAMED_BY: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

type RequestId = string | number;

interface Session {
  id: string | null;
  protocolVersion: string | null;
  readonly running: Map<RequestId, AbortController>;
}

/** As much of a JSON-RPC message as a bridge has to know. */
interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
}

export async function runMcp(context: CommandContext): Promise<number> {
  const spores = knownSpores(context.parsed, context.environment, context.cwd);
  if (!spores.ok) {
    context.output.error(spores.error);
    return 1;
  }
  const session: Session = { id: null, protocolVersion: null, running: new Map() };
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
  const message = parsed(line);
  if (message === null) return write(errorReply(null, PARSE_ERROR, "this line is not a JSON-RPC message"));
  const id = typeof message.id === "string" || typeof message.id === "number" ? message.id : null;
  if (message.method === "notifications/cancelled") {
    session.running.get(message.params?.["requestId"] as RequestId)?.abort();
  }
  const hangUp = new AbortController();
  if (id !== null) session.running.set(id, hangUp);
  const known = knownSpores(context.parsed, context.environment, context.cwd);
  const reasons: string[] = known.ok ? [] : [known.error];
  for (const access of known.ok ? known.value : []) {
    const outcome = await post(access, { line, message, signal: hangUp.signal }, session);
    if (outcome.kind !== "delivered") reasons.push(outcome.reason);
    if (outcome.kind === "delivered") reasons.length = 0;
    if (outcome.kind !== "refused") break;
  }
  if (id === null) return;
  session.running.delete(id);
  // Nobody waits for the answer to what was cancelled.
  if (reasons.length === 0 || hangUp.signal.aborted) return;
  write(errorReply(id, SERVER_ERROR, `${reasons.join("; ")}. Is the swarm running (bun run launch)?`));
}

interface Sending {
  readonly line: string;
  readonly message: Message;
  readonly signal: AbortSignal;
}

/** `refused`: this spore did nothing with it; `broken`: it may have, and more is not known. */
type Outcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused" | "broken"; readonly reason: string };

async function post(access: SporeAccess, sending: Sending, session: Session): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(new URL("/mcp", access.url), {
      method: "POST",
      redirect: "error",
      signal: sending.signal,
      // A call that waits for an answer may be silent for minutes; the spore says when it has waited long enough.
      timeout: false,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...authorization(access),
        ...protocolHeaders(sending.message, session),
      },
      body: sending.line,
    } as RequestInit);
  } catch (error) {
    const { code = "", message } = error as Error & { code?: string };
    return NOT_CONNECTED.has(code)
      ? { kind: "refused", reason: `${access.url} cannot be reached (${message})` }
      : { kind: "broken", reason: `${access.url} gave no answer (${message})` };
  }
  session.id = response.headers.get("mcp-session-id") ?? session.id;
  const type = response.headers.get("content-type") ?? "";
  try {
    if (type.includes("text/event-stream") && response.body !== null) {
      const events = response.body
        .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
        .pipeThrough(new EventSourceParserStream());
      for await (const { data } of events) if (data !== "") deliver(data, session);
      return { kind: "delivered" };
    }
    const text = await response.text();
    if (type.includes("application/json") && isJsonRpc(text)) deliver(text, session);
    else if (!response.ok) {
      return { kind: "refused", reason: `${access.url} offers no MCP server (HTTP ${response.status})` };
    }
    return { kind: "delivered" };
  } catch (error) {
    return { kind: "broken", reason: `${access.url} broke off its answer (${(error as Error).message})` };
  }
}

/** What Streamable HTTP wants repeated outside the body: the session's version, or the message's own. */
function protocolHeaders({ method, params }: Message, session: Session): Record<string, string> {
  const meta = params?.["_meta"] as Record<string, unknown> | undefined;
  const own = meta?.[VERSION_KEY];
  const version = typeof own === "string" ? own : session.protocolVersion;
  const name = typeof method === "string" ? params?.[NAMED_BY[method] ?? ""] : undefined;
  return {
    ...(session.id === null ? {} : { "Mcp-Session-Id": session.id }),
    ...(version === null ? {} : { "MCP-Protocol-Version": version }),
    ...(typeof own === "string" && typeof method === "string" ? { "Mcp-Method": method } : {}),
    ...(typeof own === "string" && typeof name === "string" ? { "Mcp-Name": headerValue(name) } : {}),
  };
}

/** Header values are plain ASCII; anything else travels as base64 in a form the specification names. */
function headerValue(text: string): string {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)
    ? text
    : `=?base64?${Buffer.from(text).toString("base64")}?=`;
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

function parsed(line: string): Message | null {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === "object" && message !== null ? message : null;
  } catch {
    // Not JSON: the caller answers that.
    return null;
  }
}

function errorReply(id: RequestId | null, code: number, message: string): object {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

function write(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
