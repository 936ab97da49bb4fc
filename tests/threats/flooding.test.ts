/**
 * Flooding a memory that never forgets: what one key, or a hundred, can make an honest spore keep is bounded by the public
 * rule alone, whatever order things arrive in; so honest spores still hold the same set. (The rule here is the
 * network's with smaller numbers, so that the flood fits into a test.)
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION, type Entry } from "@synapse/shared/contract/entry.ts";
import { errorSchema, memoryOverviewSchema } from "@synapse/shared/contract/status.ts";
import type { ReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import {
  findPaidReplica,
  HOUR_MS,
  PUBLIC_RULE,
  type PublicRule,
  replicaPrefix,
} from "@synapse/spore/replica/public-rule.ts";
import { randomOf, shuffled } from "../eval/random.ts";
import {
  type DiskReplica,
  openDiskReplica,
  type ReplicaOwner,
  replicaOwner,
} from "../support/disk-replica.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const RULE: PublicRule = { workBits: 6, lifeHours: 24, burst: 20, perHour: 1 };
const HOURS = 5;
const WRITTEN = 120;
const KEYS = 100;
const allowed = RULE.burst + RULE.perHour * HOURS;

interface Item {
  readonly text: string;
  readonly signature: string;
}

/** A sequence begun five hours ago, and far more entries than it may hold by now. */
function flood({ key }: ReplicaOwner, count: number, isPaid = true, from = 0): Item[] {
  const bornAt = Date.now() - HOURS * HOUR_MS;
  const prefix = replicaPrefix(key.publicKey, bornAt);
  const replica = isPaid ? findPaidReplica(prefix, RULE.workBits, from, 100_000) : unpaid(prefix);
  return Array.from({ length: count }, (_, n) => {
    const text = canonicalJson({
      v: ENTRY_VERSION,
      kind: "memory",
      label: "public",
      replica,
      counter: n + 1,
      // The whole hours since the birth, by the author's own clock.
      clock: [Math.floor(bornAt / HOUR_MS) * HOUR_MS + HOURS * HOUR_MS, n],
      parents: [],
      body: { content: `buy this, number ${n}` },
    });
    return { text, signature: key.sign(signingBytes("entry", entryIdOf(text))) };
  });
}

function unpaid(prefix: string): ReplicaId {
  for (let nonce = 0; ; nonce++) {
    const replica = `${prefix}${nonce.toString(16).padStart(10, "0")}` as ReplicaId;
    if (findPaidReplica(prefix, RULE.workBits, nonce, 1) === null) return replica;
  }
}

async function takeAll(victim: DiskReplica, items: readonly Item[], owners: readonly ReplicaOwner[]) {
  const certificates = owners.map(({ certificate }) => certificate);
  for (let at = 0; at < items.length; at += 500) {
    await victim.replica.apply(items.slice(at, at + 500), "public", certificates);
  }
  return victim.indexes.public.count;
}

test("one key: as many as the rule gives it, and none without the work", async () => {
  const victim = await openDiskReplica(replicaOwner(), { rule: RULE });
  const [paid, poor] = [replicaOwner(), replicaOwner()];
  expect(await takeAll(victim, flood(paid, WRITTEN), [paid])).toBe(allowed);
  expect(await takeAll(victim, flood(poor, WRITTEN, false), [poor])).toBe(allowed);
  victim.store.close();
});

test(`${KEYS} keys: ${KEYS} times as many at most, in any order, and honest spores agree`, async () => {
  const owners = Array.from({ length: KEYS }, () => replicaOwner());
  const items = owners.flatMap((owner) => flood(owner, allowed + 10));
  const [one, other] = [
    await openDiskReplica(replicaOwner(), { rule: RULE }),
    await openDiskReplica(replicaOwner(), { rule: RULE }),
  ];
  expect(await takeAll(one, items, owners)).toBe(KEYS * allowed);
  expect(await takeAll(other, shuffled(items, randomOf(5)), owners)).toBe(KEYS * allowed);
  expect(await other.indexes.public.root()).toBe(await one.indexes.public.root());
  for (const { store } of [one, other]) store.close();
});

test("one key with fifty sequences: each pays, and each holds what one may; what does not pay holds nothing", async () => {
  const SEQUENCES = 50;
  const owner = replicaOwner();
  const sequences = Array.from({ length: SEQUENCES }, (_, n) =>
    flood(owner, allowed + 10, true, n * 100_000),
  );
  const unpaidOnes = flood(owner, allowed, false);
  const items = [...sequences.flat(), ...unpaidOnes];
  const [one, other] = [
    await openDiskReplica(replicaOwner(), { rule: RULE }),
    await openDiskReplica(replicaOwner(), { rule: RULE }),
  ];
  expect(await takeAll(one, items, [owner])).toBe(SEQUENCES * allowed);
  expect(await takeAll(other, shuffled(items, randomOf(6)), [owner])).toBe(SEQUENCES * allowed);
  expect(await other.indexes.public.root()).toBe(await one.indexes.public.root());
  for (const { store } of [one, other]) store.close();
});

