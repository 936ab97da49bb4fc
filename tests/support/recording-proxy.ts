/**
 * A relay in front of a spore that keeps everything that passes, unpacked, so that a test can look for words in it.
 *
 * The spore behind it names the relay's address as its own, so every other spore calls it here.
 */
import { unpack } from "@synapse/spore/gossip/body.ts";
import { NAME_CHARS, SIGNATURE_HEADER } from "@synapse/spore/gossip/request-signature.ts";

/** More than any reply of a spore. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

export interface Passed {
  /** The first NAME_CHARS characters of the caller's key, from the signature header; empty where there is none. */
  readonly caller: string;
  readonly path: string;
  /** Headers and bodies of both directions, bodies unpacked. */
  readonly request: Buffer;
  readonly reply: Buffer;
}

export interface RecordingProxy {
  readonly url: string;
  readonly port: number;
  /** Where what comes in is sent; set once the spore's own port is known. */
  target: string;
  readonly passed: Passed[];
  stop(): Promise<void>;
}

export function startRecordingProxy(port: number): RecordingProxy {
  const passed: Passed[] = [];
  const proxy = { target: "" };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = Buffer.from(await request.arrayBuffer());
      const reply = await fetch(`${proxy.target}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        decompress: false,
        ...(request.method === "GET" || request.method === "HEAD" ? {} : { body }),
      }).catch(() => null);
      if (reply === null) return new Response(null, { status: 502 });
      const answer = Buffer.from(await reply.arrayBuffer());
      passed.push({
        caller: request.headers.get(SIGNATURE_HEADER)?.slice(0, NAME_CHARS) ?? "",
        path: pathname,
        request: Buffer.concat([headersOf(request.headers), unpacked(request.headers, body)]),
        reply: Buffer.concat([headersOf(reply.headers), unpacked(reply.headers, answer)]),
      });
      return new Response(answer, { status: reply.status, headers: reply.headers });
    },
  });
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    passed,
    stop: () => server.stop(true),
  });
}

function headersOf(headers: Headers): Buffer {
  return Buffer.from([...headers].map(([name, value]) => `${name}: ${value}\n`).join(""));
}

/** A body as its sender wrote it; throws where it cannot be unpacked. */
export function unpacked(headers: Headers, body: Buffer): Buffer {
  const plain = unpack(body, body.length > 0 ? headers.get("content-encoding") : null, UNPACKED_BYTES_MAX);
  // What cannot be looked into must not count as looked into.
  if (!plain.ok) throw new Error(plain.error.message);
  return Buffer.from(plain.value);
}
