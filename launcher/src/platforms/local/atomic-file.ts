/** Files that are whole or not there: written beside their place, flushed, then renamed over it. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

/** For keys, tokens and everything that names them. */
export const OWNER_ONLY = 0o600;
export const EVERYBODY_READS = 0o644;

export function writeFileAtomically(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.tmp`;
  const file = openSync(draft, "w", mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** @returns the parsed contents, or undefined where the file is absent or not JSON */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Absent and damaged mean the same to callers, which check the shape anyway.
    return undefined;
  }
}
