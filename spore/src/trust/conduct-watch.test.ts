/** What is on a real replica's disk is what conduct is judged by. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { entryIdOf } from "../identity/entry-signature.ts";
import { findPaidReplica, replicaPrefix } from "../replica/public-rule.ts";
import { contributionBody, createActor } from "../testing/actor.ts";
import { CHEAP_RULE, createTestReplicas } from "../testing/replica.ts";
import { createConductWatch } from "./conduct-watch.ts";

setDefaultTimeout(60_000);
const replicas = createTestReplicas();
afterEach(replicas.clean);

/** Contributions to a task that nobody has; those with the same counter are forks of each other. */
function contributionsOf(actor: ReturnType<typeof createActor>, counters: readonly number[]) {
  const prefix = replicaPrefix(actor.publicKey, Date.now());
  const replica = findPaidReplica(prefix, CHEAP_RULE.workBits, 0, 1_000_000);
  return counters.map((counter, n) => {
    const body = contributionBody("ab".repeat(32) as EntryId, `answer ${n}`);
    const text = canonicalJson({
      v: ENTRY_VERSION,
      kind: "contribution",
      label: "public",
      replica,
      counter,
      clock: [Date.now(), n],
      parents: [],
      body,
    });
    return { text, signature: actor.key.sign(signingBytes("entry", entryIdOf(text))) };
  });
}

test("a forked history is noted with both of its entries, and nothing of one that is whole", async () => {
  const { replica, store, actor } = await replicas.open();
  const warned: string[] = [];
  const watch = createConductWatch({
    self: actor.publicKey,
    replica,
    store,
    ledger: { explain: () => [], isOwn: () => true },
    delayMs: () => 0,
    now: Date.now,
    warn: (message) => void warned.push(message),
  });
  const notes = async () => (await replica.after(0, 100)).filter(({ entry }) => entry.kind === "evidence");
  const integrity = async () =>
    (await notes()).filter(({ entry }) => entry.kind === "evidence" && entry.body.dimension === "integrity");
  const tell = async (counters: readonly number[]) => {
    const author = createActor();
    const report = await replica.apply(contributionsOf(author, counters), "public", [author.certificate]);
    expect(report.stored).toHaveLength(counters.length);
    await watch.onEntries(report.stored);
    return { author, ids: report.stored.map(({ id }) => id) };
  };

  await tell([1, 2]);
  const { author, ids } = await tell([1, 1]);
  for (const deadline = Date.now() + 30_000; (await integrity()).length === 0; await Bun.sleep(5))
    if (Date.now() > deadline) throw new Error("the fork was never noted");
  watch.stop();
  expect(await integrity()).toMatchObject([{ entry: { body: { subject: author.publicKey } } }]);
  const [note] = await integrity();
  expect(note?.entry.parents.toSorted()).toEqual(ids.toSorted());
  expect(warned).toEqual([]);
});
