/**
 * Disks that fail, for real: a full file system (a small tmpfs, mounted where the tests run as root), files that cannot be
 * written, files that are damaged. What was acknowledged is never lost, and the error says what to do.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Draft } from "@synapse/spore/replica/draft.ts";
import { openStore } from "@synapse/spore/replica/store.ts";
import { createActor } from "@synapse/spore/testing/actor.ts";
import { createTestReplicas } from "@synapse/spore/testing/replica.ts";
import { startSpore } from "../support/spore-process.ts";

const dir = mkdtempSync(join(tmpdir(), "synapse-disk-"));
const mounts: string[] = [];
const replicas = createTestReplicas();
afterAll(() => {
  replicas.clean();
  for (const mount of mounts) spawnSync("umount", ["-l", mount]);
  rmSync(dir, { recursive: true, force: true });
});

const memory = (content: string): Draft => ({ label: "cluster", kind: "memory", body: { content } });

/** A file system of so many MiB, or null where none can be mounted. */
function smallDisk(name: string, mebibytes: number): string | null {
  const path = join(dir, name);
  mkdirSync(path);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path]).status === 0;
  if (mounted) mounts.push(path);
  return mounted ? path : null;
}

describe("a full disk", () => {
  const disk = process.getuid?.() === 0 ? smallDisk("small", 6) : null;
  if (disk === null) console.log("skipped: a full disk: a small file system can be mounted by root only");

  test.if(disk !== null)(
    "refuses writes as a whole, keeps what was acknowledged, and goes on when there is room",
    async () => {
      const ballast = join(disk ?? "", "ballast");
      writeFileSync(ballast, Buffer.alloc(1024 * 1024));
      const actor = createActor();
      const { replica, store } = await replicas.open({ actor, dir: disk ?? "" });
      const acknowledged: EntryId[] = [];
      let refusal: unknown = null;
      for (let i = 0; refusal === null && i < 200; i++) {
        const batch = Array.from({ length: 50 }, (_, n) => memory(`${i}/${n} ${"x".repeat(1_000)}`));
        const result = await replica.append(batch);
        if (result.ok) acknowledged.push(...result.value.map(({ id }) => id));
        else refusal = result.error;
      }
      expect(refusal).toMatchObject({ kind: "storage", message: expect.stringContaining("full") });
      expect(acknowledged.length).toBeGreaterThan(0);
      expect((await store.known(acknowledged)).size).toBe(acknowledged.length);

      rmSync(ballast);
      const result = await replica.append([memory("room again")]);
      expect(result.ok).toBe(true);
      if (result.ok) acknowledged.push(...result.value.map(({ id }) => id));
      store.close();
      const again = await replicas.open({ actor, dir: disk ?? "" });
      const stored = await again.replica.after(0, 100_000);
      expect(stored.map(({ id }) => id)).toEqual(acknowledged);
      expect(stored.map(({ entry }) => entry.counter)).toEqual(acknowledged.map((_, i) => i + 1));
    },
  );

  test.if(disk !== null)(
    "a spore answers 507 with the reason, stays up, and recovers",
    async () => {
      const home = smallDisk("home", 10) ?? "";
      const ballast = join(home, "ballast");
      writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
      const spore = await startSpore({ dataDir: join(home, "spore") });
      const remember = async () =>
        await fetch(`${spore.url}/api/memory`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            memories: Array.from({ length: 40 }, () => ({ content: "z ".repeat(3_000) })),
          }),
        });
      let status = 201;
      let body = "";
      for (let i = 0; status === 201 && i < 100; i++) {
        const response = await remember();
        status = response.status;
        body = await response.text();
      }
      expect([status, body]).toEqual([507, expect.stringContaining("full")]);
      expect(body).not.toContain("    at ");
      expect((await fetch(`${spore.url}/api/health`)).status).toBe(200);
      rmSync(ballast);
      expect((await remember()).status).toBe(201);
      await spore.stop();
    },
    120_000,
  );
});

