/** Backup and restore, end to end: from a spore that is being written to, through every way to spoil the file. */
import { afterEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Draft } from "../replica/draft.ts";
import { createTestReplicas, give } from "../testing/replica.ts";
import { ArchiveError, pack, unpack } from "./archive.ts";
import { backUp, restore } from "./backup.ts";
import { CHUNK_BYTES, seal, UnsealError, unseal } from "./sealed-stream.ts";

const PASSPHRASE = "correct horse battery";
const NOW = new Date(0);
const replicas = createTestReplicas();
const dirs: string[] = [];
afterEach(() => {
  replicas.clean();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "synapse-backup-"));
  dirs.push(dir);
  return dir;
}

const memory = (content: string): Draft => ({ label: "public", kind: "memory", body: { content } });

async function* pieces(bytes: Uint8Array, size = 70_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of stream) all.push(piece);
  return Buffer.concat(all);
}

describe("backup and restore", () => {
  test("a spore that is being written to: one moment of it, all that was acknowledged before, nothing torn", async () => {
    const out = freshDir();
    const data = freshDir();
    const spore = await replicas.open({ dir: data });
    writeFileSync(join(data, "spore.key"), "a key", { mode: 0o600 });
    for (const name of ["recall.db", "spore.lock", "swarm.json", "big.gguf"])
      writeFileSync(join(data, name), "x");
    const before = await spore.replica.append(Array.from({ length: 300 }, (_, i) => memory(`before ${i}`)));
    let writing = true;
    const during: EntryId[] = [];
    const writer = (async () => {
      for (let i = 0; writing; i++) {
        const result = await spore.replica.append([memory(`during ${i}`)]);
        if (result.ok) during.push(...result.value.map(({ id }) => id));
        await Bun.sleep(1);
      }
    })();
    const file = join(out, "a.backup");
    const made = await backUp(data, file, PASSPHRASE, NOW);
    writing = false;
    await writer;
    expect(made).toMatchObject({ ok: true, value: { made_at: NOW.toISOString() } });
    expect(made.ok && made.value.files.map(({ name }) => name).sort()).toEqual(["spore.db", "spore.key"]);
    expect([statSync(file).mode & 0o777, readdirSync(out)]).toEqual([0o600, ["a.backup"]]);
    expect(readFileSync(file).includes("before 7")).toBe(false);

    const target = join(out, "restored");
    expect((await restore(file, target, PASSPHRASE)).ok).toBe(true);
    expect(readFileSync(join(target, "spore.key"), "utf8")).toBe("a key");
    const again = await replicas.open({ actor: spore.actor, dir: target });
    const stored = await again.replica.after(0, 10_000);
    const ids = before.ok ? before.value.map(({ id }) => id) : [];
    expect(stored.slice(0, 300).map(({ id }) => id)).toEqual(ids);
    expect(stored.slice(300).map(({ id }) => id)).toEqual(during.slice(0, stored.length - 300));
    expect(during.length).toBeGreaterThan(0);

    // It goes on as the same author without using a counter again, and gets back from a peer what it lost.
    const peer = await replicas.open();
    const all = (await spore.replica.after(0, 10_000)).map(({ id }) => id);
    await give(spore.replica, peer.replica, all);
    const written = await again.replica.append([memory("after the restore")]);
    await give(again.replica, peer.replica, written.ok ? written.value.map(({ id }) => id) : []);
    await give(peer.replica, again.replica, all);
    expect(await again.indexes.public.root()).toBe(await peer.indexes.public.root());
    expect(await peer.store.forks(1)).toEqual([]);
    expect(peer.indexes.public.count).toBe(all.length + 1);
  }, 60_000);

  test("a launcher's folder with several spores; a folder without any", async () => {
    const data = freshDir();
    for (const name of ["spore-0", "spore-1", "logs", "hosted"]) mkdirSync(join(data, name));
    writeFileSync(join(data, "hosted", "snapshot.passphrase"), "kept at home");
    const spores = [
      await replicas.open({ dir: join(data, "spore-0") }),
      await replicas.open({ dir: join(data, "spore-1") }),
    ];
    for (const { replica } of spores) await replica.append([memory("shared")]);
    writeFileSync(join(data, "operator.key"), "operator");
    const strays = ["notes (1).txt", "spore-0/.DS_Store", "spore-1/.nfs00000001"];
    for (const stray of strays) writeFileSync(join(data, stray), "of somebody else's program");
    const file = join(freshDir(), "all.backup");
    const made = await backUp(data, file, PASSPHRASE, NOW);
    const names = ["operator.key", "hosted/snapshot.passphrase", "spore-0/spore.db", "spore-1/spore.db"];
    expect(made.ok && made.value.files.map(({ name }) => name)).toEqual(names);
    expect(made.ok && made.value.leftOut).toEqual(strays);
    const target = join(freshDir(), "new", "home");
    expect((await restore(file, target, PASSPHRASE)).ok).toBe(true);
    expect(names.filter((name) => existsSync(join(target, name)))).toEqual(names);
    expect(await backUp(join(data, "logs"), join(data, "x"), PASSPHRASE, NOW)).toMatchObject({ ok: false });
    expect(await backUp(join(data, "nowhere"), join(data, "x"), PASSPHRASE, NOW)).toMatchObject({
      ok: false,
    });
    expect(await backUp(data, join(data, "x"), "short", NOW)).toMatchObject({ ok: false });
    expect(await backUp(data, file, PASSPHRASE, NOW)).toMatchObject({ ok: false });
  }, 60_000);

  test("wrong passphrase, damage anywhere, a full target: a clear error, and nothing is left behind", async () => {
    const data = freshDir();
    const spore = await replicas.open({ dir: data });
    await spore.replica.append([memory("precious")]);
    const file = join(data, "b.backup");
    expect((await backUp(data, file, PASSPHRASE, NOW)).ok).toBe(true);
    const good = readFileSync(file);
    const out = freshDir();
    const attempt = async (bytes: Uint8Array, passphrase = PASSPHRASE) => {
      const spoilt = join(out, "spoilt");
      writeFileSync(spoilt, bytes);
      const result = await restore(spoilt, join(out, "target"), passphrase);
      expect(readdirSync(out)).toEqual(["spoilt"]);
      return result.ok ? "restored" : result.error.message;
    };
    expect(await attempt(good, "wrong horse battery")).toContain(
      "wrong passphrase, or the backup was damaged",
    );
    for (const at of [9, good.length >> 1, good.length - 1]) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect([at, await attempt(bytes)]).toEqual([at, expect.stringContaining("nothing was restored")]);
    }
    for (const length of [0, 31, good.length - 1]) {
      expect(await attempt(good.subarray(0, length))).toContain("nothing was restored");
    }
    expect(await attempt(Buffer.concat([good, Buffer.from("more")]))).toContain("nothing was restored");
    expect(await restore(file, data, PASSPHRASE)).toMatchObject({ ok: false });
    expect((await restore(file, join(out, "target"), PASSPHRASE)).ok).toBe(true);
  }, 60_000);
});

