/** How many tasks are open at once, whatever arrives. A real board; the store is a list, since only what is read of it counts here. */
import { expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { createActor } from "../testing/actor.ts";
import { FOREIGN_OPEN_MAX } from "./foreign-tasks.ts";
import { createTaskBoard, type TaskBoardDeps } from "./task-board.ts";

const [own, stranger] = [createActor("own"), createActor("stranger")];
const TASKS = 3 * FOREIGN_OPEN_MAX;

let seq = 0;
const stored = (signed: object): StoredEntry =>
  ({ ...signed, seq: ++seq, receivedAt: seq }) as unknown as StoredEntry;
const asked = (by: typeof own, at: number): StoredEntry =>
  stored(by.sign("task", { description: `Question ${at}`, priority: "normal" }, { label: "public" }));
const answered = (task: EntryId): StoredEntry =>
  stored(
    stranger.sign("answer", { task, synthesis: task, verdict: "confirmed", note: "" }, { label: "public" }),
  );

test("answers to strangers' tasks open no more of them than are open at once; one's own is opened at once", async () => {
  const tasks = new Map(
    Array.from({ length: TASKS }, (_, at) => asked(stranger, at)).map((task) => [task.id, task]),
  );
  const mine = asked(own, TASKS);
  const read = new Set<EntryId>();
  let tell = (_: readonly StoredEntry[]): void => {};
  const board = createTaskBoard({
    self: own.publicKey,
    replica: {
      subscribe: (listener: typeof tell) => {
        tell = listener;
        return () => {};
      },
    },
    store: {
      get: async ([id]: readonly EntryId[]) => [...tasks.values(), mine].filter((task) => task.id === id),
      // Open from here on, and never done being read.
      ofTask: (id: EntryId) => {
        read.add(id);
        return new Promise(() => {});
      },
    },
    operatorOf: () => null,
    unfinished: async () => [],
    now: Date.now,
    warn: () => {},
  } as unknown as TaskBoardDeps);
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await board.start();
  tell([...tasks.keys()].map(answered));
  await until(() => read.size >= FOREIGN_OPEN_MAX);
  tell([answered(mine.id)]);
  await until(() => read.has(mine.id));
  expect(read.size).toBe(FOREIGN_OPEN_MAX + 1);
  await board.stop();
});
