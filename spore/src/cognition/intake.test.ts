/** What cognition keeps of the change feed is bounded, whatever a flood of questions brings. */
import { expect, test } from "bun:test";
import type { SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { contributionBody, createActor } from "../testing/actor.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import { Intake, TASKS_MAX } from "./intake.ts";

const actor = createActor("spore-0");

test("only the newest questions are remembered with their words", () => {
  const intake = new Intake({ self: actor.publicKey, trustOf: () => 1 } as unknown as CognitionDeps);
  const arrive = (entries: readonly SignedEntry[]) => {
    intake.add(entries.map((one, seq) => ({ ...one, seq, receivedAt: 0 })) as readonly StoredEntry[]);
    for (let tick = 0; tick < 10; tick++) intake.tick();
  };
  const count = TASKS_MAX + 50;
  const tasks = Array.from({ length: count }, (_, at) =>
    actor.sign("task", { description: `Question ${at} of the flood`, priority: "normal" }),
  );
  arrive(tasks);
  const claims = ["The tide of the bay turns at noon on this day."];
  for (const at of [0, count - TASKS_MAX - 1, count - TASKS_MAX, count - 1]) {
    const task = tasks[at]?.id as EntryId;
    arrive([actor.sign("contribution", contributionBody(task, `It is ${at}.`, { claims }))]);
  }
  expect(intake.claims.map(({ task }) => task?.text)).toEqual([
    "",
    "",
    `Question ${count - TASKS_MAX} of the flood`,
    `Question ${count - 1} of the flood`,
  ]);
});
