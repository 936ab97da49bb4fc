/** Real spores for tests: each a process with a data directory of its own, spoken to as a user would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Health,
  healthSchema,
  type TaskDetail,
  taskDetailSchema,
} from "@synapse/shared/contract/status.ts";
import { freePort, type SporeProcess, startSpore } from "./spore-process.ts";

export interface TestSpore {
  readonly url: string;
  readonly port: number;
  readonly name: string;
  readonly dataDir: string;
  output(): string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The parsed reply; anything but a 2xx is an error. */
  json<T = unknown>(path: string, init?: RequestInit): Promise<T>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  health(): Promise<Health>;
  task(id: string): Promise<TaskDetail>;
  kill(): Promise<void>;
  stop(): Promise<number | null>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
}

export interface TestSporeOptions {
  readonly index?: number;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly operatorKey?: string;
  readonly peers?: readonly string[];
}

const running = new Set<{ current: SporeProcess }>();
const dirs = new Set<string>();

export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "synapse-test-"));
  dirs.add(dir);
  return dir;
}

/** Ends every process and removes every directory that a test made here. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map(({ current }) => current.kill()));
  running.clear();
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  dirs.clear();
}

export async function startTestSpore(options: TestSporeOptions = {}): Promise<TestSpore> {
  const dataDir = freshDir();
  const index = options.index ?? 0;
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const start = () =>
    startSpore({
      dataDir,
      env: {
        SPORE_INDEX: String(index),
        PORT: String(port),
        SPORE_PUBLIC_URL: url,
        SPORE_GOSSIP_INTERVAL_MS: "500",
        ...(options.operatorKey ? { SPORE_OPERATOR_KEY: options.operatorKey } : {}),
        ...(options.peers ? { SPORE_PEERS: options.peers.join(",") } : {}),
        ...options.env,
      },
    });
  const child = { current: await start() };
  running.add(child);

  async function json<T>(path: string, init?: RequestInit): Promise<T> {
    const reply = await fetch(`${url}${path}`, init);
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as T;
  }

  const sends =
    (method: string): TestSpore["post"] =>
    (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });

  return {
    url,
    port,
    name: `spore-${index}`,
    dataDir,
    json,
    output: () => child.current.output(),
    fetch: (path, init) => fetch(`${url}${path}`, init),
    post: sends("POST"),
    put: sends("PUT"),
    health: async () => healthSchema.parse(await json("/api/health")),
    task: async (id) => taskDetailSchema.parse(await json(`/api/task/${id}`)),
    kill: () => child.current.kill(),
    stop: () => child.current.stop(),
    async restart() {
      child.current = await start();
    },
  };
}

/** A swarm of one operator, each spore knowing the others' addresses. @param own settings of the spore with this index */
export async function startSwarm(
  count: number,
  env: Readonly<Record<string, string>> = {},
  own: (index: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<TestSpore[]> {
  const operatorKey = join(freshDir(), "operator.key");
  const ports: number[] = [];
  for (let i = 0; i < count; i++) ports.push(await freePort());
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  return await Promise.all(
    ports.map((port, index) =>
      startTestSpore({
        index,
        port,
        env: { ...env, ...own(index) },
        operatorKey,
        peers: urls.filter((_, other) => other !== index),
      }),
    ),
  );
}

/** Polls until true; fails with what was waited for. The limit is for a broken program, not a measure of speed. */
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
