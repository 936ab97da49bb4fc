/**
 * Exhaustion: bodies without end, nesting without end, connections by the thousand and bombs, against a real spore. It
 * refuses, its memory grows by 64 MB at most, and it goes on answering.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { errorSchema, healthSchema } from "@synapse/shared/contract/status.ts";
import { CERTIFICATES_MAX } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { watchHealth } from "../support/health-watch.ts";
import { type SporeProcess, startSpore } from "../support/spore-process.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

setDefaultTimeout(240_000);

const MIB = 1024 * 1024;
const RSS_GROWTH_MAX = 64 * MIB;
const BODY_BYTES = 1024 * MIB;
const CONNECTIONS = 10_000;
/** What a greeting is addressed to; nothing is called under it. */
const PUBLIC_URL = "https://spore.example";
const STRANGERS = 2_000;
const CARDS_A_CALL = 250;
/** A stranger that is never refused fails the test instead of hanging it. */
const CALLS_MAX = 2_000;
const HEALTH_P95_MAX_MS = 250;
/** How much slower than at rest an answer may be where rest itself is slow. */
const NOISE = 10;
const isLinux = process.platform === "linux";

let spore: SporeProcess;
let restingRss = 0;
beforeAll(async () => {
  spore = await startSpore({ dataDir: freshDir(), env: { SPORE_PUBLIC_URL: PUBLIC_URL } });
  // Code is compiled and caches are filled by ordinary use; what an attack adds comes on top of that.
  for (let i = 0; i < 200; i++) {
    await fetch(`${spore.url}/api/health`);
    if (i % 20 === 0) await hostilePut(new Uint8Array(400_000));
  }
  restingRss = rss();
});
afterAll(async () => {
  await spore.stop();
  await cleanUp();
});

/** Bytes of the spore's memory that are resident; 0 where /proc is not there to say. */
function rss(): number {
  if (!isLinux) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${spore.pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** The 95th percentile of health's answers, ms, while nothing is done to the spore. */
const atRest = () => watchHealth(spore.url, 100).end();

/** The attack, with the memory watched while it lasts, and health asked all the time: what it answers, and how soon. */
async function under(attack: () => Promise<void>): Promise<void> {
  let peak = 0;
  let isOver = false;
  const before = await atRest();
  const watch = (async () => {
    while (!isOver) {
      peak = Math.max(peak, rss());
      await Bun.sleep(20);
    }
  })();
  const attacked = watchHealth(spore.url, 20);
  await attack();
  isOver = true;
  await watch;
  const during = await attacked.end();
  expect(peak - restingRss).toBeLessThanOrEqual(RSS_GROWTH_MAX);
  expectAsSoon(during, before, await atRest());
}

/** On a machine that is slow by itself health is slow too: it is measured beside the attack, in the same run. */
function expectAsSoon(during: number, before: number, after: number): void {
  expect(during).toBeLessThanOrEqual(Math.max(HEALTH_P95_MAX_MS, NOISE * Math.max(before, after)));
}

/**
 * Bytes without end, as one HTTP body; how the spore answered, or "closed" where it hung up.
 *
 * @param insists goes on to the last byte, whatever is answered meanwhile
 */
function pour(
  path: string,
  contentType: string,
  bytes: number,
  chunk: Uint8Array,
  { method = "POST", insists = false } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(spore.port, "127.0.0.1");
    let said = "";
    let sent = 0;
    const end = () => {
      resolve(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? "closed");
      socket.destroy();
    };
    socket.on("data", (data) => {
      said += data.toString("latin1");
      if (!insists) end();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.on("connect", () => {
      socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${spore.port}\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\nsynapse: ${"A".repeat(43)}.${"A".repeat(16)}.${Date.now() + 60_000}.${"A".repeat(86)}\r\n\r\n`,
      );
      const more = () => {
        while (sent < bytes && !socket.destroyed) {
          sent += chunk.byteLength;
          const head = Buffer.from(`${chunk.byteLength.toString(16)}\r\n`);
          if (!socket.write(Buffer.concat([head, chunk, Buffer.from("\r\n")]))) {
            socket.once("drain", more);
            return;
          }
        }
        if (!socket.destroyed) socket.write("0\r\n\r\n", () => insists && end());
      };
      more();
    });
  });
}

const chunkOf = (text: string) => new Uint8Array(Buffer.alloc(256 * 1024, text));

/** Signed by a stranger that has not said hello, as any bot could. */
async function hostilePut(
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<number> {
  const client = new GossipClient();
  const node = { url: spore.url, key: client.key };
  return (await client.sendBytes(node, "put", body, { headers })).status;
}

test("a body of 1 GB is refused long before its end, on every kind of route", async () => {
  await under(async () => {
    for (const [path, type] of [
      ["/api/memory", "application/json"],
      ["/api/task", "application/json"],
      ["/mcp", "application/json"],
      ["/gossip/put", "application/cbor"],
      ["/gossip/hello", "application/cbor"],
    ] as const) {
      const outcome = await pour(path, type, BODY_BYTES, chunkOf("[1,"));
      expect([outcome, path]).toEqual([expect.stringMatching(/^(400|401|403|413|closed)$/), path]);
    }
  });
});

/** Announces a body and sends none of it. @returns the whole answer, in one text */
function announce(path: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(spore.port, "127.0.0.1");
    let said = "";
    socket.on("data", (data) => {
      said += data.toString("latin1");
      const [head = "", body] = said.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (body === undefined || body.length < length) return;
      resolve(said);
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${JSON.stringify(said)}`)));
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${spore.port}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
  });
}

test("a body that is too large is refused in the contract's form, however large", async () => {
  await under(async () => {
    for (const bytes of [3 * MIB, 9 * MIB, BODY_BYTES, 1024 * BODY_BYTES]) {
      for (const path of ["/api/memory", "/api/task", "/v1/chat/completions", "/federation/join"]) {
        const [head = "", body = ""] = (await announce(path, bytes)).split("\r\n\r\n");
        expect(head).toStartWith("HTTP/1.1 413 ");
        expect(head.toLowerCase()).toContain("content-type: application/json");
        expect(errorSchema.parse(JSON.parse(body)).error.code).toBe("too_large");
      }
    }
    const whole = await fetch(`${spore.url}/api/memory`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "x".repeat(9 * MIB),
    });
    expect(whole.status).toBe(413);
    expect(errorSchema.parse(await whole.json()).error.code).toBe("too_large");
  });
});

