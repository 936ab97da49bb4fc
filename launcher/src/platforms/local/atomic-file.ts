/** Files that are whole or not there: written beside their place, flushed, then renamed over it. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** For keys, tokens and everything that names them. */
export const OWNER_ONLY = 0o600;
export const EVERYBODY_READS = 0o644;

/** Throws the file system's error, with the path it is about; then what stood there stands unchanged, and no draft. */
export function writeFileAtomically(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(draft, "w", mode);
    try {
      // Not writeSync, which on a disk that fills up may write a part and call that success.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    removeDraft(draft);
    throw Object.assign(error as Error, { path });
  }
}

function removeDraft(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // Where nothing may be removed, nothing was made; the error that counts is the first.
  }
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
