/**
 * The part of the Hub that a model file comes from, on loopback: it states size and checksum and sends to a store on
 * another origin, which serves ranges. Each request to the store may be given something that goes wrong.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Mishap =
  /** The answer ends after so many bytes, as if it were whole. */
  | { readonly kind: "short"; readonly after: number }
  /** The connection is cut after so many bytes; how many of them arrived is up to the network. */
  | { readonly kind: "cut"; readonly after: number }
  /** Nothing more comes after so many bytes, and the connection stays. */
  | { readonly kind: "stall"; readonly after: number }
  | { readonly kind: "status"; readonly status: number }
  /** The whole file, whatever range was asked for. */
  | { readonly kind: "whole" }
  /** Another range than the one that was asked for. */
  | { readonly kind: "elsewhere" }
  /** A part from so many bytes on, though the whole file was asked for. */
  | { readonly kind: "unasked"; readonly from: number }
  | { readonly kind: "more" };

export interface ModelHubOptions {
  readonly sha256?: string;
  /** In the order of the requests to the store; then all goes well. */
  readonly mishaps?: readonly Mishap[];
  /** Neither hub nor store say how long the file is. */
  readonly unannounced?: boolean;
}

export interface HubRequest {
  readonly host: "hub" | "store";
  readonly range: string | null;
  readonly authorization: string | null;
}

export interface ModelHub {
  readonly url: string;
  readonly seen: readonly HubRequest[];
  stop(): Promise<void>;
}

/** Serves `hf:me/tiny/tiny.gguf` and nothing else. */
export async function startModelHub(file: Buffer, options: ModelHubOptions = {}): Promise<ModelHub> {
  const seen: HubRequest[] = [];
  const mishaps = [...(options.mishaps ?? [])];
  const note = (host: "hub" | "store", { headers }: IncomingMessage) =>
    seen.push({ host, range: headers.range ?? null, authorization: headers.authorization ?? null });
  const store = await listen((request, response) => {
    note("store", request);
    const mishap = mishaps.shift() ?? null;
    if (mishap?.kind === "status") return void response.writeHead(mishap.status).end();
    const asked = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const from = mishap?.kind === "whole" ? 0 : mishap?.kind === "unasked" ? mishap.from : asked;
    if (from >= file.length) return void response.writeHead(416).end();
    const first = mishap?.kind === "elsewhere" ? from + 1 : from;
    const rest = mishap?.kind === "more" ? Buffer.concat([file, file]) : file.subarray(first);
    const body = mishap?.kind === "short" ? rest.subarray(0, mishap.after) : rest;
    response.writeHead(from > 0 ? 206 : 200, {
      ...(from > 0 ? { "content-range": `bytes ${first}-${file.length - 1}/${file.length}` } : {}),
      ...(options.unannounced === true ? {} : { "content-length": body.length }),
    });
    if (mishap?.kind !== "cut" && mishap?.kind !== "stall") return void response.end(body);
    response.write(body.subarray(0, mishap.after), () => {
      if (mishap.kind === "cut") response.socket?.end();
    });
  });
  const hub = await listen((request, response) => {
    note("hub", request);
    if (!(request.url ?? "").startsWith("/me/tiny/resolve/main/")) return void response.writeHead(404).end();
    const sha256 = options.sha256 ?? createHash("sha256").update(file).digest("hex");
    response
      .writeHead(302, {
        location: `http://localhost:${store.port}/blob`,
        "x-linked-etag": `"${sha256}"`,
        ...(options.unannounced === true ? {} : { "x-linked-size": String(file.length) }),
      })
      .end();
  });
  return {
    url: `http://127.0.0.1:${hub.port}`,
    seen,
    async stop() {
      await Promise.all([hub.stop(), store.stop()]);
    },
  };
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
