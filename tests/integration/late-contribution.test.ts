/** A contribution that arrives after the end of its task shows in the list of tasks as it does in the task itself. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION } from "@synapse/shared/contract/entry.ts";
import { taskListSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import { findPaidReplica, PUBLIC_RULE, replicaPrefix } from "@synapse/spore/replica/public-rule.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { GossipClient } from "../support/gossip-client.ts";
import { cleanUp, startTestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);
afterAll(cleanUp);

test("a late word is counted in both", async () => {
  const spore = await startTestSpore();
  await spore.post("/api/memory", { content: "Mira repairs clocks in the tower.", label: "public" });
  const asked = await spore.post("/api/task", { task: "What does Mira repair?", label: "public" });
  const { task_id } = (await asked.json()) as { task_id: EntryId };
  await waitFor("an answer", async () => (await spore.task(task_id)).converged);
  const summary = async () => {
    const { tasks } = taskListSchema.parse(await spore.json("/api/tasks"));
    return tasks.find((one) => one.task_id === task_id);
  };
  await waitFor("the list to show it", async () => (await summary())?.status === "converged");
  const before = (await spore.task(task_id)).deltas.length;

  const { key } = await spore.health();
  const client = new GossipClient();
  // Anybody may speak to a public task who has paid the newcomer's price.
  const prefix = replicaPrefix(client.key.publicKey, Date.now());
  const replica = findPaidReplica(prefix, PUBLIC_RULE.workBits, 0, 2 ** 26);
  const node = { url: spore.url, key: { publicKey: key } };
  const card = client.card();
  expect((await client.hello(node, card)).status).toBe(200);
  const { certificate } = JSON.parse(card[0]) as { certificate: object };
  const text = canonicalJson({
    v: ENTRY_VERSION,
    kind: "contribution",
    label: "public",
    replica,
    counter: 1,
    clock: [Date.now(), 0],
    parents: [task_id],
    body: contributionBody(task_id, "Mira repairs the clocks of the tower."),
  });
  const signature = client.key.sign(signingBytes("entry", entryIdOf(text)));
  const put = await client.send(node, "put", {
    v: 1,
    rumour: true,
    in: 0,
    items: [[text, signature]],
    certs: [certificate],
  });
  expect(put.status).toBe(200);
  await waitFor("the task to show it", async () => (await spore.task(task_id)).deltas.length === before + 1);
  await waitFor("the list to show it", async () => (await summary())?.deltas === before + 1);
  const { contributors } = await spore.task(task_id);
  expect((await summary())?.contributors.length).toBe(contributors.length);
});