const cheapKey = (salt: Uint8Array) => createHash("sha256").update(salt).digest();

describe("sealed stream", () => {
  test("comes back whole for every length around the chunk size, and no two are alike", async () => {
    for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]) {
      const plain = Buffer.alloc(length, "abc");
      const sealed = await collect(seal(pieces(plain), cheapKey));
      expect((await collect(unseal(pieces(sealed), cheapKey))).equals(plain)).toBe(true);
    }
    const [a, b] = [
      await collect(seal(pieces(Buffer.from("x")), cheapKey)),
      await collect(seal(pieces(Buffer.from("x")), cheapKey)),
    ];
    expect(a.equals(b)).toBe(false);
  });

  test("chunks cannot be exchanged, dropped or taken from the end", async () => {
    const plain = Buffer.alloc(3 * CHUNK_BYTES, 7);
    const sealed = await collect(seal(pieces(plain), cheapKey));
    const [head, size] = [31, CHUNK_BYTES + 16];
    const chunk = (n: number) => sealed.subarray(head + n * size, head + (n + 1) * size);
    const start = sealed.subarray(0, head);
    for (const order of [
      [1, 0, 2],
      [0, 2],
      [0, 1],
    ]) {
      const spoilt = Buffer.concat([start, ...order.map(chunk)]);
      const opened = collect(unseal(pieces(spoilt), cheapKey));
      expect(
        await opened.then(
          () => "opened",
          (cause: unknown) => cause instanceof UnsealError,
        ),
      ).toBe(true);
    }
  });
});

test("an archive cannot write outside its folder, nor claim what it does not hold", async () => {
  const dir = freshDir();
  const list = (name: string, bytes: number) => ({
    format: 1 as const,
    made_at: "",
    files: [{ name, bytes, sha256: "" }],
  });
  for (const name of ["../evil", "/etc/evil", "a/../../evil", ".ssh/evil", "a//b", "", "a\0b"]) {
    const hostile = unpack(pack(list(name, 0), []) as AsyncGenerator<Buffer>, dir);
    expect(
      await hostile.then(
        () => "unpacked",
        (cause: unknown) => cause instanceof ArchiveError,
      ),
    ).toBe(true);
  }
  for (const bytes of [1, 0]) {
    const lying = unpack(pack(list(`lie-${bytes}`, bytes), []) as AsyncGenerator<Buffer>, dir);
    expect(
      await lying.then(
        () => "unpacked",
        (cause: unknown) => cause instanceof ArchiveError,
      ),
    ).toBe(true);
  }
  expect(readdirSync(dir).filter((name) => !name.startsWith("lie-"))).toEqual([]);
});
