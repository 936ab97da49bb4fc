/**
 * One real spore in a process of its own, for tests and benchmarks that must see what a user would see.
 *
 * The environment is made here and not inherited, so that a key or an endpoint on the machine cannot change a result.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { ROOT } from "./source-tree.ts";

export interface SporeOptions {
  readonly dataDir: string;
  /** Given or replaced variables, such as SPORE_PEERS. */
  readonly env?: Readonly<Record<string, string>>;
  /** Put before the command, such as `taskset -c 0`. */
  readonly prefix?: readonly string[];
  /** Where it is reached; this machine's loopback without it. */
  readonly address?: string;
}

export interface SporeProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Asks it to end with SIGTERM and waits; its exit code, or null if a signal ended it. */
  stop(): Promise<number | null>;
  /** SIGKILL: no chance to write anything. */
  kill(): Promise<void>;
}

/** A spore opens its store and its port in well under a second; a loaded machine gets more. */
const HEALTHY_WITHIN_MS = 30_000;
const POLL_MS = 50;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Outgoing connections take their ports from above this: none of them slips between the look and the use. */
const LISTENING_FROM = 20_000;
const LISTENING_TO = 32_000;

/** The first of `count` ports in a row that nobody listens on: what `launch --base-port` needs. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = LISTENING_FROM + Math.floor(Math.random() * (LISTENING_TO - LISTENING_FROM - count));
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}

export async function startSpore(options: SporeOptions): Promise<SporeProcess> {
  const port = Number(options.env?.PORT ?? (await freePort()));
  const [program = "", ...args] = [
    ...(options.prefix ?? []),
    process.execPath,
    join(ROOT, "spore/src/main.ts"),
  ];
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SPORE_DATA_DIR: options.dataDir,
      SPORE_ALLOW_LOOPBACK_PEERS: "1",
      SPORE_PARENT_PID: String(process.pid),
      BOOTSTRAP_URL: "none",
      CORTEX_BACKEND: "off",
      LLM_DETECT_LOCAL: "0",
      ...options.env,
      PORT: String(port),
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const url = `http://${options.address ?? "127.0.0.1"}:${port}`;
  await waitUntilHealthy(url, child, () => printed);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    output: () => printed,
    stop: () => end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL");
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}

async function waitUntilHealthy(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  for (const deadline = Date.now() + HEALTHY_WITHIN_MS; Date.now() < deadline; await Bun.sleep(POLL_MS)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the spore ended with ${child.exitCode ?? child.signalCode}:\n${printed()}`);
    }
    // Refused until it listens; any answer at all means that it does.
    const response = await fetch(`${url}/api/health`).catch(() => null);
    if (response?.ok === true) return;
  }
  await end(child, "SIGKILL");
  throw new Error(`no healthy spore after ${HEALTHY_WITHIN_MS / 1000} s:\n${printed()}`);
}
