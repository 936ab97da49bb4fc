/** The table of tasks: pages and counts as if each were computed anew, searches with an end, and indexes that are used. */
import { expect, spyOn, test } from "bun:test";
import { type Client, createClient } from "@libsql/client";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { TaskStatus, TaskSummary } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { migrate } from "../replica/migrations.ts";
import type { Store } from "../replica/store.ts";
import { openTaskIndex, SEARCHED_MAX, type TaskFilter } from "./task-index.ts";

const STATUSES: readonly TaskStatus[] = ["queued", "reasoning", "converged", "unresolved"];
const ALL: TaskFilter = { limit: 50, cursor: null, status: null, text: null, publicOnly: false };
const START_MS = Date.UTC(2026, 10, 1);

const quiet = () => undefined;

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !isSo(); await Bun.sleep(5))
    if (Date.now() > deadline) throw new Error("it never came to be");
}

async function openIndex() {
  const client = createClient({ url: ":memory:" });
  await migrate(client);
  const meta = new Map<string, string>();
  const store = {
    client,
    getMeta: async (key: string) => meta.get(key) ?? null,
    setMeta: async (key: string, value: string) => void meta.set(key, value),
    hiddenTasks: async () => new Set<EntryId>(),
  } as unknown as Store;
  return { client, store, index: await openTaskIndex(store, quiet) };
}

/** Two tasks share each moment, so that order by id matters too. */
function summary(number: number, change: Partial<TaskSummary> = {}): TaskSummary {
  const at = new Date(START_MS + Math.floor(number / 2) * 1_000).toISOString();
  return {
    task_id: number.toString(16).padStart(64, "0"),
    description: `Question ${number} about the tide`,
    label: (["private", "cluster", "public"] as Label[])[number % 3],
    status: STATUSES[number % 4],
    final_answer: number % 5 === 0 ? "at noon" : null,
    created_at: at,
    updated_at: at,
    ...change,
  } as TaskSummary;
}

async function all(index: Awaited<ReturnType<typeof openTaskIndex>>, filter: Partial<TaskFilter>) {
  const ids: string[] = [];
  let pages = 0;
  for (let cursor: string | null = null; ; pages++) {
    const page = await index.list({ ...ALL, ...filter, cursor });
    ids.push(...page.tasks.map(({ task_id }) => task_id));
    cursor = page.next;
    if (cursor === null) return { ids, pages: pages + 1 };
  }
}

const newestFirst = (a: TaskSummary, b: TaskSummary) =>
  a.created_at === b.created_at ? (a.task_id < b.task_id ? -1 : 1) : a.created_at < b.created_at ? 1 : -1;

test("every filter pages through exactly its tasks, newest first, whoever asks", async () => {
  const { index } = await openIndex();
  const tasks = Array.from({ length: 300 }, (_, number) => summary(number));
  for (const task of tasks) index.put(task);
  for (const publicOnly of [true, false]) {
    for (const status of [null, ...STATUSES]) {
      for (const text of [null, "tide noon", "question 7", "nothing_like%this"]) {
        const expected = tasks
          .filter((task) => !publicOnly || task.label === "public")
          .filter((task) => status === null || task.status === status)
          .filter((task) =>
            (text ?? "")
              .split(" ")
              .every((word) => `${task.description}\n${task.final_answer}`.toLowerCase().includes(word)),
          )
          .toSorted(newestFirst)
          .map(({ task_id }) => task_id);
        expect((await all(index, { publicOnly, status, text, limit: 7 })).ids).toEqual(expected);
      }
    }
  }
});

test("counts follow every change, and are the table's own after a start", async () => {
  const { index, store } = await openIndex();
  const current = new Map<number, TaskStatus>();
  for (let round = 0; round < 6; round++) {
    for (let number = 0; number < 1_500; number += 1 + round) {
      const status = STATUSES[(number + round) % 4] as TaskStatus;
      current.set(number, status);
      index.put(summary(number, { status }));
    }
    await index.flush();
    const again = await openTaskIndex(store, quiet);
    for (const status of STATUSES) {
      const expected = [...current.values()].filter((one) => one === status).length;
      expect(index.count(status)).toBe(expected);
      expect(again.count(status)).toBe(expected);
    }
  }
});

