/** The parts of `bun run test` itself: what it counts, and that nothing it starts outlives its deadline. */
import { expect, test } from "bun:test";
import { runCommand } from "./child-process.ts";
import { parseJunit } from "./junit.ts";
import { ROOT } from "./source-tree.ts";
import { selectSuites } from "./suites.ts";

test("JUnit: passed, failed and skipped tests are told apart", () => {
  const report = parseJunit(`<?xml version="1.0"?><testsuites tests="4"><testsuite name="a.test.ts">
    <testcase name="fine" classname="" file="a.test.ts" line="2" />
    <testcase name="bad &lt;x&gt; &amp; &quot;" file="a.test.ts"><failure message="1 &gt; 2">text</failure></testcase>
    <testcase name="not here" file="b.test.ts"><skipped /></testcase>
    <testcase name="fine too" file="c.test.ts"></testcase></testsuite></testsuites>`);
  expect(report).toEqual({
    passed: 2,
    failed: ['a.test.ts: bad <x> & "'],
    skipped: ["b.test.ts: not here"],
    files: new Set(["a.test.ts", "b.test.ts", "c.test.ts"]),
  });
});

test("JUnit: a file that was never written counts nothing", () => {
  expect(parseJunit("")).toEqual({ passed: 0, failed: [], skipped: [], files: new Set() });
});

test("a command's exit code and lines come back", async () => {
  const lines: string[] = [];
  const command = ["bash", "-c", "echo one; echo two >&2; exit 3"];
  const outcome = await runCommand(command, {
    cwd: ROOT,
    deadlineMs: 20_000,
    onLine: (line) => lines.push(line),
  });
  expect(outcome).toMatchObject({ exitCode: 3, timedOut: false });
  expect(lines.sort()).toEqual(["one", "two"]);
});

test("a command that does not exist fails instead of throwing", async () => {
  const outcome = await runCommand(["no-such-program"], { cwd: ROOT, deadlineMs: 20_000 });
  expect(outcome.exitCode).toBe(127);
});

test("at the deadline the command ends with everything it started", async () => {
  const pids: number[] = [];
  const outcome = await runCommand(["bash", "-c", "sleep 300 & echo $!; wait"], {
    cwd: ROOT,
    deadlineMs: 500,
    onLine: (line) => pids.push(Number(line)),
  });
  expect(outcome.timedOut).toBe(true);
  expect(outcome.exitCode).not.toBe(0);
  expect(pids).toHaveLength(1);
  for (let tries = 0; isRunning(pids[0] ?? 0) && tries < 100; tries += 1) await Bun.sleep(50);
  expect(isRunning(pids[0] ?? 0)).toBe(false);
});

test("a part of the suites can be chosen by its first word", () => {
  const names = (...words: string[]) => selectSuites(ROOT, words).map((suite) => suite.name);
  expect(names("unit")).toContain("unit shared");
  expect(names("unit")).not.toContain("tidy");
  expect(names("tidy", "conformance")).toEqual(["tidy", "conformance"]);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: there is no such process any more.
    return false;
  }
}
