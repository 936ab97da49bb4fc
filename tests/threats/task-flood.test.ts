/**
 * A flood of public tasks, and of contributions to one of them, at a real spore: its commander's own question is answered
 * before all of them, what one key says to one task stays small, and the flood makes the spore write next to nothing.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { CYCLES_MAX } from "@synapse/shared/contract/entry.ts";
import { HOUR_MS } from "@synapse/spore/replica/public-rule.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { type OwnEntry, PaidStranger } from "../support/paid-stranger.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

const PER_CALL = 400;
const TASKS = 1_500;
const CONTRIBUTIONS = 1_200;

let spore: TestSpore;
let stranger: PaidStranger;

async function put(entries: readonly OwnEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; ) {
    const reply = await stranger.put(entries.slice(at, at + PER_CALL), { rumour: false });
    if (reply.status === 200) at += PER_CALL;
    else if (reply.status === 429) await Bun.sleep(1_000 * Number(reply.headers.get("retry-after") ?? 1));
    else throw new Error(`${reply.status} ${await reply.text()}`);
  }
}

/** How many entries it holds: of the stranger, and of its own. */
async function held(): Promise<{ readonly foreign: number; readonly own: number }> {
  const { key } = await spore.health();
  const { clock } = await spore.json<{ clock: Record<string, number> }>("/api/memory");
  const own = Object.entries(clock).filter(([of]) => of.startsWith(key));
  return { foreign: clock[stranger.replica] ?? 0, own: own.reduce((sum, [, count]) => sum + count, 0) };
}

beforeAll(async () => {
  spore = await startTestSpore();
  // Three hours old, so that the public rule allows as many entries as are sent.
  stranger = await PaidStranger.greeting(spore, Date.now() - 3 * HOUR_MS);
});

describe("a stranger's flood", () => {
  test("of contributions to one task is read as far as any debate could go, and noted once", async () => {
    const task = stranger.sign("task", { description: "Which colour is best?", priority: "normal" });
    await put([task]);
    // Each cites what it does not show, each after the first is one more vote or of a cycle that nobody reaches.
    const citations = [{ id: task.id, quote: "colour" }];
    const flood = Array.from({ length: CONTRIBUTIONS }, (_, n) =>
      stranger.sign("contribution", {
        ...contributionBody(task.id, `Number ${n}.`, { citations }),
        cycle: 1 + (n % 600),
      }),
    );
    await put(flood);
    await waitFor("the flood", async () => (await held()).foreign > CONTRIBUTIONS, 120_000);
    const { deltas } = await spore.task(task.id);
    expect(deltas.filter(({ author }) => author === stranger.client.key.publicKey)).toHaveLength(CYCLES_MAX);
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
    const noted = peers.find(({ id }) => id === stranger.client.key.publicKey)?.evidence ?? 0;
    // At most one an hour of causality, one of consistency.
    expect(noted).toBeGreaterThanOrEqual(1);
    expect(noted).toBeLessThanOrEqual(2);
    expect((await held()).own).toBeLessThan(50);
  });

  test("of urgent tasks does not keep the commander's own question waiting", async () => {
    const flood = Array.from({ length: TASKS }, (_, n) =>
      stranger.sign("task", { description: `Which colour has thing number ${n}?`, priority: "high" }),
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
