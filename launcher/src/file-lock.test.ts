import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryLock, waitForLock } from "./file-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that takes the lock, says so, and then hangs. */
async function holder(file: string) {
  const script = `const { tryLock } = await import(${JSON.stringify(join(import.meta.dir, "file-lock.ts"))});
    const lock = tryLock(${JSON.stringify(file)});
    console.log(lock === null ? "refused" : "held");
    setInterval(() => lock, 1000);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const reader = child.stdout.getReader();
  const said = new TextDecoder().decode((await reader.read()).value).trim();
  return { child, said };
}

test("one process at a time; a holder that is killed outright leaves it free", async () => {
  const file = join(folder, "a.lock");
  const { child, said } = await holder(file);
  expect(said).toBe("held");
  expect(tryLock(file)).toBeNull();
  child.kill("SIGKILL");
  await child.exited;
  const mine = tryLock(file);
  expect(mine).not.toBeNull();
  mine?.release();
});

test("whoever waits gets it once it is released, and can give up waiting", async () => {
  const file = join(folder, "b.lock");
  const first = tryLock(file);
  let waits = 0;
  const second = waitForLock(file, () => waits++);
  const abandoned = waitForLock(file, () => {}, AbortSignal.abort(new Error("no longer wanted")));
  await expect(abandoned).rejects.toThrow("no longer wanted");
  first?.release();
  (await second).release();
  expect(waits).toBe(1);
});
