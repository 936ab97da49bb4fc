/** Three real spores: they share what they remember, answer together, and lose nothing when one of them is killed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { memoryOverviewSchema, swarmSchema } from "@synapse/shared/contract/status.ts";
import { verifyReceipt } from "@synapse/shared/receipt.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { cleanUp, startSwarm, type TestSpore, waitFor } from "../support/swarm.ts";

const EMPTY_ROOT = "0".repeat(64);
const NOTES = [
  "The observatory on Mount Hale opens its dome at nine in the evening.",
  "Doctor Okafor leads the observatory on Mount Hale and grew up in Lagos.",
  "The bakery in Fenwick sells rye bread on Tuesdays only.",
  "Ships may not enter the harbour of Brask while the red lantern burns.",
  "The red lantern of Brask burns when the tide runs faster than four knots.",
];

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let swarm: TestSpore[];
beforeAll(async () => {
  swarm = await startSwarm(3);
});
afterAll(cleanUp);

const at = (index: number): TestSpore => swarm[index] as TestSpore;

async function roots(): Promise<{ public: string; cluster: string }[]> {
  const overviews = await Promise.all(
    swarm.map(async (spore) => memoryOverviewSchema.parse(await spore.json("/api/memory"))),
  );
  return overviews.map((one) => ({ public: one.roots.public, cluster: one.roots.cluster ?? "" }));
}

/** Equal roots mean equal sets; those of an empty set would prove nothing. */
async function waitForEqualRoots(): Promise<void> {
  await waitFor("equal roots everywhere", async () => {
    const [first, ...others] = await roots();
    if (first === undefined || first.public === EMPTY_ROOT || first.cluster === EMPTY_ROOT) return false;
    return others.every((one) => one.public === first.public && one.cluster === first.cluster);
  });
}

async function ask(spore: TestSpore, task: string): Promise<string> {
  const reply = await spore.post("/api/task", { task });
  expect(reply.status).toBe(201);
  return ((await reply.json()) as { task_id: string }).task_id;
}

describe("a swarm of three", () => {
  test("spores meet, and each shows the whole swarm with its roles", async () => {
    await waitFor("everybody to know everybody", async () => {
      const views = await Promise.all(
        swarm.map(async (spore) => swarmSchema.parse(await spore.json("/api/swarm"))),
      );
      return views.every(
        ({ nodes }) => nodes.filter(({ state }) => state === "live" || state === "self").length === 3,
      );
    });
    const { nodes } = swarmSchema.parse(await at(0).json("/api/swarm"));
    expect(nodes.map(({ role }) => role).sort()).toEqual(["adversarial", "explorer", "synthesizer"]);
    expect(new Set(nodes.map(({ operator }) => operator)).size).toBe(1);
  });

  test("what is remembered at one is held by all, to the same Merkle roots", async () => {
    const half = NOTES.map((content, i) => ({ content, label: i % 2 === 0 ? "cluster" : "public" }));
    expect((await at(0).post("/api/memory", { memories: half.slice(0, 3) })).status).toBe(201);
    expect((await at(1).post("/api/memory", { memories: half.slice(3) })).status).toBe(201);
    await waitForEqualRoots();
    for (const spore of swarm) expect((await spore.health()).memories).toBe(NOTES.length);
  });

  test("private memories stay where they are", async () => {
    await at(0).post("/api/memory", { content: "canary-3f9a is private to spore-0", label: "private" });
    await at(0).post("/api/memory", { content: "a shared note after the canary" });
    await waitForEqualRoots();
    for (const other of [at(1), at(2)]) {
      expect((await other.health()).memories_private).toBe(0);
      expect(JSON.stringify(await other.json("/api/memory/search?q=canary-3f9a+private"))).not.toContain(
        "canary-3f9a",
      );
    }
  });

  test("three contribute blind, one synthesises, another confirms; the receipt verifies offline", async () => {
    const id = await ask(at(2), "Who leads the observatory on Mount Hale?");
    await waitFor("an answer", async () => (await at(2).task(id)).final_answer !== null);
    const task = await at(2).task(id);
    expect(task.status).toBe("converged");
    expect(task.final_answer).toContain("Okafor");
    expect(task.contributors).toEqual(["spore-0", "spore-1", "spore-2"]);
    expect(task.deltas.filter(({ cycle }) => cycle === 1).every(({ independent }) => independent)).toBe(true);
    expect(task.validation).toBe("confirmed");
    expect(task.citations.some(({ content }) => content?.includes("Okafor"))).toBe(true);
    const receipt = await at(2).json(`/api/task/${id}/receipt`);
    const report = await verifyReceipt(receipt, async (key, message, signature) =>
      verifySignature(key, message, signature),
    );
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    await waitFor("the same answer everywhere", async () => {
      const views = await Promise.all(swarm.map((spore) => spore.task(id).catch(() => null)));
      return views.every((view) => view?.final_answer === task.final_answer);
    });
  });

  test("kill -9 in the middle of a task: the others answer, and the killed one catches up after its restart", async () => {
    const id = await ask(at(0), "When may ships not enter the harbour of Brask?");
    await at(1).kill();
    await waitFor("an answer", async () => (await at(0).task(id)).final_answer !== null, 90_000);
    await at(0).post("/api/memory", { content: "written while spore-1 was away" });
    await at(1).restart();
    await waitForEqualRoots();
    const expected = await at(0).task(id);
    await waitFor(
      "the same answer",
      async () => (await at(1).task(id)).final_answer === expected.final_answer,
    );
    expect(expected.final_answer).toContain("red lantern");
    expect((await at(1).health()).memories).toBe((await at(0).health()).memories - 1);
  });

  test("a whole swarm that is stopped and started finds everything as it was", async () => {
    const before = await roots();
    const { converged_tasks } = await at(0).health();
    await Promise.all(swarm.map((spore) => spore.stop()));
    await Promise.all(swarm.map((spore) => spore.restart()));
    expect(await roots()).toEqual(before);
    expect((await at(0).health()).converged_tasks).toBe(converged_tasks);
  });
});
