/**
 * A launch into a data dir that cannot be written, for real (small and read-only file systems, mounted where the tests run
 * as root): one line that names the mend, exit code 1, nothing left running and no draft of a file.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../support/command-output.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(180_000);

const mounts: string[] = [];
afterAll(async () => {
  for (const mount of mounts) spawnSync("umount", ["-l", mount]);
  await cleanUp();
});

const isRoot = process.getuid?.() === 0;

/** A tmpfs, or null where none can be mounted. */
function mounted(options: string): string | null {
  const path = join(freshDir(), "disk");
  mkdirSync(path);
  if (!isRoot || spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status !== 0) return null;
  mounts.push(path);
  return path;
}

async function launch(dataDir: string) {
  const port = await freePorts(1);
  const args = ["launch", "--data-dir", dataDir, "--count", "1", "--bootstrap", "none"];
  const printed = await outputOf(
    [process.execPath, join(ROOT, "launcher/src/main.ts"), ...args, "--base-port", String(port)],
    {
      cwd: freshDir(),
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true" },
    },
  );
  const answers = await fetch(`http://127.0.0.1:${port}/api/health`).then(
    () => true,
    () => false,
  );
  expect(answers).toBe(false);
  return printed;
}

const drafts = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp"));

describe("a full data dir", () => {
  // In pages of 4 KiB: full with key and token; full when the started spore is recorded; full when that spore has died.
  const disks = ["8k", "12k", "16k"].map((size) => ({ size, disk: mounted(`size=${size}`) }));
  if (disks.some(({ disk }) => disk === null))
    console.log("skipped: a launch on a full disk: a small file system can be mounted by root only");

  for (const { size, disk } of disks) {
    test.if(disk !== null)(`of ${size}`, async () => {
      const { code, stderr } = await launch(disk ?? "");
      expect(stderr).toBe(
        `error: the data dir ${disk} is full: make room there or choose another --data-dir\n`,
      );
      expect(code).toBe(1);
      expect(drafts(disk ?? "")).toEqual([]);
    });
  }
});

describe("a data dir that may not be written", () => {
  const disk = mounted("size=100k");
  const isReadOnly = disk !== null && spawnSync("mount", ["-o", "remount,ro", disk]).status === 0;
  if (!isReadOnly) console.log("skipped: a launch on a read-only disk: it can be mounted by root only");

  test.if(isReadOnly)("is called read-only, be it there or to be made", async () => {
    for (const path of [disk ?? "", join(disk ?? "", "new")]) {
      const { code, stderr } = await launch(path);
      expect(stderr).toBe(
        `error: the data dir ${path} may not be written: it is read-only; choose another --data-dir\n`,
      );
      expect(code).toBe(1);
    }
  });

  if (isRoot) console.log("skipped: a data dir closed to this user: nothing is closed to root");
  test.if(!isRoot)("is called closed to this user", async () => {
    const closed = freshDir();
    chmodSync(closed, 0o500);
    const { code, stderr } = await launch(closed);
    chmodSync(closed, 0o700);
    expect(stderr).toContain(`the data dir ${closed} may not be written: ${closed} is closed to this user`);
    expect(code).toBe(1);
  });
});

test("a file is called a file", async () => {
  const file = join(freshDir(), "file");
  writeFileSync(file, "");
  const { code, stderr } = await launch(file);
  expect(stderr).toBe(`error: the data dir ${file} is a file, not a folder; choose another --data-dir\n`);
  expect(code).toBe(1);
});
