/** The replica against a real libSQL file: durability, order, admission and what must never happen. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { KINDS } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { issueCertificate } from "../identity/certificate.ts";
import { createKeyPair, type KeyPair } from "../identity/keypair.ts";
import { openReplica } from "./open-replica.ts";
import { findPaidReplica, PUBLIC_RULE, type PublicRule, replicaPrefix } from "./public-rule.ts";
import type { Draft } from "./replica.ts";

const dirs: string[] = [];
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** The network's rule at a price that tests can pay. */
const RULE: PublicRule = { ...PUBLIC_RULE, workBits: 4 };

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "synapse-replica-"));
  dirs.push(dir);
  return dir;
}

interface Actor {
  key: KeyPair;
  certificate: Certificate;
}

function actor(operator: KeyPair, name = "spore-0"): Actor {
  const key = createKeyPair();
  return { key, certificate: issueCertificate(operator, { spore: key, name, issuedAt: 1 }) };
}

async function start(who: Actor, dir = freshDir(), now: () => number = Date.now) {
  const opened = await openReplica({
    url: `file:${join(dir, "spore.db")}`,
    ...who,
    rule: RULE,
    now,
    warn: () => {},
  });
  if (!opened.ok) throw new Error(opened.error.message);
  open.push(opened.value.store);
  return { ...opened.value, dir };
}

const memory = (content: string, label: Label = "public"): Draft<Label, "memory"> => ({
  label,
  kind: "memory",
  body: { content },
});

function value<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("append", () => {
  test("numbers entries without a gap, across a restart too", async () => {
    const who = actor(createKeyPair());
    const first = await start(who);
    await Promise.all(Array.from({ length: 50 }, (_, i) => first.replica.append([memory(`note ${i}`)])));
    first.store.close();
    const second = await start(who, first.dir);
    const [next] = value(await second.replica.append([memory("after the restart")]));
    expect(next?.entry.counter).toBe(51);
    expect(second.replica.id).toBe(first.replica.id);
    expect(second.replica.clock.vector()[next?.entry.replica as ReplicaId]).toBe(51);
  });

  test("a wiped disk gets a new incarnation, so no counter is used twice", async () => {
    const who = actor(createKeyPair());
    const [first, second] = [await start(who), await start(who)];
    expect(second.replica.id).not.toBe(first.replica.id);
  });

  test("the newest of any kinds and labels are those of all, newest first", async () => {
    const { replica, store } = await start(actor(createKeyPair()));
    for (let i = 0; i < 60; i++) {
      const label = LABELS[(i * 7) % 3] as Label;
      const task: Draft = { label, kind: "task", body: { description: `question ${i}`, priority: "normal" } };
      value(await replica.append([i % 4 === 0 ? task : memory(`note ${i}`, label)]));
    }
    const all = (await store.after(0)).toReversed();
    const filters: Parameters<typeof store.recent>[0][] = [
      {},
      { kinds: ["task"] },
      { kinds: ["memory", "task", "thought"], labels: ["public", "private"] },
      { labels: ["cluster"], beforeSeq: 31 },
      { kinds: ["memory"], beforeSeq: 20 },
      { kinds: [] },
      { labels: [] },
    ];
    for (const filter of filters) {
      const { kinds = KINDS, labels = LABELS, beforeSeq = Number.POSITIVE_INFINITY } = filter;
      const wanted = all.filter(
        ({ seq, entry }) => kinds.includes(entry.kind) && labels.includes(entry.label) && seq < beforeSeq,
      );
      for (const limit of [1, 9, 1_000]) {
        const newest = await store.recent(filter, limit);
        expect([filter, newest.map(({ seq }) => seq)]).toEqual([
          filter,
          wanted.slice(0, limit).map(({ seq }) => seq),
        ]);
      }
    }
  });

  test("private entries never reach a set index", async () => {
    const { replica, indexes } = await start(actor(createKeyPair()));
    const stored = value(
      await replica.append([memory("secret plan", "private"), memory("shared", "cluster")]),
    );
    expect([indexes.public.count, indexes.cluster.count]).toEqual([0, 1]);
    expect(stored.map(({ entry }) => entry.label)).toContain("private");
  });

  test("what derives from a private entry cannot be public", async () => {
    const { replica } = await start(actor(createKeyPair()));
    const [secret] = value(await replica.append([memory("secret", "private")]));
    const result = await replica.append([{ ...memory("derived"), parents: [secret?.id as EntryId] }]);
    expect(result.ok ? null : result.error.kind).toBe("label_wider_than_parent");
  });

  test("an entry too large is refused before anything is signed", async () => {
    const { replica } = await start(actor(createKeyPair()));
    const metadata = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`k${i}`, "x".repeat(1_500)]));
    const result = await replica.append([
      { label: "public", kind: "memory", body: { content: "x", metadata } },
    ]);
    expect(result.ok ? null : result.error.kind).toBe("too_large");
    const [next] = value(await replica.append([memory("fits")]));
    expect(next?.entry.counter).toBe(1);
  });

  test("a failed write uses up no counter and leaves the replica working", async () => {
    const { replica, store } = await start(actor(createKeyPair()));
    value(await replica.append([memory("one")]));
    await store.client.execute("ALTER TABLE entries RENAME TO elsewhere");
    const failed = await replica.append([memory("two")]);
    expect(failed.ok ? null : failed.error.kind).toBe("storage");
    await store.client.execute("ALTER TABLE elsewhere RENAME TO entries");
    const [next] = value(await replica.append([memory("three")]));
    expect(next?.entry.counter).toBe(2);
  });
});

