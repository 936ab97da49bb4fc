/** A file that cannot be written whole is not written at all, and the error says which one it was. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OWNER_ONLY, writeFileAtomically } from "./atomic-file.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-atomic-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a write that fails leaves no draft and names the file", () => {
  // A folder stands where the file would go: everything but the last step succeeds.
  const path = join(folder, "taken");
  mkdirSync(join(path, "inside"), { recursive: true });
  let error: unknown = null;
  try {
    writeFileAtomically(path, "text", OWNER_ONLY);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ path });
  expect(readdirSync(folder)).toEqual(["taken"]);
});

test("a longer and a shorter text replace each other whole", () => {
  const path = join(folder, "file");
  for (const text of ["long ".repeat(50_000), "short"]) {
    writeFileAtomically(path, text, OWNER_ONLY);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});