test("whoever goes on sending after the answer, or where no body is read, fills no memory", async () => {
  await under(async () => {
    for (const [method, path, type] of [
      ["POST", "/api/memory", "application/json"],
      ["POST", "/federation/join", "multipart/form-data; boundary=x"],
      ["POST", "/api/cortex/download", "application/json"],
      ["POST", "/gossip/put", "application/cbor"],
      ["GET", "/api/events", "application/json"],
    ] as const) {
      const outcome = await pour(path, type, BODY_BYTES / 4, chunkOf("[1,"), { method, insists: true });
      expect([outcome, path]).toEqual([expect.stringMatching(/^(200|400|401|409|413|415|closed)$/), path]);
    }
  });
});

test("nesting 10,000 deep is refused, as JSON and as CBOR", async () => {
  await under(async () => {
    const json = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    for (const path of ["/api/memory", "/api/task", "/mcp", "/federation/join"]) {
      const reply = await fetch(spore.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: json,
      });
      expect([reply.status, path]).toEqual([expect.any(Number), path]);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
    }
    const cbor = new Uint8Array(Buffer.from("81".repeat(10_000), "hex"));
    expect(await hostilePut(cbor)).toBe(401);
    const client = new GossipClient();
    const hello = await client.sendBytes({ url: spore.url, key: client.key }, "hello", cbor);
    expect(hello.status).toBe(400);
  });
});

test("a decompression bomb costs its cap, not its size", async () => {
  // Made before: while it is made nothing here could ask for health.
  const bomb = new Uint8Array(Bun.gzipSync(new Uint8Array(400 * MIB)));
  const client = new GossipClient();
  await under(async () => {
    for (let i = 0; i < 20; i++) {
      // `hello` is the one message whose body is read before its sender is known.
      const reply = await client.sendBytes(
        { url: spore.url, key: client.key } as never,
        "hello",
        bomb.slice(),
        {
          headers: { "content-encoding": "gzip" },
        },
      );
      expect(reply.status).toBe(413);
    }
  });
});

test("connections by the thousand that say nothing", async () => {
  const limit = isLinux
    ? Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1])
    : 1_024;
  const count = Math.min(CONNECTIONS, limit - 500);
  if (count < CONNECTIONS)
    process.stdout.write(
      `skipped: ${CONNECTIONS} connections: this machine lets a process open ${limit} files, ${count} were made\n`,
    );
  const sockets: Socket[] = [];
  await under(async () => {
    for (let at = 0; at < count; at += 500) {
      await Promise.all(
        Array.from({ length: Math.min(500, count - at) }, () => {
          const { promise, resolve } = Promise.withResolvers<void>();
          const socket = connect(spore.port, "127.0.0.1", () => {
            // Half a request, so that the server has something to wait for.
            socket.write("POST /api/memory HTTP/1.1\r\nhost: 127.0.0.1\r\n");
            resolve();
          });
          socket.on("error", () => resolve());
          sockets.push(socket);
          return promise;
        }),
      );
    }
    await Bun.sleep(500);
  });
  for (const socket of sockets) socket.destroy();
});

// The last one, since what it makes the spore learn stays in memory.
test("a greeted stranger that sends certificates, cards and invented keys as fast as it can: health is answered", async () => {
  const client = new GossipClient();
  const { body, headers } = client.greeting(PUBLIC_URL);
  const hello = await fetch(`${spore.url}/gossip/hello`, { method: "POST", headers, body });
  expect(hello.status).toBe(200);
  const { key } = healthSchema.parse(await (await fetch(`${spore.url}/api/health`)).json());
  const node = { url: spore.url, key: { publicKey: key } };
  const strangers = Array.from({ length: STRANGERS }, () => new GossipClient());
  const put = { v: 1, rumour: true };
  const certs = strangers
    .slice(0, CERTIFICATES_MAX)
    .map((one) => issueCertificate(one.operator, { spore: one.key, name: "x", issuedAt: 1 }));
  const calls: [string, object][] = [["put", { ...put, in: 0, items: [], certs }]];
  for (let at = 0; at < STRANGERS; at += CARDS_A_CALL) {
    const items = strangers.slice(at, at + CARDS_A_CALL).map((one) => one.card());
    calls.push(["put", { ...put, in: 2, items, certs: [] }]);
    calls.push(["announce", { v: 1, in: 0, keys: new Uint8Array(randomBytes(8_000)) }]);
  }
  const before = await atRest();
  const attacked = watchHealth(spore.url, 100);
  const statuses: number[] = [];
  // All of them once, whatever it takes, and on for as long as it takes to be refused.
  for (let n = 0; n < CALLS_MAX && (n < calls.length || !statuses.includes(429)); n++) {
    const [kind, message] = calls[n % calls.length] as [string, object];
    statuses.push((await client.send(node, kind, message)).status);
  }
  const during = await attacked.end();
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expectAsSoon(during, before, await atRest());
});
