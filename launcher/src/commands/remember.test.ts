/** What `remember` says where there is nothing to remember: that, once, and no sums of nothing. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SPORE_FLAGS } from "../client/swarm-locator.ts";
import { textOf } from "./command-text.fixture.ts";
import { runRemember } from "./remember.ts";

const cwd = mkdtempSync(join(tmpdir(), "synapse-remember-"));
afterAll(() => rmSync(cwd, { recursive: true }));

async function told(...paths: string[]): Promise<string> {
  const { text, code } = await textOf(runRemember, paths, { cwd, flags: SPORE_FLAGS });
  expect(code).toBe(1);
  return text;
}

test("an empty file gives one line", async () => {
  writeFileSync(join(cwd, "empty.txt"), " \n");
  expect(await told("empty.txt")).toBe("error: empty.txt: empty; there is no text to remember\n");
});

test("several files without text are each named, then comes what that means", async () => {
  writeFileSync(join(cwd, "empty.txt"), "");
  writeFileSync(join(cwd, "picture.png"), new Uint8Array([0x89, 0x50, 0, 0]));
  expect(await told("empty.txt", "picture.png")).toBe(
    "warning: empty.txt: empty; skipped\nwarning: picture.png: not text; skipped\nerror: there is no text to remember\n",
  );
});