describe("apply", () => {
  async function pair(sameOperator = true) {
    const operator = createKeyPair();
    const a = actor(operator, "spore-0");
    const b = actor(sameOperator ? operator : createKeyPair(), "spore-1");
    return { a: await start(a), b: await start(b), actorA: a };
  }

  test("carries entries over once, with their ids, and shows them to subscribers in order", async () => {
    const { a, b } = await pair();
    const stored = value(await a.replica.append(Array.from({ length: 20 }, (_, i) => memory(`note ${i}`))));
    const wire = await a.replica.entries(
      "public",
      stored.map(({ id }) => id),
    );
    const seen: number[] = [];
    b.replica.subscribe((entries) => seen.push(...entries.map(({ seq }) => seq)));
    const first = await b.replica.apply([...wire, ...wire], "public", [a.replica.self]);
    const again = await b.replica.apply(wire, "public");
    expect(first.stored.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
    expect(again).toEqual({ stored: [], known: 20, rejected: [], missingCertificates: [] });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(b.replica.clock.vector()).toEqual(a.replica.clock.vector());
  });

  test("asks for a certificate it lacks instead of trusting an unknown author", async () => {
    const { a, b } = await pair();
    const [one] = value(await a.replica.append([memory("hello")]));
    const wire = await a.replica.entries("public", [one?.id as EntryId]);
    const report = await b.replica.apply(wire, "public");
    expect(report.stored).toEqual([]);
    expect(report.missingCertificates).toEqual([a.replica.self.spore]);
  });

  test("refuses cluster entries of another operator", async () => {
    const { a, b } = await pair(false);
    const [one] = value(await a.replica.append([memory("ours only", "cluster")]));
    const wire = await a.replica.entries("cluster", [one?.id as EntryId]);
    const report = await b.replica.apply(wire, "cluster", [a.replica.self]);
    expect(report.rejected).toEqual([{ id: null, reason: "foreign_cluster", hostile: false }]);
  });

  test("hands out no entry under a scope it does not have", async () => {
    const { a } = await pair();
    const stored = value(await a.replica.append([memory("p", "private"), memory("c", "cluster")]));
    const ids = stored.map(({ id }) => id);
    expect(await a.replica.entries("public", ids)).toEqual([]);
    expect((await a.replica.log("public", 0, 100)).entries).toEqual([]);
  });

  test("forgery: every field changed makes an entry nobody accepts", async () => {
    const { a, b } = await pair();
    const [one] = value(await a.replica.append([memory("the truth")]));
    const [wire] = await a.replica.entries("public", [one?.id as EntryId]);
    const entry = JSON.parse(wire?.text ?? "");
    const other = createKeyPair().publicKey;
    const paid = findPaidReplica(replicaPrefix(other, Date.now()), RULE.workBits, 0, 10_000);
    const forgeries = [
      { ...entry, body: { content: "a lie" } },
      { ...entry, counter: 2 },
      { ...entry, clock: [entry.clock[0] + 1, 0] },
      { ...entry, replica: paid },
      { ...entry, parents: [one?.id] },
      { ...entry, label: "cluster" },
      { ...entry, kind: "thought", body: { form: "dream", content: "x", novelty: 0 } },
      { ...entry, extra: 1 },
      { ...entry, v: 2 },
    ].map((forged) => ({ text: canonicalJson(forged), signature: wire?.signature ?? "" }));
    const malformed = [
      { text: `${wire?.text} `, signature: wire?.signature ?? "" },
      { text: wire?.text ?? "", signature: "A".repeat(86) },
      { text: "{", signature: "" },
      { text: "null", signature: "" },
      { text: "x".repeat(20_000), signature: "" },
    ];
    const report = await b.replica.apply([...forgeries, ...malformed], "public", [a.replica.self]);
    expect(report.stored).toEqual([]);
    expect(report.rejected).toHaveLength(forgeries.length + malformed.length - 1);
    expect(report.missingCertificates).toEqual([other]);
    expect(await b.replica.after(0, 10)).toEqual([]);
  });

  test("a clock far ahead waits until its time has come", async () => {
    const operator = createKeyPair();
    const future = await start(actor(operator, "spore-0"), undefined, () => Date.now() + 3_600_000);
    const [one] = value(await future.replica.append([memory("from tomorrow")]));
    const wire = await future.replica.entries("public", [one?.id as EntryId]);
    let now = Date.now();
    const here = await start(actor(operator, "spore-1"), undefined, () => now);
    const early = await here.replica.apply(wire, "public", [future.replica.self]);
    expect(early.rejected).toEqual([{ id: null, reason: "clock_ahead", hostile: false }]);
    now += 3_600_000;
    // What was not stored has brought no certificate either.
    expect((await here.replica.apply(wire, "public", [future.replica.self])).stored).toHaveLength(1);
  });

  test("equivocation: two entries on one dot are both kept, and the pair is proof", async () => {
    const { b, actorA } = await pair();
    // The same key and incarnation on two disks: what a cloned virtual machine does.
    const one = await start(actorA);
    const [x] = value(await one.replica.append([memory("x")]));
    const two = await start(actorA);
    await two.store.setMeta("incarnation_public", x?.entry.replica.slice(44) ?? "");
    two.store.close();
    const clone = await start(actorA, two.dir);
    const [y] = value(await clone.replica.append([memory("y")]));
    await b.replica.apply(await one.replica.entries("public", [x?.id as EntryId]), "public", [
      actorA.certificate,
    ]);
    await b.replica.apply(await clone.replica.entries("public", [y?.id as EntryId]), "public");
    expect(await b.replica.after(0, 10)).toHaveLength(2);
    const proof = await b.store.client.execute("SELECT hex(first), hex(second) FROM equivocations");
    expect(proof.rows).toHaveLength(1);
  });

  test("a retraction hides the author's own entry and nobody else's", async () => {
    const { a, b } = await pair(false);
    const [mine] = value(await a.replica.append([memory("mine")]));
    const [theirs] = value(await b.replica.append([memory("theirs")]));
    await a.replica.apply(await b.replica.entries("public", [theirs?.id as EntryId]), "public", [
      b.replica.self,
    ]);
    const targets = [mine?.id as EntryId, theirs?.id as EntryId];
    value(await a.replica.append([{ label: "public", kind: "retraction", body: { targets, reason: "" } }]));
    const visible = (await a.replica.after(0, 10)).filter(a.replica.isVisible).map(({ entry }) => entry.kind);
    expect(visible).toEqual(["memory", "retraction"]);
  });
});
