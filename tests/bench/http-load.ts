/**
 * A load generator in a process of its own: `bun http-load.ts <port> <path> <connections> <seconds>`.
 *
 * Each connection sends a request, reads the whole response, and sends the next: keep-alive without pipelining, as
 * browsers and proxies do. It works on plain sockets, because an HTTP client in JavaScript is slower than the server it
 * would measure. Prints one JSON object: {requests, failed, seconds, p50Ms, p95Ms, p99Ms}.
 */

interface Connection {
  pending: Buffer;
  sentAt: number;
}

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
const HEAD_END = Buffer.from("\r\n\r\n");

const [port = "", path = "/", connections = "1", seconds = "1"] = process.argv.slice(2);
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`;
const latencies: number[] = [];
let failed = 0;
let closing = false;

/** Length of the response at the start of the bytes, or null if it is not all there. */
function responseLength(bytes: Buffer): number | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.toString("latin1", 0, headEnd + 2);
  const length = Number(CONTENT_LENGTH.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error(`a response without content-length:\n${head}`);
  if (!head.startsWith("HTTP/1.1 200")) failed += 1;
  return bytes.length >= headEnd + 4 + length ? headEnd + 4 + length : null;
}

async function connect(): Promise<{ end(): void }> {
  return await Bun.connect<Connection>({
    hostname: "127.0.0.1",
    port: Number(port),
    data: { pending: Buffer.alloc(0), sentAt: performance.now() },
    socket: {
      open(socket) {
        socket.write(request);
      },
      data(socket, chunk) {
        const state = socket.data;
        state.pending =
          state.pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([state.pending, chunk]);
        const length = responseLength(state.pending);
        if (length === null) return;
        state.pending = state.pending.subarray(length);
        const now = performance.now();
        latencies.push(now - state.sentAt);
        if (closing) return;
        state.sentAt = now;
        socket.write(request);
      },
      close() {
        if (!closing) failed += 1;
      },
    },
  });
}

const startedAt = performance.now();
const sockets = await Promise.all(Array.from({ length: Number(connections) }, connect));
await Bun.sleep(Number(seconds) * 1000);
closing = true;
const elapsed = (performance.now() - startedAt) / 1000;
for (const socket of sockets) socket.end();

const sorted = Float64Array.from(latencies).sort();
const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? null;
const report = {
  requests: sorted.length,
  failed,
  seconds: elapsed,
  p50Ms: quantile(0.5),
  p95Ms: quantile(0.95),
  p99Ms: quantile(0.99),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
