/** Checkpoints are nothing but a short cut: whatever happens to one, the spore is what its entries make it. */
import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createTestReplicas, give, type TestReplica } from "../testing/replica.ts";
import type { Draft } from "./draft.ts";
import { CACHE_NIBBLES } from "./merkle-index.ts";

const replicas = createTestReplicas();
afterEach(replicas.clean);

const notes = (count: number): Draft[] =>
  Array.from({ length: count }, (_, i) => ({
    label: i % 3 === 0 ? "public" : "cluster",
    kind: "memory",
    body: { content: `note ${i}` },
  }));

const BUCKETS = 16 ** CACHE_NIBBLES;
const NAMES = ["context", "index:public", "index:cluster"];

async function stateOf({ replica, indexes }: TestReplica) {
  const { public: open, cluster } = indexes;
  return {
    clock: replica.clock.vector(),
    roots: [await open.root(), await cluster.root()],
    sketches: [open.sketch.encode(0, 64), cluster.sketch.encode(0, 64)],
  };
}

/** 900 notes under checkpoints, 30 more after them. */
async function filled(): Promise<TestReplica> {
  const first = await replicas.open();
  expect((await first.replica.append(notes(900))).ok).toBe(true);
  await first.checkpoints.save();
  expect((await first.replica.append(notes(30))).ok).toBe(true);
  return first;
}

async function reopened({ actor, dir }: TestReplica) {
  const said: unknown[] = [];
  const opened = await replicas.open({
    actor,
    dir,
    warn: (message, details) => said.push([message, details?.checkpoint]),
  });
  return { ...opened, said };
}

const bytesOf = async ({ store }: TestReplica, name: string) =>
  Buffer.from((await store.checkpoint(name))?.bytes ?? []);

const put = ({ store }: TestReplica, name: string, bytes: Uint8Array | string | number) =>
  store.client.execute({ sql: "UPDATE checkpoints SET bytes = ? WHERE name = ?", args: [bytes, name] });

/** The next entry of the cluster sequence takes the counter after the highest one in the log. */
async function expectNoFork(opened: TestReplica): Promise<void> {
  const before = (await opened.store.after(0)).filter(({ entry }) => entry.label === "cluster");
  const appended = await opened.replica.append([
    { label: "cluster", kind: "memory", body: { content: "next" } },
  ]);
  if (!appended.ok) throw new Error(JSON.stringify(appended.error));
  const [next] = appended.value;
  const highest = Math.max(...before.map(({ entry }) => entry.counter));
  expect([next?.entry.counter, next?.entry.replica]).toEqual([highest + 1, opened.replica.id]);
  expect(await opened.store.forks(10)).toEqual([]);
}

test("a digit changed in the causal context uses no counter twice", async () => {
  const first = await filled();
  const wanted = await stateOf(first);
  const text = (await bytesOf(first, "context")).toString("latin1");
  // The cluster sequence stood at 600.
  expect(text).toContain(",600,");
  await put(first, "context", Buffer.from(text.replace(",600,", ",100,"), "latin1"));
  const second = await reopened(first);
  expect(await stateOf(second)).toEqual(wanted);
  expect(second.said).toEqual([[expect.stringContaining("built anew from the entries"), "context"]]);
  await expectNoFork(second);
});

test.each(NAMES)("%s is built anew whatever is wrong with it, and that is said once", async (name) => {
  const first = await filled();
  const wanted = await stateOf(first);
  const sound = await bytesOf(first, name);
  const flipped = Buffer.from(sound);
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
  const other = await bytesOf(first, NAMES[(NAMES.indexOf(name) + 1) % NAMES.length] ?? "");
  const damages: (Uint8Array | string | number)[] = [
    Buffer.from("[[1,2,3]]"),
    Buffer.from("[]"),
    Buffer.from("{"),
    Buffer.alloc(0),
    Buffer.alloc(100),
    sound.subarray(0, -1),
    flipped,
    other,
    "text, not bytes",
    2 ** 40,
  ];
  for (const damage of damages) {
    await put(first, name, damage);
    const again = await reopened(first);
    expect(again.said).toEqual([[expect.any(String), name]]);
    expect(await stateOf(again)).toEqual(wanted);
  }
  await put(first, name, sound);
  for (const seq of [0, 899, 901, 930, 1e6]) {
    await first.store.client.execute({
      sql: "UPDATE checkpoints SET seq = ? WHERE name = ?",
      args: [seq, name],
    });
    const again = await reopened(first);
    expect([seq, again.said]).toEqual([seq, [[expect.any(String), name]]]);
    expect(await stateOf(again)).toEqual(wanted);
  }
  await expectNoFork(await reopened(first));
});

test("a context of the format before this one, without a clock, is built anew", async () => {
  const first = await filled();
  const wanted = await stateOf(first);
  const seq = (await first.store.checkpoint("context"))?.seq;
  const older = Buffer.from("[]");
  const seal = createHash("sha256").update(`synapse checkpoint 1\ncontext\n${seq}\n`).update(older).digest();
  await put(first, "context", Buffer.concat([older, seal]));
  const second = await reopened(first);
  expect([await stateOf(second), second.said]).toEqual([wanted, [[expect.any(String), "context"]]]);
  await expectNoFork(second);
});

test("a checkpoint that is sound or missing is no news, and one built anew is kept at the next occasion", async () => {
  const first = await filled();
  const wanted = await stateOf(first);
  const sound = await reopened(first);
  expect([await stateOf(sound), sound.said]).toEqual([wanted, []]);
  await first.store.client.execute("DELETE FROM checkpoints WHERE name = 'index:public'");
  await put(first, "context", Buffer.from("[]"));
  const missing = await reopened(first);
  expect([await stateOf(missing), missing.said]).toEqual([wanted, [[expect.any(String), "context"]]]);
  missing.checkpoints.start();
  await missing.checkpoints.stop();
  expect((await missing.store.checkpoint("index:public"))?.seq).toBe(930);
  const last = await reopened(first);
  expect([await stateOf(last), last.said]).toEqual([wanted, []]);
});

test("a read that fails while a root is made hides no difference", async () => {
  const [one, two] = [await replicas.open(), await replicas.open()];
  const shared: Draft[] = notes(300).map((draft) => ({ ...draft, label: "public" }));
  await one.replica.append(shared);
  await give(one.replica, two.replica, await one.store.idsByPrefix("public", ""));
  const rootOf = ({ indexes }: TestReplica) => indexes.public.root();
  expect(await rootOf(one)).toBe(await rootOf(two));
  await one.replica.append([{ label: "public", kind: "memory", body: { content: "one more" } }]);
  const { client } = one.store;
  const execute = client.execute.bind(client);
  client.execute = () => Promise.reject(new Error("SQLITE_IOERR: disk I/O error"));
  await expect(rootOf(one)).rejects.toThrow("I/O");
  client.execute = execute;
  expect(await rootOf(one)).not.toBe(await rootOf(two));
  expect(await one.indexes.public.scrub(BUCKETS)).toBe(0);
  expect(await rootOf(one)).not.toBe(await rootOf(two));
});
