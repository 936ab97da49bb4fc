import { expect, test } from "bun:test";
import fc from "fast-check";
import { SORTS, type Sorted, sortTasks } from "@/features/library/sort.ts";
import type { KnownTask } from "@/lib/task-book.ts";

const unit = fc.option(fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10));
const task = fc.record({ confidence: unit, agreement: unit, changed: fc.nat(50) });

test("a list sorted after each change is the list sorted at once, in every order", () => {
  const known = (id: number, seed: { confidence: unknown; agreement: unknown; changed: number }) =>
    ({
      summary: {
        task_id: String(id).padStart(5, "0"),
        confidence: seed.confidence,
        agreement: seed.agreement,
        updated_at: String(seed.changed).padStart(3, "0"),
      },
    }) as unknown as KnownTask;
  fc.assert(
    fc.property(
      fc.constantFrom(...SORTS.map(({ value }) => value)),
      fc.array(task, { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(), task, fc.constantFrom("comes", "changes", "goes")), { maxLength: 12 }),
      (sort, first, changes) => {
        let from = first.map((seed, index) => known(index, seed));
        let sorted: Sorted = sortTasks(from, sort);
        changes.forEach(([at, seed, what], index) => {
          const place = at % (from.length + 1);
          const old = from[place];
          if (what === "comes") from = from.toSpliced(place, 0, known(1_000 + index, seed));
          else if (old !== undefined && what === "goes") from = from.toSpliced(place, 1);
          else if (old !== undefined) from = from.with(place, known(Number(old.summary.task_id), seed));
          sorted = sortTasks(from, sort, sorted);
          expect(sorted.tasks).toEqual(sortTasks(from, sort).tasks);
        });
      },
    ),
  );
});

test("one change in 100,000 compares as often as a search by halves, twice", () => {
  let looked = 0;
  const counted = (id: number, changed: number): KnownTask =>
    ({
      get summary() {
        looked += 1;
        return { task_id: String(id).padStart(6, "0"), updated_at: String(changed).padStart(6, "0") };
      },
    }) as unknown as KnownTask;
  const from = Array.from({ length: 100_000 }, (_, index) => counted(index, (index * 7_919) % 100_000));
  const sorted = sortTasks(from, "changed");
  looked = 0;
  sortTasks(from.with(500, counted(500, 999_999)), "changed", sorted);
  // Two searches of 17 steps; each step looks at two tasks, twice where their dates are the same.
  expect(looked).toBeLessThanOrEqual(2 * 17 * 4);
  expect(looked).toBeGreaterThan(0);
});