describe("files that cannot be used", () => {
  async function problemOf(path: string): Promise<string> {
    const opened = await openStore({ url: `file:${path}` });
    if (!opened.ok) return opened.error.message;
    opened.value.close();
    return "opened";
  }

  async function filled(name: string): Promise<string> {
    const folder = join(dir, name);
    mkdirSync(folder);
    const { replica, store } = await replicas.open({ dir: folder });
    await replica.append(Array.from({ length: 300 }, (_, i) => memory(`note ${i}`)));
    store.close();
    return join(folder, "spore.db");
  }

  test("no database, a damaged header, a file cut short: a clear error, and the file is left as it was", async () => {
    const path = await filled("damaged");
    const good = readFileSync(path);
    const cases: Record<string, Buffer> = {
      text: Buffer.from("these are my notes, not a database\n".repeat(400)),
      header: Buffer.concat([Buffer.alloc(100, 0xff), good.subarray(100)]),
      schema: Buffer.concat([good.subarray(0, 100), Buffer.alloc(2_000, 0xff), good.subarray(2_100)]),
      short: good.subarray(0, good.length >> 1),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      const spoilt = join(dir, `spoilt-${name}.db`);
      writeFileSync(spoilt, bytes);
      const problem = await problemOf(spoilt);
      expect([name, problem]).toEqual([name, expect.stringContaining("restore a backup")]);
      expect([name, readFileSync(spoilt).equals(bytes)]).toEqual([name, true]);
    }
  });

  test("text that was damaged on the disk does not end the process, and is not sent to peers as ours", async () => {
    const path = await filled("rot");
    const bytes = readFileSync(path);
    const file = openSync(path, "r+");
    // Pages that were split leave copies behind: each of them is spoilt.
    for (let at = bytes.indexOf('note 7"'); at !== -1; at = bytes.indexOf('note 7"', at + 1)) {
      writeSync(file, Buffer.from([0xff, 0xfe]), 0, 2, at);
    }
    closeSync(file);
    const script = `
      import { openStore } from "@synapse/spore/replica/store.ts";
      import { createTestReplicas } from "@synapse/spore/testing/replica.ts";
      const opened = await openStore({ url: "file:${path}" });
      if (!opened.ok) throw new Error(opened.error.message);
      const good = await opened.value.after(200, 100).then((rows) => rows.length, () => -1);
      const bad = await opened.value.after(0, 100).then((rows) => rows.length, (cause) => String(cause));
      const { replica } = await createTestReplicas().open({ url: "file:${path}" });
      const sent = (await replica.log("cluster", 0, 1000)).entries.length;
      console.log(JSON.stringify({ good, bad, sent }));`;
    const probe = join(import.meta.dir, `.probe-${process.pid}.ts`);
    writeFileSync(probe, script);
    try {
      const { status, stdout, stderr } = spawnSync(process.execPath, [probe], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toEqual({ good: 100, bad: 100, sent: 299 });
    } finally {
      rmSync(probe);
    }
  });

  test("a read-only file or folder is named", async () => {
    const path = await filled("read-only");
    const copy = join(dir, "ro", "spore.db");
    mkdirSync(join(dir, "ro"));
    copyFileSync(path, copy);
    chmodSync(copy, 0o400);
    chmodSync(join(dir, "ro"), 0o500);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      console.log(
        "skipped: a read-only file: root may write it all the same; a read-only mount is tried instead",
      );
      const mount = smallDisk("ro-mount", 8);
      if (mount === null) return;
      copyFileSync(path, join(mount, "spore.db"));
      expect(spawnSync("mount", ["-o", "remount,ro", mount]).status).toBe(0);
      expect(await problemOf(join(mount, "spore.db"))).toContain("cannot be written");
      return;
    }
    expect(await problemOf(copy)).toContain("cannot be written");
    chmodSync(join(dir, "ro"), 0o700);
    expect(statSync(copy).size).toBeGreaterThan(0);
  });
});
