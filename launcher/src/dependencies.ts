/**
 * Installs the dependencies where they are missing or older than bun.lock.
 *
 * Built-ins only and no other import but the lock beside it: it runs before anything from node_modules is imported.
 *
 * 1. What was installed is known by a mark that holds the hash of bun.lock and the package.json files, written
 *    after the installation succeeded: an interrupted one is repeated, and file times do not matter.
 * 2. Two starts at once install one after the other.
 * 3. Everything is said on stderr: stdout belongs to the command (a protocol for `mcp`, JSON for `--json`).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitForLock } from "./file-lock.ts";

/** The folder that holds the root package.json. */
export const REPOSITORY_ROOT = join(import.meta.dir, "..", "..");

const WORKSPACES = ["shared", "spore", "launcher", "command-center"];

export type Installation =
  | { readonly ok: true; readonly installed: boolean }
  | { readonly ok: false; readonly message: string };

/** Makes sure that what bun.lock names is in node_modules; takes about a second once everything is cached. */
export async function ensureDependencies(root: string = REPOSITORY_ROOT): Promise<Installation> {
  if (isInstalled(root)) return { ok: true, installed: false };
  const modules = join(root, "node_modules");
  try {
    mkdirSync(modules, { recursive: true });
    const lock = await waitForLock(join(modules, ".synapse-install.lock"), () =>
      say("another start is installing the dependencies; waiting for it"),
    );
    try {
      // The one who held the lock may have installed all of it.
      if (isInstalled(root)) return { ok: true, installed: true };
      return await install(root);
    } finally {
      lock.release();
    }
  } catch (error) {
    return {
      ok: false,
      message: `dependencies could not be installed in ${modules}: ${(error as Error).message}. Is the folder writable?`,
    };
  }
}

/** True when node_modules holds what bun.lock names. */
export function isInstalled(root: string = REPOSITORY_ROOT): boolean {
  const mark = markFile(root);
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== wantedHash(root)) return false;
  return presentWorkspaces(root).every((name) => existsSync(join(root, name, "node_modules")));
}

async function install(root: string): Promise<Installation> {
  say("installing the dependencies named in bun.lock (the first time takes up to a minute)");
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile"], {
    cwd: root,
    stdin: "ignore",
    stdout: 2,
    stderr: 2,
  });
  const exitCode = await child.exited;
  if (exitCode !== 0) {
    return {
      ok: false,
      message:
        `bun install --frozen-lockfile ended with exit code ${exitCode} (its own words stand above). ` +
        `Check the network and the registry, then run it by hand in ${root}`,
    };
  }
  writeFileSync(markFile(root), wantedHash(root));
  say(`dependencies installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { ok: true, installed: true };
}

function markFile(root: string): string {
  return join(root, "node_modules", ".synapse-installed");
}

function wantedHash(root: string): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of ["", ...presentWorkspaces(root)])
    hasher.update(readFileSync(join(root, name, "package.json")));
  hasher.update(readFileSync(join(root, "bun.lock")));
  return hasher.digest("hex");
}

/** A deployment may leave out whole workspaces. */
function presentWorkspaces(root: string): string[] {
  return WORKSPACES.filter((name) => existsSync(join(root, name, "package.json")));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
