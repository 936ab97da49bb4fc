/** The spore as a process: configuration, signals, exit code. Everything else is put together in compose.ts. */

import { createSnapshots, snapshotSettingsFrom } from "./backup/snapshot.ts";
import { type Spore, startSpore } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";

/** A second signal, or this many ms after the first, ends the process whatever is still going on. */
const SHUTDOWN_MAX_MS = 8_000;
/** How often the parent is looked for, where one was named. */
const PARENT_CHECK_MS = 1_000;

const config = readConfig(process.env);
if (!config.ok) {
  for (const problem of config.error.problems) process.stderr.write(`configuration: ${problem}\n`);
  process.exit(2);
}

const log = createLog({
  level: config.value.logLevel,
  format: config.value.logFormat,
  write: (line) => process.stdout.write(`${line}\n`),
  now: Date.now,
});

const snapshotSettings = snapshotSettingsFrom(process.env);
if (!snapshotSettings.ok) {
  process.stderr.write(`configuration: ${snapshotSettings.error}\n`);
  process.exit(2);
}
const snapshots =
  snapshotSettings.value === null
    ? null
    : createSnapshots({
        ...snapshotSettings.value,
        name: config.value.name,
        dataDir: config.value.dataDir,
        info: log.info,
        warn: log.warn,
      });
let spore: Spore | null = null;
let stopping = false;
async function stop(reason: string): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  log.info(`stopping: ${reason}`);
  setTimeout(() => process.exit(1), SHUTDOWN_MAX_MS).unref();
  // A signal during the start: what was begun is cut off as by a crash, which the next start copes with.
  await snapshots?.stop();
  await spore?.stop();
  process.exit(0);
}

process.on("SIGINT", () => void stop("interrupted"));
process.on("SIGTERM", () => void stop("terminated"));
process.on("SIGHUP", () => void stop("the terminal was closed"));
process.on("unhandledRejection", (cause) => log.error("an error reached nobody", { cause: String(cause) }));

const restored = await snapshots?.restore();
if (restored !== undefined && !restored.ok) {
  log.error(restored.error);
  process.exit(1);
}

const started = await startSpore(config.value, process.env, log);
if (!started.ok) {
  log.error(started.error.message);
  process.exit(1);
}
spore = started.value;
snapshots?.start();
log.info(`${config.value.name} (${config.value.role}) listens on ${spore.url}`, { operator: spore.operator });

const { parentPid } = config.value;
if (parentPid !== null) {
  setInterval(() => {
    // Reparented or gone: the launcher was killed and can no longer stop us.
    if (process.ppid !== parentPid) void stop("the launcher is gone");
  }, PARENT_CHECK_MS).unref();
}
