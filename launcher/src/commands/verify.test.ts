/** What `verify` says of a file that has not the form of a receipt: plain words, no words of a schema. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "../arguments.ts";
import type { CommandContext } from "../commands.ts";
import { createOutput } from "../output.ts";
import { runVerify } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-verify-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function firstLine(contents: unknown): Promise<string> {
  const file = join(folder, "receipt.json");
  writeFileSync(file, JSON.stringify(contents));
  const parsed = parseArguments([file], []);
  if (!parsed.ok) throw new Error(parsed.error.message);
  let text = "";
  const stream = {
    isTTY: false,
    columns: 200,
    write: (part: string): void => {
      text += part;
    },
  };
  const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
  const context = { parsed: parsed.value, output, environment: {}, cwd: folder } as unknown as CommandContext;
  expect(await runVerify(context)).toBe(1);
  expect(text).toContain("The receipt does NOT hold.");
  return text.split("\n")[0] ?? "";
}

test.each([
  [{}, "v is missing"],
  [{ v: 2 }, "v is not what a receipt has there"],
  [{ v: 1 }, "type is missing"],
  [
    { v: 1, type: "synapse-receipt", label: "public", rule: "r", task: null },
    "task is not what a receipt has there",
  ],
  [[], "a receipt is an object with named members"],
  [null, "a receipt is an object with named members"],
])("%j", async (contents, problem) => {
  expect(await firstLine(contents)).toBe(`✗ form: this is no receipt of version 1: ${problem}`);
});
