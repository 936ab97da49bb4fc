/** A contribution that arrives after the end of its task shows in the list of tasks as it does in the task itself. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { taskListSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { PaidStranger } from "../support/paid-stranger.ts";
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

  // Anybody may speak to a public task who has paid the newcomer's price.
  const stranger = await PaidStranger.greeting(spore);
  const late = contributionBody(task_id, "Mira repairs the clocks of the tower.");
  expect((await stranger.put([stranger.sign("contribution", late, [task_id])])).status).toBe(200);
  await waitFor("the task to show it", async () => (await spore.task(task_id)).deltas.length === before + 1);
  await waitFor("the list to show it", async () => (await summary())?.deltas === before + 1);
  const { contributors } = await spore.task(task_id);
  expect((await summary())?.contributors.length).toBe(contributors.length);
});
