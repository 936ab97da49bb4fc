import { expect, test } from "bun:test";
import { nextTurn } from "@/lib/turns.ts";

test("turns come in order, each in a task of its own", async () => {
  const order: string[] = [];
  const between = () => new Promise<void>((resolve) => setTimeout(() => resolve(), 0));
  const turns = [1, 2, 3].map(async (turn) => {
    await nextTurn();
    order.push(`turn ${turn}`);
    // A microtask of the same turn: it comes before the next one.
    await Promise.resolve();
    order.push(`after ${turn}`);
  });
  order.push("asked");
  await Promise.all(turns);
  await between();
  expect(order).toEqual(["asked", "turn 1", "after 1", "turn 2", "after 2", "turn 3", "after 3"]);
});
