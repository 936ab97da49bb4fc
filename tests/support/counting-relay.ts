/** A TCP relay in front of a spore that counts every byte of each HTTP exchange, headers included. */
import { connect, createServer, type Socket } from "node:net";

export interface Exchange {
  /** Of the request line. */
  readonly path: string;
  /** Requests and replies as they travel, from the first byte of the head to the last of the body. */
  request: Buffer;
  reply: Buffer;
}

export interface CountingRelay {
  readonly url: string;
  /** The port of the spore behind it; set once that is known. */
  target: number;
  readonly exchanges: Exchange[];
  /** Each comparison that was asked with the root alone and answered "equal". */
  idleRounds(): Exchange[];
  stop(): Promise<void>;
}

/** CBOR of {is: "equal"}. */
const EQUAL = Buffer.from("a162697365657175616c", "hex");
/** A comparison that sends symbols has a body of more than 500 bytes. */
const ROOT_ALONE_BODY_MAX = 100;

export async function startCountingRelay(): Promise<CountingRelay> {
  const exchanges: Exchange[] = [];
  const open = new Set<Socket>();
  const relay = { target: 0 };
  const server = createServer((inbound) => {
    const outbound = connect(relay.target, "127.0.0.1");
    // HTTP/1.1 without pipelining: on one connection a request ends where its reply begins.
    let current: Exchange | null = null;
    inbound.on("data", (part: Buffer) => {
      if (current === null || current.reply.length > 0) {
        current = {
          path: part.toString("latin1").split(" ", 2)[1] ?? "",
          request: Buffer.alloc(0),
          reply: Buffer.alloc(0),
        };
        exchanges.push(current);
      }
      current.request = Buffer.concat([current.request, part]);
      outbound.write(part);
    });
    outbound.on("data", (part: Buffer) => {
      if (current !== null) current.reply = Buffer.concat([current.reply, part]);
      inbound.write(part);
    });
    for (const [one, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      open.add(one);
      // Either end may hang up at any time, as on any network.
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return Object.assign(relay, {
    url: `http://127.0.0.1:${address.port}`,
    exchanges,
    idleRounds: () =>
      exchanges.filter(
        ({ path, request, reply }) =>
          path === "/gossip/compare" && bodyBytes(request) <= ROOT_ALONE_BODY_MAX && reply.includes(EQUAL),
      ),
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function bodyBytes(message: Buffer): number {
  return message.length - (message.indexOf("\r\n\r\n") + 4);
}
