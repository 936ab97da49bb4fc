import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryLock } from "../../file-lock.ts";
import { dataDirProblem } from "./data-dir-problem.ts";

const root = mkdtempSync(join(tmpdir(), "synapse-problem-"));
afterAll(() => rmSync(root, { recursive: true }));

/** What the system really says, in words. */
function problemOf(dataDir: string, act: () => unknown): string | null {
  try {
    act();
  } catch (error) {
    return dataDirProblem(dataDir, error);
  }
  throw new Error("nothing failed");
}

test("a file where a folder is meant is called one, itself or above it", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const make = (path: string) => problemOf(path, () => mkdirSync(path, { recursive: true }));
  expect(make(file)).toBe(`the data dir ${file} is a file, not a folder; choose another --data-dir`);
  const below = join(file, "a/b");
  expect(make(below)).toBe(
    `the data dir ${below} cannot be used: ${file} is a file, not a folder; choose another --data-dir`,
  );
  const logs = join(root, "logs");
  writeFileSync(logs, "");
  expect(problemOf(root, () => mkdirSync(logs))).toContain(`${logs} is a file`);
});

test("a lock that is a folder is none of these, and stays what SQLite says", () => {
  mkdirSync(join(root, "launch.lock"));
  expect(problemOf(root, () => tryLock(join(root, "launch.lock")))).toBeNull();
});

test.each([
  ["ENOSPC", "is full: make room there or"],
  ["EDQUOT", "is full: make room there or"],
  ["SQLITE_FULL", "is full: make room there or"],
  ["EROFS", "may not be written: it is read-only;"],
  ["SQLITE_READONLY", "may not be written: it is read-only;"],
  ["EACCES", "may not be written: /data/x is closed to this user; give it access or"],
])("%s", (code, words) => {
  const error = Object.assign(new Error(code), { code, path: "/data/x" });
  expect(dataDirProblem("/data", error)).toBe(`the data dir /data ${words} choose another --data-dir`);
});

test("an error about another place, or about none, is not the data dir's", () => {
  const error = (path?: string) =>
    Object.assign(new Error("x"), { code: "ENOSPC", ...(path ? { path } : {}) });
  expect(dataDirProblem("/data", error("/database/x"))).toBeNull();
  expect(dataDirProblem("/data", error())).toBeNull();
  expect(dataDirProblem("/data", "ENOSPC")).toBeNull();
});