test("strangers' certificates are kept with what their spores wrote, and not without", async () => {
  const victim = await openDiskReplica(replicaOwner(), { rule: RULE });
  const before = (await victim.store.certificates()).length;
  const strangers = Array.from({ length: 256 }, () => replicaOwner());
  const offered = strangers.map(({ certificate }) => certificate);
  await victim.replica.apply([], "public", offered);
  // An author that has not paid, and one whose signature is of somebody else, have written nothing either.
  const [poor, forger, writer] = strangers as [ReplicaOwner, ReplicaOwner, ReplicaOwner];
  await victim.replica.apply(flood(poor, 1, false), "public", offered);
  const [stolen] = flood(forger, 1) as [Item];
  const signature = writer.key.sign(signingBytes("entry", entryIdOf(stolen.text)));
  await victim.replica.apply([{ ...stolen, signature }], "public", offered);
  expect(await victim.store.certificates()).toHaveLength(before);
  expect(await victim.replica.certificates(strangers.map(({ key }) => key.publicKey))).toEqual([]);

  const report = await victim.replica.apply(flood(writer, 2), "public", offered);
  expect(report.stored).toHaveLength(2);
  expect(await victim.replica.certificates(strangers.map(({ key }) => key.publicKey))).toEqual([
    writer.certificate,
  ]);
  expect(await victim.store.certificates()).toContainEqual(writer.certificate);
  expect(await victim.store.certificates()).toHaveLength(before + 1);
  victim.store.close();
});

test("a forged certificate is its sender's fault, and its author is heard when the genuine one comes", async () => {
  const victim = await openDiskReplica(replicaOwner(), { rule: RULE });
  const [writer, thief] = [replicaOwner(), replicaOwner()];
  const items = flood(writer, 1);
  const forged = { ...writer.certificate, operator: thief.certificate.operator };
  const report = await victim.replica.apply(items, "public", [forged]);
  expect(report.rejected).toEqual([{ id: null, reason: "bad_certificate", hostile: true }]);
  expect(report.missingCertificates).toEqual([writer.key.publicKey]);
  expect((await victim.replica.apply(items, "public", [writer.certificate])).stored).toHaveLength(1);
  victim.store.close();
});

test("the writer itself is told before anything is signed", async () => {
  const spore = await openDiskReplica(replicaOwner(), { rule: RULE });
  const write = (count: number) =>
    spore.replica.append(
      Array.from({ length: count }, (_, n) => ({
        label: "public" as const,
        kind: "memory" as const,
        body: { content: `note ${n}` },
      })),
    );
  expect((await write(RULE.burst)).ok).toBe(true);
  expect(await write(RULE.perHour * 2)).toMatchObject({ ok: false, error: { kind: "over_rate" } });
  expect(spore.indexes.public.count).toBe(RULE.burst);
  spore.store.close();
});

test("over HTTP too: 429 with the time to wait, and the author's counter has not moved", async () => {
  const spore = await startTestSpore();
  const publish = (count: number) =>
    spore.post("/api/memory", {
      memories: Array.from({ length: count }, (_, n) => ({ content: `note ${n}`, label: "public" })),
    });
  const batch = 900;
  const batches = Math.floor(PUBLIC_RULE.burst / batch);
  let last = "";
  for (let n = 0; n < batches; n++) {
    const reply = await publish(batch);
    expect(reply.status).toBe(201);
    last = ((await reply.json()) as { ids: string[] }).ids.at(-1) ?? "";
  }
  const { replica } = (await spore.json<{ entry: Entry }>(`/api/memory/${last}`)).entry;
  const published = async () => {
    const { public: count, clock, roots } = memoryOverviewSchema.parse(await spore.json("/api/memory"));
    return { count, counter: (clock as Record<string, number>)[replica], root: roots.public };
  };
  const before = await published();
  expect(before).toMatchObject({ count: batches * batch, counter: batches * batch });

  // Far more than an hour's worth too many: no change of the hour lets them through.
  const missing = (batches + 1) * batch - PUBLIC_RULE.burst;
  const refused = await publish(batch);
  const { error } = errorSchema.parse(await refused.json());
  expect([refused.status, error.code]).toEqual([429, "too_many_requests"]);
  const hours = Number(refused.headers.get("retry-after")) / 3_600;
  expect(hours).toBeGreaterThan(0);
  expect(hours).toBeLessThanOrEqual(Math.ceil(missing / PUBLIC_RULE.perHour));
  expect(await published()).toEqual(before);

  // Nothing was promised to what was refused either: the next one gets the next counter.
  const { ids } = (await (await publish(1)).json()) as { ids: string[] };
  const { entry } = await spore.json<{ entry: Entry }>(`/api/memory/${ids[0]}`);
  expect([entry.replica, entry.counter]).toEqual([replica, batches * batch + 1]);
});
