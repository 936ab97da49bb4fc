/** What a replica refuses, what that does to its set, and what its memory is worth after a restart. */
import { afterEach, describe, expect, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { entryIdOf } from "../identity/entry-signature.ts";
import { type Actor, createActor } from "../testing/actor.ts";
import { CHEAP_RULE, createTestReplicas, give } from "../testing/replica.ts";
import type { Draft } from "./draft.ts";
import { findPaidReplica, replicaPrefix } from "./public-rule.ts";

const replicas = createTestReplicas();
afterEach(replicas.clean);

const note = (content: string, parents: EntryId[] = []): Draft<"public", "memory"> => ({
  label: "public",
  kind: "memory",
  body: { content },
  parents,
});
const notes = (count: number) => Array.from({ length: count }, (_, i) => note(`note ${i}`));

async function idsOf(
  result: Promise<{ ok: true; value: readonly { id: EntryId }[] } | { ok: false; error: unknown }>,
) {
  const settled = await result;
  if (!settled.ok) throw new Error(JSON.stringify(settled.error));
  return settled.value.map(({ id }) => id);
}

describe("the public rate", () => {
  test("is told before anything is signed, for all callers together, and what was told is true", async () => {
    let now = Date.now();
    const rule = { ...CHEAP_RULE, burst: 10, perHour: 2 };
    const { replica, actor } = await replicas.open({ rule, now: () => now });
    const other = await replicas.open({ rule, now: () => now });
    // Six callers want three each: three of them fit into the burst of ten.
    const asked = await Promise.all(Array.from({ length: 6 }, () => replica.append(notes(3))));
    expect(asked.filter(({ ok }) => ok)).toHaveLength(3);
    const refusal = asked.find((one) => !one.ok);
    expect(refusal).toMatchObject({ ok: false, error: { kind: "over_rate" } });
    const stored = await replica.after(0, 100);
    expect(stored.map(({ entry }) => entry.counter)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(
      (
        await give(
          replica,
          other.replica,
          stored.map(({ id }) => id),
        )
      ).stored,
    ).toHaveLength(9);

    // Cluster and private entries are bounded by the disk alone.
    const own = Array.from({ length: 50 }, (_, i) => ({ ...note(`own ${i}`), label: "cluster" as const }));
    expect((await replica.append(own)).ok).toBe(true);

    const wait = refusal?.ok === false && refusal.error.kind === "over_rate" ? refusal.error.retryAfterMs : 0;
    expect(wait).toBeGreaterThan(0);
    now += wait;
    const [later] = await idsOf(replica.append([note("after waiting")]));
    expect(replicaKey(stored[0]?.entry.replica as never)).toBe(actor.publicKey);
    expect((await give(replica, other.replica, [later as EntryId])).stored).toHaveLength(1);
  });

  test("a sequence near the end of its life is followed by another one", async () => {
    let now = Date.now();
    const { replica } = await replicas.open({ now: () => now });
    await replica.append([note("first")]);
    now += CHEAP_RULE.lifeHours * 3_600_000;
    await replica.append([note("second")]);
    const [first, second] = await replica.after(0, 10);
    expect(second?.entry.counter).toBe(1);
    expect(second?.entry.replica).not.toBe(first?.entry.replica as never);
  });

  test("a flood over the rate is refused by everybody, and its sender is to blame", async () => {
    const strict = { ...CHEAP_RULE, burst: 5, perHour: 1 };
    const flooder = await replicas.open({ rule: { ...strict, burst: 1_000 } });
    const ids = await idsOf(flooder.replica.append(notes(40)));
    const reports = [];
    for (let i = 0; i < 2; i++) {
      const { replica, indexes } = await replicas.open({ rule: strict });
      const report = await give(flooder.replica, replica, ids);
      expect(report.rejected.every(({ hostile, reason }) => hostile && reason === "over_rate")).toBe(true);
      reports.push([report.stored.length, await indexes.public.root()]);
    }
    expect(reports[0]?.[0]).toBe(5);
    expect(reports[0]).toEqual(reports[1] as never);
  });

  test("an unpaid sequence is refused", async () => {
    const cheap = await replicas.open({ rule: { ...CHEAP_RULE, workBits: 0 } });
    const ids = await idsOf(cheap.replica.append([note("hello")]));
    const dear = { ...CHEAP_RULE, workBits: 60 };
    const strict = await replicas.open({ rule: dear });
    expect((await give(cheap.replica, strict.replica, ids)).rejected).toEqual([
      { id: null, reason: "unpaid", hostile: false },
    ]);
  });
});

describe("a refused author", () => {
  test("is not stored, yet counts, so that the sets are equal; pardoned, its entries come", async () => {
    const author = await replicas.open();
    const ids = await idsOf(author.replica.append(notes(30)));
    const kept = await replicas.open();
    const blocked = await replicas.open();
    blocked.replica.refuseWhen((spore) => (spore === author.actor.publicKey ? "blocklist" : null));
    await give(author.replica, kept.replica, ids);
    const report = await give(author.replica, blocked.replica, ids);
    expect(report.stored).toEqual([]);
    expect(report.rejected.filter(({ reason, hostile }) => reason === "refused" && !hostile)).toHaveLength(
      30,
    );
    expect(await blocked.store.refusedCount()).toBe(30);
    const root = await kept.indexes.public.root();
    expect(await blocked.indexes.public.root()).toBe(root);
    // Offered again it changes nothing, nor does a restart, with or without a checkpoint.
    await give(author.replica, blocked.replica, ids.slice(0, 10));
    for (const saved of [false, true]) {
      if (saved) await blocked.checkpoints.save();
      const again = await replicas.open({ actor: blocked.actor, dir: blocked.dir });
      expect(await again.indexes.public.root()).toBe(root);
    }

    blocked.replica.refuseWhen(() => null);
    expect(await blocked.replica.pardon("blocklist")).toBe(30);
    expect(blocked.indexes.public.count).toBe(0);
    expect((await give(author.replica, blocked.replica, ids)).stored).toHaveLength(30);
    expect(await blocked.indexes.public.root()).toBe(root);
  });
});

describe("forks", () => {
  test("a forger of many branches is flagged, costs little and splits nobody", async () => {
    const key = createActor("forger");
    const first = await replicas.open({ actor: key });
    await first.replica.append([note("0")]);
    const incarnation = (await first.replica.after(0, 1))[0]?.entry.replica.slice(44) ?? "";
    const branches = [first];
    for (let i = 1; i < 12; i++) {
      const made = await replicas.open({ actor: key });
      await made.store.setMeta("incarnation_public", incarnation);
      const branch = await replicas.open({ actor: key, dir: made.dir });
      await branch.replica.append([note(String(i))]);
      branches.push(branch);
    }
    const [a, b] = [await replicas.open(), await replicas.open()];
    const caught: string[] = [];
    a.replica.onFork(({ author }) => caught.push(author));
    const idOf = async (branch: (typeof branches)[number]) =>
      (await branch.replica.after(0, 1))[0]?.id as EntryId;
    for (const branch of branches) await give(branch.replica, a.replica, [await idOf(branch)]);
    for (const branch of branches.toReversed()) await give(branch.replica, b.replica, [await idOf(branch)]);
    expect(caught[0]).toBe(key.publicKey);
    expect(await a.indexes.public.root()).toBe(await b.indexes.public.root());
    expect(a.indexes.public.count).toBe(2);
    expect(await a.store.forks(10)).not.toEqual([]);
    const shown = (await a.replica.after(0, 100)).filter(a.replica.isVisible);
    expect(shown.map(({ id }) => id).sort()).toEqual(await b.store.idsByPrefix("public", ""));
    const again = await replicas.open({ actor: b.actor, dir: b.dir });
    expect(await again.indexes.public.root()).toBe(await a.indexes.public.root());
  });
});

describe("forks of a refused author", () => {
  /** Different entries on one dot, at no price. */
  function forksOf(actor: Actor, count: number) {
    const prefix = replicaPrefix(actor.publicKey, Date.now());
    const replica = findPaidReplica(prefix, CHEAP_RULE.workBits, 0, 1_000_000);
    return Array.from({ length: count }, (_, n) => {
      const clock = [Date.now(), n];
      const body = { content: `fork ${n}` };
      const entry = { v: 1, kind: "memory", label: "public", replica, counter: 1, clock, parents: [], body };
      const text = canonicalJson(entry);
      return { text, signature: actor.key.sign(signingBytes("entry", entryIdOf(text))) };
    });
  }
  const isForger = (forger: Actor) => (spore: string) => (spore === forger.publicKey ? "blocklist" : null);

  test("cost who blocks it no more than who does not, in one durable batch, and split nobody", async () => {
    const forger = createActor("forger");
    const items = forksOf(forger, 600);
    const [kept, blocked] = [await replicas.open(), await replicas.open()];
    blocked.replica.refuseWhen(isForger(forger));
    const { client } = blocked.store;
    let writes = 0;
    const batch = client.batch.bind(client);
    client.batch = (statements, mode) => {
      writes++;
      return batch(statements, mode);
    };
    for (let at = 0; at < items.length; at += 200) {
      const some = items.slice(at, at + 200);
      const report = await blocked.replica.apply(some, "public", [forger.certificate]);
      expect(report.rejected.map(({ reason }) => reason)).toEqual(Array(200).fill("refused"));
      await kept.replica.apply(some.toReversed(), "public", [forger.certificate]);
    }
    expect(await blocked.store.refusedCount()).toBe(2);
    expect(writes).toBeLessThanOrEqual(3);
    expect(blocked.indexes.public.count).toBe(2);
    expect(await blocked.indexes.public.root()).toBe(await kept.indexes.public.root());
    // Nothing of a forger that is not kept is proof of anything.
    expect(await blocked.store.forks(10)).toEqual([]);
  });

  test("a database of before, which knew no dots, opens, and its set settles again", async () => {
    const forger = createActor("forger");
    const items = forksOf(forger, 20);
    const [kept, blocked] = [await replicas.open(), await replicas.open()];
    await kept.replica.apply(items, "public", [forger.certificate]);
    await blocked.replica.append([note("own")]);
    await give(blocked.replica, kept.replica, await blocked.store.idsByPrefix("public", ""));
    const { client } = blocked.store;
    const version = Number(await blocked.store.getMeta("schema_version"));
    await client.execute("DROP TABLE refused");
    await client.execute(
      "CREATE TABLE refused (id BLOB PRIMARY KEY, scope TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    );
    for (const { text } of items) {
      const sql = "INSERT INTO refused VALUES (?, 'public', 'blocklist', 1)";
      await client.execute({ sql, args: [Buffer.from(entryIdOf(text), "hex")] });
    }
    await blocked.store.setMeta("schema_version", String(version - 1));
    await blocked.checkpoints.save();
    const again = await replicas.open({ actor: blocked.actor, dir: blocked.dir });
    again.replica.refuseWhen(isForger(forger));
    expect(again.indexes.public.count).toBe(1);
    await again.replica.apply(items, "public", [forger.certificate]);
    expect(await again.store.refusedCount()).toBe(2);
    expect(await again.indexes.public.root()).toBe(await kept.indexes.public.root());
  });
});

describe("provenance", () => {
  test("ancestors, what is missing, and independence", async () => {
    const { replica, store } = await replicas.open();
    const [root, alone] = await idsOf(replica.append([note("root"), note("alone")]));
    const unknown = "ab".repeat(32) as EntryId;
    const [left, right] = await idsOf(
      replica.append([note("left", [root as EntryId]), note("right", [root as EntryId, unknown])]),
    );
    const [joined] = await idsOf(replica.append([note("joined", [left as EntryId, right as EntryId])]));
    const { provenance } = store;
    expect(await provenance.ancestors([joined as EntryId])).toEqual({
      ids: [root, left, right].sort() as EntryId[],
      missing: [unknown],
      complete: true,
    });
    expect(await provenance.descendants([root as EntryId])).toEqual(
      [left, right, joined].sort() as EntryId[],
    );
    const between = (one?: EntryId, other?: EntryId) =>
      provenance.independence(one as EntryId, other as EntryId);
    expect(await between(left, alone)).toEqual({ independent: true, shared: [], complete: true });
    expect(await between(left, right)).toEqual({
      independent: false,
      shared: [root as EntryId],
      complete: false,
    });
    expect((await between(root, left)).independent).toBe(false);
  });
});

describe("after a restart", () => {
  test("a checkpoint spares reading the log, whatever came after it; a damaged one is ignored", async () => {
    const first = await replicas.open();
    await first.replica.append(notes(500));
    await first.checkpoints.save();
    await first.replica.append(notes(20));
    const root = await first.indexes.public.root();
    const clock = first.replica.clock.vector();
    const saved = await first.store.checkpoint("index:public");
    expect(saved?.seq).toBe(500);
    const second = await replicas.open({ actor: first.actor, dir: first.dir });
    expect([await second.indexes.public.root(), second.replica.clock.vector()]).toEqual([root, clock]);
    expect(second.indexes.public.sketch.encode(0, 100)).toEqual(first.indexes.public.sketch.encode(0, 100));
    for (const damage of ["bytes = zeroblob(100)", "seq = 1000000"]) {
      await second.store.client.execute(`UPDATE checkpoints SET ${damage}`);
      const third = await replicas.open({ actor: first.actor, dir: first.dir });
      expect([await third.indexes.public.root(), third.replica.clock.vector()]).toEqual([root, clock]);
    }
  });

  test("a derived table that was dropped is rebuilt", async () => {
    const first = await replicas.open();
    const [root] = await idsOf(first.replica.append([note("root")]));
    const [child] = await idsOf(first.replica.append([note("child", [root as EntryId])]));
    const targets = [root as EntryId];
    await first.replica.append([{ label: "public", kind: "retraction", body: { targets, reason: "" } }]);
    for (const table of ["parents", "retractions"]) await first.store.client.execute(`DROP TABLE ${table}`);
    const { replica, store } = await replicas.open({ actor: first.actor, dir: first.dir });
    expect((await store.provenance.ancestors([child as EntryId])).ids).toEqual([root as EntryId]);
    const shown = (await replica.after(0, 10)).filter(replica.isVisible);
    expect(shown.map(({ id }) => id)).not.toContain(root as EntryId);
    expect((await replica.append([note("more", [root as EntryId])])).ok).toBe(true);
  });
});
