/**
 * Forged authorship: each member of 10,000 genuine entries is changed in turn, with the old signature or a stranger's,
 * and handed over by the thousand. None is stored, and nothing of the victim's state changes.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { openDiskReplica, remember, replicaOwner, toWireItem } from "../support/disk-replica.ts";
import { cleanUp } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

const ENTRIES = 10_000;
const BATCH = 1_000;
const stranger = createKeyPair();

type Members = Record<string, unknown> & { replica: string; counter: number; clock: [number, number] };
type Forge = (entry: Members) => unknown;

/** One way to forge each member, and some that add or take away. */
const FORGERIES: Readonly<Record<string, Forge>> = {
  v: (entry) => ({ ...entry, v: 2 }),
  kind: (entry) => ({ ...entry, kind: "task" }),
  label: (entry) => ({ ...entry, label: "cluster" }),
  author: (entry) => ({ ...entry, replica: `${stranger.publicKey}${entry.replica.slice(43)}` }),
  incarnation: (entry) => ({
    ...entry,
    replica: `${entry.replica.slice(0, -1)}${entry.replica.endsWith("0") ? 1 : 0}`,
  }),
  counter: (entry) => ({ ...entry, counter: entry.counter + 1 }),
  "counter below one": (entry) => ({ ...entry, counter: -entry.counter }),
  "clock, ms": (entry) => ({ ...entry, clock: [entry.clock[0] - 1, entry.clock[1]] }),
  "clock, count": (entry) => ({ ...entry, clock: [entry.clock[0], entry.clock[1] + 1] }),
  parents: (entry) => ({ ...entry, parents: ["0".repeat(64)] }),
  body: (entry) => ({ ...entry, body: { content: "I owe you everything" } }),
  "a member more": (entry) => ({ ...entry, note: "hello" }),
  "a member of the body more": (entry) => ({ ...entry, body: { content: "x", admin: true } }),
  "a member less": ({ parents: _, ...entry }) => entry,
};

test(`${ENTRIES} entries, each member changed in turn: none is stored, no state changes`, async () => {
  const [author, victim] = [await openDiskReplica(replicaOwner()), await openDiskReplica(replicaOwner())];
  const genuine: StoredEntry[] = [];
  // A sequence may begin with 5,000: two of the rule's bursts would be refused for their number.
  for (let i = 0; i < ENTRIES / 2; i += BATCH) {
    const texts = Array.from({ length: BATCH }, (_, n) => `memory ${i + n}`);
    genuine.push(...(await remember(author, texts)), ...(await remember(author, texts, "cluster")));
  }
  const certificates = [author.owner.certificate];
  const before = {
    head: victim.store.head(),
    public: await victim.indexes.public.root(),
    cluster: await victim.indexes.cluster.root(),
    clock: victim.replica.clock.vector(),
  };
  const ways = Object.entries(FORGERIES);
  const refusedFor = new Map<string, number>();
  for (let start = 0; start < genuine.length; start += BATCH) {
    const forged = genuine.slice(start, start + BATCH).map((stored, i) => {
      const [, forge] = ways[(start + i) % ways.length] ?? ways[0] ?? [];
      const text = canonicalJson(forge?.(stored.entry as never) as object);
      // Every second one is signed, by somebody else.
      const signature =
        i % 2 === 0 ? stored.signature : stranger.sign(signingBytes("entry", entryIdOf(text)));
      return { text, signature };
    });
    for (const scope of ["public", "cluster"] as const) {
      const report = await victim.replica.apply(forged, scope, certificates);
      expect(report.stored).toEqual([]);
      for (const { reason } of report.rejected) refusedFor.set(reason, (refusedFor.get(reason) ?? 0) + 1);
    }
  }
  expect(refusedFor.get("bad_signature")).toBeGreaterThan(1_000);
  expect({
    head: victim.store.head(),
    public: await victim.indexes.public.root(),
    cluster: await victim.indexes.cluster.root(),
    clock: victim.replica.clock.vector(),
  }).toEqual(before);
  // What was forged is still welcome from its author.
  const [first] = genuine;
  const report = await victim.replica.apply(
    first === undefined ? [] : [toWireItem(first)],
    "public",
    certificates,
  );
  expect(report.stored.map(({ id }) => id)).toEqual([first?.id as never]);
  for (const { store } of [author, victim]) store.close();
});

test("a signature for another purpose is none for an entry", async () => {
  const victim = await openDiskReplica(replicaOwner());
  const author = await openDiskReplica(replicaOwner());
  const [stored] = await remember(author, ["for an entry only"]);
  if (stored === undefined) throw new Error("nothing was written");
  for (const domain of ["request", "card", "certificate", "challenge"] as const) {
    const signature = author.owner.key.sign(signingBytes(domain, stored.id));
    const item = { ...toWireItem(stored), signature };
    const report = await victim.replica.apply([item], "public", [author.owner.certificate]);
    expect(report.rejected).toMatchObject([{ reason: "bad_signature", hostile: true }]);
  }
  for (const { store } of [author, victim]) store.close();
});
