/**
 * One process owns a data directory: two would reuse each other's counters and fight for the database.
 *
 * A lock file with the owner's pid, taken with an exclusive create. A lock whose process is gone is taken over.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "@synapse/shared/result.ts";

export type LockError = { readonly kind: "locked"; readonly message: string };

/** @returns a function that gives the lock back. */
export function lockDataDir(dir: string): Result<() => void, LockError> {
  const path = join(dir, "spore.lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return ok(() => rmSync(path, { force: true }));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
        return err({
          kind: "locked",
          message: `cannot write in the data directory ${dir}: ${String(cause)}`,
        });
      }
      const owner = Number(readFileSync(path, "utf8"));
      if (owner !== process.pid && isAlive(owner)) {
        return err({
          kind: "locked",
          message: `the data directory ${dir} is in use by process ${owner}: stop it or choose another SPORE_DATA_DIR`,
        });
      }
      rmSync(path, { force: true });
    }
  }
  return err({ kind: "locked", message: `cannot lock the data directory ${dir}` });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it lives, under another user.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
