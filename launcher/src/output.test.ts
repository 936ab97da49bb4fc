import { describe, expect, test } from "bun:test";
import { createOutput, durationText, shellQuoted, tableLines } from "./output.ts";

function streams(isTTY: boolean, environment: Record<string, string> = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    isTTY,
    columns: 40,
    write: (text: string) => {
      written[name] += text;
    },
  });
  return { written, given: { stdout: stream("stdout"), stderr: stream("stderr"), environment } };
}

const ESCAPE = "\u001b[";

describe("where words go", () => {
  test("with --json, stdout carries JSON alone", () => {
    const { written, given } = streams(false);
    const output = createOutput(true, given);
    output.line("words");
    output.result({ a: 1 });
    expect(written.stdout).toBe('{"a":1}\n');
    expect(written.stderr).toContain("words");
  });

  test("without it, the JSON result is not printed", () => {
    const { written, given } = streams(false);
    createOutput(false, given).result({ a: 1 });
    expect(written.stdout).toBe("");
  });
});

describe("colours and moving lines", () => {
  test("only on a terminal, and not with NO_COLOR", () => {
    expect(createOutput(false, streams(true).given).red("x")).toContain(ESCAPE);
    expect(createOutput(false, streams(true, { NO_COLOR: "1" }).given).red("x")).toBe("x");
    expect(createOutput(false, streams(false).given).red("x")).toBe("x");
  });

  test("a transient line is cut to the width, gives way to lasting ones, and never reaches a file", () => {
    const terminal = streams(true);
    const output = createOutput(false, terminal.given);
    output.progress("p".repeat(100));
    output.line("lasting");
    output.progress(null);
    expect(terminal.written.stdout).toContain("lasting\n");
    expect(terminal.written.stdout).not.toContain("p".repeat(40));
    const file = streams(false);
    createOutput(false, file.given).progress("moving");
    expect(file.written.stdout).toBe("");
  });
});

test("columns are as wide as their widest cell, in the width of a terminal", () => {
  expect(
    tableLines([
      ["a", "x"],
      ["日本", "y"],
    ]),
  ).toEqual(["a     x", "日本  y"]);
});

test("durations are told in the unit people think in", () => {
  expect([900, 12_300, 185_000, 7_800_000, 270_000_000].map(durationText)).toEqual([
    "0.9 s",
    "12 s",
    "3 min 5 s",
    "2 h 10 min",
    "3 d 3 h",
  ]);
});

test("a quoted word comes out of a shell as it went in", () => {
  for (const word of [
    "/home/me/receipt.json",
    "/home/me/my notes/receipt.json",
    "it's",
    '$HOME "`id`" \\',
    "",
  ]) {
    const { stdout } = Bun.spawnSync(["sh", "-c", `printf %s ${shellQuoted(word)}`]);
    expect(stdout.toString()).toBe(word);
  }
  expect(shellQuoted("/home/me/receipt.json")).toBe("/home/me/receipt.json");
});
