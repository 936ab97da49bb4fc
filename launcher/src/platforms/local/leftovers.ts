/**
 * Ends what a launch on this machine started: one that still runs, or one that was killed and left processes behind.
 * launch.json says which processes those are, exactly enough that no other one is ever touched.
 */
import { rmSync } from "node:fs";
import { tryLock } from "../../file-lock.ts";
import type { DataDir } from "./data-dir.ts";
import { readLaunchRecord, removeLaunchRecord } from "./launch-record.ts";
import { endProcess, isStillRunning } from "./process-identity.ts";

/** A process left over from a killed launch has this long to end in order. */
const LEFTOVER_GRACE_MS = 5_000;
/** A launcher ends its children within 10 s; it is forced only well after that. */
const LAUNCHER_GRACE_MS = 20_000;
const CHILD_GRACE_MS = 10_000;

/** Before a new launch, which holds the lock: the record of an earlier one goes. @returns what could not be ended, or null */
export async function endLeftovers(dataDir: DataDir, say: (text: string) => void): Promise<string | null> {
  const record = readLaunchRecord(dataDir);
  for (const { name, process } of record?.children ?? []) {
    if (!isStillRunning(process)) continue;
    say(`ending ${name} (pid ${process.pid}), left over from a launch that was killed`);
    if (!(await endProcess(process, LEFTOVER_GRACE_MS)))
      return `${name} (pid ${process.pid}) of an earlier launch cannot be ended; end it by hand`;
  }
  if (record !== null) say("cleaned up after a launch that was killed");
  removeLaunchRecord(dataDir);
  return null;
}

/** Ends the launch that works on this data dir, and what it started. @returns how many processes were ended, or null if some could not be */
export async function endEverything(dataDir: DataDir, say: (text: string) => void): Promise<number | null> {
  const record = readLaunchRecord(dataDir);
  if (record === null) return 0;
  let ended = 0;
  if (isStillRunning(record.launcher)) {
    say(`stopping the launcher (pid ${record.launcher.pid}) and what it started`);
    if (!(await endProcess(record.launcher, LAUNCHER_GRACE_MS))) return null;
    ended += 1;
  }
  // A launcher that had to be forced, or was killed earlier, leaves children to us.
  for (const { name, process } of record.children) {
    if (!isStillRunning(process)) continue;
    say(`ending ${name} (pid ${process.pid})`);
    if (!(await endProcess(process, CHILD_GRACE_MS))) return null;
    ended += 1;
  }
  const lock = tryLock(dataDir.lock);
  if (lock !== null) {
    rmSync(dataDir.swarmFile, { force: true });
    removeLaunchRecord(dataDir);
    lock.release();
  }
  return ended;
}