test.each(["before", "after"])(
  "a write that fails %s it took place loses no task and leaves the counts right",
  async (moment) => {
    const { client, store } = await openIndex();
    let fails = false;
    const failing = {
      execute: client.execute.bind(client),
      batch: async (...statements: Parameters<Client["batch"]>) => {
        if (fails && moment === "before") throw new Error("disk full");
        const results = await client.batch(...statements);
        if (fails) throw new Error("connection lost");
        return results;
      },
    } as unknown as Client;
    const index = await openTaskIndex({ ...store, client: failing }, quiet);
    index.put(summary(0));
    index.put(summary(1));
    await index.flush();

    fails = true;
    index.put(summary(0, { status: "converged" }));
    index.put(summary(1, { status: "converged" }));
    await expect(index.flush()).rejects.toThrow();
    index.put(summary(1, { status: "unresolved" }));
    index.put(summary(2, { status: "queued" }));
    expect((await index.list(ALL)).tasks).not.toEqual([]);

    fails = false;
    const { tasks } = await index.list(ALL);
    const statuses = tasks.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(["converged", "queued", "unresolved"]);
    for (const status of STATUSES) {
      expect({ status, count: index.count(status) }).toEqual({
        status,
        count: statuses.filter((one) => one === status).length,
      });
    }
  },
);

test("a write that failed is tried again by itself, said once, and not after the end", async () => {
  const { client, store } = await openIndex();
  let fails = false;
  let tries = 0;
  const failing = {
    execute: client.execute.bind(client),
    batch: async (...statements: Parameters<Client["batch"]>) => {
      tries++;
      if (fails) throw new Error("disk full");
      return await client.batch(...statements);
    },
  } as unknown as Client;
  const said: string[] = [];
  const index = await openTaskIndex({ ...store, client: failing }, (message) => void said.push(message));
  fails = true;
  tries = 0;
  index.put(summary(0));
  await until(() => tries >= 2);
  expect(index.count("queued")).toBe(0);
  fails = false;
  await until(() => index.count("queued") === 1);
  expect(said).toHaveLength(1);

  fails = true;
  index.put(summary(1));
  await expect(index.close()).rejects.toThrow("disk full");
  const setTimer = spyOn(globalThis, "setTimeout");
  index.put(summary(2));
  await expect(index.flush()).rejects.toThrow("disk full");
  expect(setTimer).not.toHaveBeenCalled();
  setTimer.mockRestore();
});

test("a stranger's search reads a bounded number of tasks and goes on where it ended; the commander's reads all", async () => {
  const { index } = await openIndex();
  const count = SEARCHED_MAX * 2 + 10;
  for (let number = 0; number < count; number++) {
    index.put(summary(number, { label: "public", ...(number < 3 ? { description: "The rare heron" } : {}) }));
  }
  const text = "heron";
  const first = await index.list({ ...ALL, publicOnly: true, text });
  expect(first.tasks).toEqual([]);
  expect(first.next).not.toBeNull();
  const { ids, pages } = await all(index, { publicOnly: true, text });
  expect(ids.length).toBe(3);
  expect(pages).toBe(3);
  expect((await index.list({ ...ALL, text })).tasks.length).toBe(3);
  expect((await index.list({ ...ALL, text })).next).toBeNull();
});

test("an index in the order of the page answers each filter, and none sorts", async () => {
  const { client, index } = await openIndex();
  const plans: string[] = [];
  const explaining = {
    ...client,
    execute: async (statement: string | { sql: string; args: never[] }) => {
      if (typeof statement === "string") return await client.execute(statement);
      const plan = await client.execute({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` });
      plans.push(plan.rows.map((row) => String(row.detail)).join("; "));
      return await client.execute(statement);
    },
    batch: client.batch.bind(client),
  } as unknown as Client;
  index.put(summary(1));
  await index.flush();
  const store = { client: explaining, getMeta: async () => "1", hiddenTasks: async () => new Set() };
  const watched = await openTaskIndex(store as unknown as Store, quiet);
  const planOf = async (filter: Partial<TaskFilter>) => {
    plans.length = 0;
    await watched.list({ ...ALL, cursor: `${START_MS}.${"0".repeat(64)}`, ...filter });
    return plans.join("; ");
  };
  expect(await planOf({})).toContain("USING INDEX task_index_order (created_ms<?)");
  expect(await planOf({ status: "queued" })).toContain("task_index_status (status=? AND created_ms<?)");
  expect(await planOf({ publicOnly: true })).toContain("task_index_label (label=? AND created_ms<?)");
  expect(await planOf({ publicOnly: true, status: "queued" })).toContain(
    "task_index_label_status (label=? AND status=? AND created_ms<?)",
  );
  for (const filter of [{}, { status: "queued" }, { publicOnly: true }, { text: "x" }] as const) {
    expect(await planOf(filter)).not.toContain("TEMP B-TREE");
  }
});
