/**
 * A flood of public tasks, and of contributions to one of them, at a real spore: its commander's own question is answered
 * before all of them, what one key says to one task stays small, and the flood makes the spore write next to nothing.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { type Body, CYCLES_MAX, ENTRY_VERSION, type Kind } from "@synapse/shared/contract/entry.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import { findPaidReplica, HOUR_MS, PUBLIC_RULE, replicaPrefix } from "@synapse/spore/replica/public-rule.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

const PER_CALL = 400;
const TASKS = 1_500;
const CONTRIBUTIONS = 1_200;

const stranger = new GossipClient();
const certificate = issueCertificate(stranger.operator, { spore: stranger.key, name: "client", issuedAt: 1 });
let spore: TestSpore;
let callee: { readonly url: string; readonly key: { readonly publicKey: string } };
let replica: ReplicaId;
let counter = 0;

/** Three hours old, so that the public rule allows as many entries as are sent. */
function paidReplica(): ReplicaId {
  const prefix = replicaPrefix(stranger.key.publicKey, Date.now() - 3 * HOUR_MS);
  for (let from = 0; ; from += 100_000) {
    const found = findPaidReplica(prefix, PUBLIC_RULE.workBits, from, 100_000);
    if (found !== null) return found;
  }
}

function sign<K extends Kind>(kind: K, body: Body<K>, parents: readonly EntryId[] = []) {
  counter += 1;
  const clock = [Date.now(), counter];
  const text = canonicalJson({
    v: ENTRY_VERSION,
    kind,
    label: "public",
    replica,
    counter,
    clock,
    parents,
    body,
  });
  const id = entryIdOf(text);
  return { id, item: [text, stranger.key.sign(signingBytes("entry", id))] };
}

async function put(entries: readonly { readonly item: readonly string[] }[]): Promise<void> {
  for (let at = 0; at < entries.length; ) {
    const items = entries.slice(at, at + PER_CALL).map(({ item }) => item);
    const reply = await stranger.send(callee, "put", {
      v: 1,
      in: 0,
      items,
      certs: [certificate],
      rumour: false,
    });
    if (reply.status === 200) at += PER_CALL;
    else if (reply.status === 429) await Bun.sleep(1_000 * Number(reply.headers.get("retry-after") ?? 1));
    else throw new Error(`${reply.status} ${await reply.text()}`);
  }
}

/** How many entries it holds: of the stranger, and of its own. */
async function held(): Promise<{ readonly foreign: number; readonly own: number }> {
  const { clock } = await spore.json<{ clock: Record<string, number> }>("/api/memory");
  const own = Object.entries(clock).filter(([of]) => of.startsWith(callee.key.publicKey));
  return { foreign: clock[replica] ?? 0, own: own.reduce((sum, [, count]) => sum + count, 0) };
}

beforeAll(async () => {
  spore = await startTestSpore();
  const { key } = await spore.health();
  callee = { url: spore.url, key: { publicKey: key } };
  replica = paidReplica();
  expect((await stranger.hello(callee)).status).toBe(200);
});

describe("a stranger's flood", () => {
  test("of contributions to one task is read as far as any debate could go, and noted once", async () => {
    const task = sign("task", { description: "Which colour is best?", priority: "normal" });
    await put([task]);
    // Each cites what it does not show, each after the first is one more vote or of a cycle that nobody reaches.
    const citations = [{ id: task.id, quote: "colour" }];
    const flood = Array.from({ length: CONTRIBUTIONS }, (_, n) =>
      sign("contribution", {
        ...contributionBody(task.id, `Number ${n}.`, { citations }),
        cycle: 1 + (n % 600),
      }),
    );
    await put(flood);
    await waitFor("the flood", async () => (await held()).foreign > CONTRIBUTIONS, 120_000);
    const { deltas } = await spore.task(task.id);
    expect(deltas.filter(({ author }) => author === stranger.key.publicKey)).toHaveLength(CYCLES_MAX);
    // Notes are written a moment after the look: a second question, asked and answered, is later than all of them.
    const asked = await spore.post("/api/task", { task: "Which colour is worst?" });
    const { task_id: own } = (await asked.json()) as { task_id: string };
    await waitFor(
      "an answer",
      async () =>
        (await spore.task(own)).final_answer !== null || (await spore.task(own)).status === "unresolved",
      60_000,
    );
    const { peers } = await spore.json<{ peers: { id: string; evidence: number }[] }>("/api/trust");
    const noted = peers.find(({ id }) => id === stranger.key.publicKey)?.evidence ?? 0;
    // At most one an hour of causality, one of consistency.
    expect(noted).toBeGreaterThanOrEqual(1);
    expect(noted).toBeLessThanOrEqual(2);
    expect((await held()).own).toBeLessThan(50);
  });

  test("of urgent tasks does not keep the commander's own question waiting", async () => {
    const flood = Array.from({ length: TASKS }, (_, n) =>
      sign("task", { description: `Which colour has thing number ${n}?`, priority: "high" }),
    );
    await put(flood);
    const before = await spore.json<{ tasks: { status: string }[] }>("/api/tasks?limit=200");
    expect(before.tasks.filter(({ status }) => status === "queued").length).toBeGreaterThan(100);
    const asked = await spore.post("/api/task", { task: "What is the colour of the sea at Naples?" });
    const { task_id: own } = (await asked.json()) as { task_id: string };
    await waitFor("its end", async () => (await spore.task(own)).status === "unresolved", 60_000);
    const after = await spore.json<{ tasks: { status: string }[] }>("/api/tasks?limit=200");
    expect(after.tasks.filter(({ status }) => status === "queued").length).toBeGreaterThan(100);
  });
});
