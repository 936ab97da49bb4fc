/** Group commit: order, bounds, and what happens to those behind a write that failed. */
import { expect, test } from "bun:test";
import { createWriteQueue } from "./write-queue.ts";

function setUp(
  options: { groupMax?: number; queueMax?: number; failOn?: (rows: readonly number[]) => boolean } = {},
) {
  const written: number[][] = [];
  let drawn = 0;
  let durable = 0;
  const queue = createWriteQueue<number, number>({
    groupMax: options.groupMax ?? 3,
    queueMax: options.queueMax ?? 100,
    async write(groups) {
      const rows = groups.flatMap((group) => group.rows);
      await Bun.sleep(0);
      if (options.failOn?.(rows)) throw new Error("disk full");
      written.push(rows);
      durable = rows.at(-1) ?? durable;
      for (const { job, rows } of groups) job.settle(rows);
    },
    rollBack: () => {
      drawn = durable;
    },
  });
  const add = () =>
    new Promise<number | string>((resolve) => {
      const taken = queue.add({
        size: 1,
        prepare: async () => [++drawn],
        settle: ([row]) => resolve(row ?? "nothing"),
        fail: (cause) => resolve(String(cause)),
      });
      if (!taken) resolve("full");
    });
  return { queue, add, written };
}

test("jobs are written in order, in groups no larger than allowed", async () => {
  const { add, written } = setUp();
  const results = await Promise.all(Array.from({ length: 10 }, add));
  expect(results).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(written.every((group) => group.length <= 3)).toBe(true);
});

test("a failed write fails what was prepared behind it, and no number is skipped or used twice", async () => {
  let failures = 1;
  const { add, written } = setUp({ failOn: (rows) => rows.includes(4) && failures-- > 0 });
  const results = await Promise.all(Array.from({ length: 12 }, add));
  expect(results.filter((one) => typeof one === "string").length).toBeGreaterThanOrEqual(3);
  expect(written.flat()).toEqual(Array.from({ length: written.flat().length }, (_, i) => i + 1));
  expect(await add()).toBe(written.flat().length);
});

test("beyond its bound the queue takes nothing", async () => {
  const { add } = setUp({ queueMax: 5 });
  const results = await Promise.all(Array.from({ length: 8 }, add));
  expect(results.filter((one) => one === "full")).toHaveLength(3);
});
