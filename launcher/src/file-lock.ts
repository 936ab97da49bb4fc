/**
 * A lock that the operating system releases when its holder dies, however it dies.
 *
 * An SQLite database held in an exclusive transaction is a file lock with the same behaviour on Linux, macOS and
 * Windows, and Bun carries SQLite: no lock file has to be judged stale by its age or by a pid that was reused.
 * Built-ins only: it is used before the dependencies are installed.
 */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

export interface FileLock {
  release(): void;
}

/** @returns null while another process holds the lock. Throws where the file cannot be made, with its path. */
export function tryLock(file: string): FileLock | null {
  mkdirSync(dirname(file), { recursive: true });
  let database: Database | null = null;
  try {
    const opened = new Database(file, { create: true });
    database = opened;
    opened.exec("PRAGMA busy_timeout = 0");
    opened.exec("BEGIN EXCLUSIVE");
    return { release: () => opened.close() };
  } catch (error) {
    database?.close();
    if ((error as { code?: string }).code === "SQLITE_BUSY") return null;
    // SQLite's errors do not say which file they are about.
    throw Object.assign(error as Error, { path: file });
  }
}

/** How often a taken lock is tried again. */
const POLL_MS = 200;

/** Waits for the lock; `onWait` is called once if another process holds it. */
export async function waitForLock(file: string, onWait: () => void, signal?: AbortSignal): Promise<FileLock> {
  let waited = false;
  for (;;) {
    const lock = tryLock(file);
    if (lock !== null) return lock;
    if (!waited) onWait();
    waited = true;
    signal?.throwIfAborted();
    await Bun.sleep(POLL_MS);
  }
}
