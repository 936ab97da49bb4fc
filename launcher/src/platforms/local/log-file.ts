/**
 * Log files of the started processes: appended to by the process itself, so that nothing is lost when the launcher
 * dies, kept below a size by the launcher (copy and truncate: the writer appends, so it goes on at the new end).
 */
import { closeSync, copyFileSync, mkdirSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

/** With the one older part that is kept: 20 MB for each process. */
const LOG_BYTES_MAX = 10_000_000;
/** Enough for the last words of a process and for `launch logs`. */
const TAIL_BYTES_MAX = 256_000;

/** @returns a descriptor for Bun.spawn; the caller closes it. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, "a", 0o600);
}

export function rotateLog(path: string, bytesMax: number = LOG_BYTES_MAX): void {
  if (logSize(path) <= bytesMax) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines, at most `count`. */
export function logTail(path: string, count: number): string[] {
  const size = logSize(path);
  const text = readLog(path, Math.max(0, size - TAIL_BYTES_MAX), size);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  // slice(-0) would be all of them.
  return lines.slice(Math.max(0, lines.length - count));
}

/** The text between two byte offsets, as far as it is there. */
export function readLog(path: string, from: number, to: number): string {
  if (to <= from || logSize(path) === 0) return "";
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(to - from);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from)).toString("utf8");
  } finally {
    closeSync(file);
  }
}
