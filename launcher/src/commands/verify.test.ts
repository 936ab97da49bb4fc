/** What `verify` says of a file that has not the form of a receipt: plain words, no words of a schema. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textOf } from "./command-text.fixture.ts";
import { runVerify } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-verify-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function firstLine(contents: unknown): Promise<string> {
  const file = join(folder, "receipt.json");
  writeFileSync(file, JSON.stringify(contents));
  const { text, code } = await textOf(runVerify, [file], { cwd: folder });
  expect(code).toBe(1);
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
