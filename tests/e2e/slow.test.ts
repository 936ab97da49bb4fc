/**
 * A spore that answers after seconds: the others are live at once, it is marked as what it is until it has answered, and
 * nothing of it is lost, neither what it held before nor what happened while it was being waited for.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { CAST, type Cast, idOf, OTHERS, plainTask, summaryOf } from "./support/fixtures.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

/** Well below what the page takes for no answer at all (10 s), well above what anybody calls quick. */
const SLOW_MS = 4_000;
/** Of another operator, so that its tasks are read from it and from nobody else. */
const HERON: Cast = { ...(CAST[1] as Cast), name: "heron", operator: OTHERS };

function taskOf(spore: TestSpore, description: string): void {
  const task: TaskDetail = plainTask(description, 0);
  spore.tasks.set(task.task_id, task);
  spore.emit({ type: "task", data: summaryOf(task) });
}

describe.skipIf(!ready)(`a spore that answers after ${SLOW_MS / 1_000} s`, () => {
  test("is marked while it is waited for, holds nobody up, and loses nothing", async () => {
    let delay = SLOW_MS;
    const quick = world.spore();
    const slow = world.spore({
      cast: HERON,
      tasks: [plainTask("Was the heron there before?", 5)],
      delayMs: () => delay,
    });
    const { page, complaints } = await world.open(world.site([quick, slow]).url);
    const list = page.getByRole("region", { name: "Spores", exact: true });
    const rowOf = (name: string) => list.getByRole("listitem").filter({ hasText: name });

    // The quick one is there with its conversation, and the page can be used, before the slow one said a word.
    await rowOf("harbour").getByText("live", { exact: true }).waitFor();
    await page.getByText("The gauge was knocked").first().waitFor();
    await list.getByText("connecting", { exact: true }).waitFor();
    await list.getByText("Waiting for its first answer").waitFor();
    expect(await list.getByText("heron", { exact: true }).count()).toBe(0);
    await until("the stream of the quick one", () => quick.openStreams === 1);
    taskOf(quick, "Asked while the heron was silent?");
    await page.getByText("Asked while the heron was silent?").first().waitFor();
    expect(await list.getByText("connecting", { exact: true }).count()).toBe(1);

    // What happens at the slow one meanwhile is not on any stream yet.
    taskOf(slow, "Happened before anybody listened?");
    await rowOf("heron").getByText("live", { exact: true }).waitFor();
    await page.getByText("All your 2 spores are well").waitFor();
    await until("the stream of the slow one", () => slow.openStreams === 1);
    taskOf(slow, "Told by the slow stream?");
    const told = [
      "Was the heron there before?",
      "Happened before anybody listened?",
      "Told by the slow stream?",
    ];
    await page.getByRole("link", { name: "Library", exact: true }).first().click();
    const rows = page.getByTestId("task-rows");
    const waiting = page.getByRole("button", { name: /\d new$/ });
    for (const text of told) {
      await until(`“${text}”`, async () => {
        if ((await waiting.count()) > 0) await waiting.click();
        return (await rows.getByText(text, { exact: true }).count()) === 1;
      });
    }

    // It stays slow: what it is asked next is marked as being read, and the rest of the page is there.
    await rows.getByText("Happened before anybody listened?", { exact: true }).click();
    await page.getByText("Reading the task").waitFor({ state: "attached" });
    expect(await rows.getByText("Asked while the heron was silent?", { exact: true }).count()).toBe(1);
    await page.getByText("Answer to Happened before anybody listened?").first().waitFor();
    expect(page.url()).toContain(idOf("Happened before anybody listened?"));
    delay = 0;
    expect(complaints).toEqual([]);
  });
});
