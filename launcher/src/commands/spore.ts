/** `spore`: one spore in the foreground. A process of its own, because launcher and spore import nothing of each other. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandContext } from "../commands.ts";
import { dataDirAt } from "../platforms/local/data-dir.ts";
import { keepRefusal, networkNotice } from "../platforms/local/network-choice.ts";
import type { Environment } from "../settings.ts";
import { StopRequest } from "../stop-request.ts";
import { askToJoin, canAsk } from "../wizard.ts";

const PARENT_WATCH = Bun.fileURLToPath(new URL("../platforms/local/parent-watch.ts", import.meta.url));
/** What a shell reports for a process that SIGKILL ended. */
const EXIT_KILLED = 137;
/** What a shell reports for Ctrl-C. */
const EXIT_INTERRUPTED = 130;
/** Where a spore keeps itself that was told nothing else (`bun run spore`, spore/src/config.ts). */
const DATA_DIR_DEFAULT = ".synapse/spore";
/** A spore that was started before left one of these. */
const SPORE_FILES = ["spore.key", "certificate.json"];

export async function runSpore(context: CommandContext): Promise<number> {
  const bootstrap = await bootstrapVariable(context);
  if (typeof bootstrap === "number") return bootstrap;
  const child = Bun.spawn([process.execPath, "--preload", PARENT_WATCH, context.layout.sporeScript], {
    cwd: context.cwd,
    env: { ...context.environment, ...bootstrap, SPORE_PARENT_PID: String(process.pid) },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    // In a session of its own it gets one request to stop, not one from the terminal and one from here.
    detached: true,
  });
  const stop = new StopRequest();
  stop.listen(() => child.kill("SIGKILL"));
  void stop.requested.then(() => child.kill("SIGTERM"));
  await child.exited;
  stop.end();
  return child.exitCode ?? EXIT_KILLED;
}

/**
 * Whether it joins the public network, where nothing was said: asked at a terminal before a first start, and a "no" is
 * kept in the data dir. Elsewhere the spore itself says that it joins, and as whom.
 * @returns what is added to the spore's environment, or the exit code where nothing is to be started
 */
async function bootstrapVariable(context: CommandContext): Promise<Environment | number> {
  const { environment, layout, output } = context;
  if (given(environment.BOOTSTRAP_URL) !== undefined) return {};
  const dataDir = dataDirAt(resolve(context.cwd, given(environment.SPORE_DATA_DIR) ?? DATA_DIR_DEFAULT));
  if (existsSync(dataDir.networkRefusal)) return { BOOTSTRAP_URL: "none" };
  const isFirst = !SPORE_FILES.some((name) => existsSync(join(dataDir.path, name)));
  // For LOG_FORMAT=json stdout carries objects and nothing else.
  const isForPeople = given(environment.LOG_FORMAT)?.toLowerCase() !== "json";
  if (!isFirst || !isForPeople || !canAsk(environment)) return {};
  const joins = await askToJoin(networkNotice({ kind: "default" }, layout, "BOOTSTRAP_URL=none"));
  if (joins === null) return EXIT_INTERRUPTED;
  if (joins) return {};
  const kept = keepRefusal(dataDir);
  if (kept.ok) return { BOOTSTRAP_URL: "none" };
  output.error(`${kept.error}; choose another SPORE_DATA_DIR`);
  return 1;
}

function given(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}
