/** Real spores as processes, for tests: each with a data directory of its own, on a port of the system's choosing. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Health, healthSchema, type TaskDetail, taskDetailSchema } from "@synapse/shared/contract/status.ts";

const MAIN = new URL("../../spore/src/main.ts", import.meta.url).pathname;
/** Generous: a start takes half a second on an idle machine, and the machines that run this are not idle. */
const START_TIMEOUT_MS = 30_000;

export interface SporeProcess {
  readonly url: string;
  readonly port: number;
  readonly name: string;
  readonly dataDir: string;
  /** What it printed so far. */
  output(): string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  json<T = unknown>(path: string, init?: RequestInit): Promise<T>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  health(): Promise<Health>;
  task(id: string): Promise<TaskDetail>;
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts it again on the same port and data. */
  restart(env?: Record<string, string>): Promise<void>;
}

const running = new Set<ReturnType<typeof Bun.spawn>>();
const dirs = new Set<string>();

export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "synapse-test-"));
  dirs.add(dir);
  return dir;
}

/** Ends every process and removes every directory that a test made here. */
export async function cleanUp(): Promise<void> {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all([...running].map((child) => child.exited));
  running.clear();
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  dirs.clear();
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

export interface SporeOptions {
  readonly index?: number;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly operatorKey?: string;
  readonly peers?: readonly string[];
}

export async function startSpore(options: SporeOptions = {}): Promise<SporeProcess> {
  const dataDir = freshDir();
  const index = options.index ?? 0;
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const log = join(dataDir, "output.log");
  let child: ReturnType<typeof Bun.spawn>;

  async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    child = Bun.spawn([process.execPath, MAIN], {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        SPORE_INDEX: String(index),
        PORT: String(port),
        SPORE_DATA_DIR: dataDir,
        SPORE_PUBLIC_URL: url,
        SPORE_ALLOW_LOOPBACK_PEERS: "1",
        SPORE_GOSSIP_INTERVAL_MS: "500",
        BOOTSTRAP_URL: "none",
        LLM_AUTODETECT: "0",
        ...(options.operatorKey ? { SPORE_OPERATOR_KEY: options.operatorKey } : {}),
        ...(options.peers ? { SPORE_PEERS: options.peers.join(",") } : {}),
        ...options.env,
        ...env,
      },
      stdout: Bun.file(log),
      stderr: Bun.file(`${log}.err`),
    });
    running.add(child);
    await waitFor(`${url} to answer`, async () => {
      if (child.exitCode !== null) throw new Error(`the spore ended with ${child.exitCode}:\n${output()}`);
      return (await fetch(`${url}/api/health`).catch(() => null))?.ok === true;
    }, START_TIMEOUT_MS);
  }

  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  const output = () => read(log) + read(`${log}.err`);

  const spore: SporeProcess = {
    url,
    port,
    name: `spore-${index}`,
    dataDir,
    output,
    fetch: (path, init) => fetch(`${url}${path}`, init),
    async json<T>(path: string, init?: RequestInit) {
      const reply = await fetch(`${url}${path}`, init);
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
      return (await reply.json()) as T;
    },
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    health: async () => healthSchema.parse(await spore.json("/api/health")),
    task: async (id) => taskDetailSchema.parse(await spore.json(`/api/task/${id}`)),
    async kill(signal = "SIGKILL") {
      child.kill(signal);
      await child.exited;
      running.delete(child);
      return child.exitCode;
    },
    restart: start,
  };
  await start();
  return spore;
}

/** Polls until true; fails with what was waited for. The time limit is for a broken program, not a measure of speed. */
export async function waitFor(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await Bun.sleep(50);
  }
}

/** A swarm of one operator, each spore knowing the others. */
export async function startSwarm(count: number, env: Readonly<Record<string, string>> = {}): Promise<SporeProcess[]> {
  const operatorKey = join(freshDir(), "operator.key");
  const ports: number[] = [];
  for (let i = 0; i < count; i++) ports.push(await freePort());
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  return await Promise.all(
    ports.map((port, index) =>
      startSpore({ index, port, env, operatorKey, peers: urls.filter((_, other) => other !== index) }),
    ),
  );
}
