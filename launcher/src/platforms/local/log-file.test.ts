import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logTail, openLog, rotateLog } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a log that grew too large starts anew under the writer's hands; one older part is kept", () => {
  const path = join(folder, "logs/spore-0.log");
  const log = openLog(path);
  writeSync(log, "first\n");
  rotateLog(path, 100);
  writeSync(log, `${"x".repeat(200)}\n`);
  rotateLog(path, 100);
  writeSync(log, "after\n");
  closeSync(log);
  expect(readFileSync(path, "utf8")).toBe("after\n");
  expect(readFileSync(`${path}.1`, "utf8")).toStartWith("first\n");
});

test("the last lines, however many there are", () => {
  const path = join(folder, "b.log");
  const log = openLog(path);
  for (let line = 0; line < 50_000; line += 1) writeSync(log, `line ${line}\n`);
  closeSync(log);
  expect(logTail(path, 2)).toEqual(["line 49998", "line 49999"]);
  expect(logTail(path, 0)).toEqual([]);
  expect(logTail(join(folder, "absent.log"), 5)).toEqual([]);
});
