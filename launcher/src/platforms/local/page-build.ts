/**
 * Builds the Command Center, and only when its sources changed.
 *
 * 1. What was built is known by a hash of every source file, kept inside the output it belongs to.
 * 2. The build sees a minimal environment: no key or token can end up in a page that others are shown.
 * 3. Two launches that build at once do so one after the other.
 */
import { closeSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { waitForLock } from "../../file-lock.ts";
import type { Layout } from "../../layout.ts";
import { logTail, openLog, rotateLog } from "./log-file.ts";

const IGNORED = new Set([
  "node_modules",
  ".next",
  "out",
  ".vercel",
  "test-results",
  "coverage",
  "fonts",
  "generated",
]);
const MARK = ".sources.sha256";
const LAST_WORDS = 25;
/** A build on a small, busy machine takes a minute or two; beyond this something hangs. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

export function pageOutput(layout: Layout): string {
  return join(layout.pageFolder, "out");
}

/** SHA-256 over the names and contents of everything the build reads. */
function pageSourceHash(layout: Layout): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const input of [layout.pageFolder, ...layout.pageInputs]) {
    for (const file of filesBelow(input).sort()) {
      const contents = readFileSync(file);
      hasher.update(`${relative(layout.root, file)}\0${contents.length}\0`);
      hasher.update(contents);
    }
  }
  return hasher.digest("hex");
}

/** True when `out/` was built from the sources as they are. */
export function isPageBuilt(layout: Layout): boolean {
  const mark = join(pageOutput(layout), MARK);
  return existsSync(mark) && readFileSync(mark, "utf8") === pageSourceHash(layout);
}

export async function buildPage(
  layout: Layout,
  logFile: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Result<"built" | "fresh", string>> {
  const lockFile = join(layout.root, "node_modules", ".cache", "synapse-page-build.lock");
  const lock = await waitForLock(
    lockFile,
    () => say("another launch is building the page; waiting for it"),
    signal,
  );
  try {
    if (isPageBuilt(layout)) return ok("fresh");
    return await runBuild(layout, logFile, signal);
  } finally {
    lock.release();
  }
}

async function runBuild(
  layout: Layout,
  logFile: string,
  signal: AbortSignal,
): Promise<Result<"built", string>> {
  const sources = pageSourceHash(layout);
  rotateLog(logFile);
  const log = openLog(logFile);
  const child = Bun.spawn([process.execPath, "--preload", PARENT_WATCH, BUILD_RUNNER], {
    cwd: layout.pageFolder,
    env: { ...buildEnvironment(), SPORE_PARENT_PID: String(process.pid) },
    stdin: "ignore",
    stdout: log,
    stderr: log,
    detached: true,
  });
  closeSync(log);
  const timeout = AbortSignal.timeout(BUILD_TIMEOUT_MS);
  const end = () => child.kill("SIGTERM");
  const stop = AbortSignal.any([signal, timeout]);
  stop.addEventListener("abort", end);
  const exitCode = await child.exited;
  stop.removeEventListener("abort", end);
  signal.throwIfAborted();
  if (timeout.aborted)
    return err(`the build of the Command Center took over ${BUILD_TIMEOUT_MS / 60_000} min`);
  if (exitCode !== 0 || !existsSync(pageOutput(layout))) {
    const words = logTail(logFile, LAST_WORDS)
      .map((line) => `  ${line}`)
      .join("\n");
    return err(
      `the Command Center could not be built (exit code ${exitCode}); the end of ${logFile}:\n${words}\n` +
        "Launch without --deploy-cc to run the spores alone",
    );
  }
  writeFileSync(join(pageOutput(layout), MARK), sources);
  return ok("built");
}

const PARENT_WATCH = join(import.meta.dir, "parent-watch.ts");
const BUILD_RUNNER = join(import.meta.dir, "page-build-runner.ts");
const BUILD_VARIABLES = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "TMPDIR",
  "TEMP",
  "LANG",
  "SYSTEMROOT",
  "BUN_INSTALL",
];

function buildEnvironment(): Record<string, string> {
  const passed = BUILD_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name) || entry.name.endsWith(".tsbuildinfo") || entry.name === "next-env.d.ts")
      return [];
    const child = join(path, entry.name);
    if (entry.isDirectory()) return filesBelow(child);
    return entry.isFile() ? [child] : [];
  });
}
