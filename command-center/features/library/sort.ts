/** Orders of the task list. They cover what is loaded; the list says when more is to come. Pure. */
import { countBefore, type KnownTask } from "@/lib/task-book.ts";

export const SORTS = [
  { value: "newest", name: "Newest first" },
  { value: "oldest", name: "Oldest first" },
  { value: "changed", name: "Last changed" },
  { value: "confidence", name: "Highest confidence" },
  { value: "agreement", name: "Least agreed" },
] as const;
export type Sort = (typeof SORTS)[number]["value"];

type Compare = (a: KnownTask, b: KnownTask) => number;
/** Equal tasks are told apart by id, so that a place is one place and can be searched for. */
const COMPARES: Partial<Record<Sort, Compare>> = {
  changed: (a, b) => down(a.summary.updated_at, b.summary.updated_at) || byId(a, b),
  confidence: (a, b) => down(a.summary.confidence ?? -1, b.summary.confidence ?? -1) || byId(a, b),
  agreement: (a, b) => -down(a.summary.agreement ?? 2, b.summary.agreement ?? 2) || byId(a, b),
};

function down<T extends string | number>(a: T, b: T): number {
  return a === b ? 0 : a < b ? 1 : -1;
}

function byId(a: KnownTask, b: KnownTask): number {
  return down(b.summary.task_id, a.summary.task_id);
}

/** A list in an order, with the list it was made from. */
export interface Sorted {
  readonly sort: Sort;
  /** Newest first. */
  readonly from: readonly KnownTask[];
  readonly tasks: readonly KnownTask[];
}

/**
 * @param from newest first
 * @param before what was sorted last: where only a few tasks differ, they are moved, and nothing else is compared
 */
export function sortTasks(from: readonly KnownTask[], sort: Sort, before: Sorted | null = null): Sorted {
  const compare = COMPARES[sort];
  if (compare === undefined) return { sort, from, tasks: sort === "newest" ? from : from.toReversed() };
  if (before === null || before.sort !== sort) return { sort, from, tasks: from.toSorted(compare) };
  const [start, end] = difference(before.from, from);
  const [gone, come] = [
    before.from.slice(start, before.from.length - end),
    from.slice(start, from.length - end),
  ];
  if (gone.length + come.length > from.length / 8) return { sort, from, tasks: from.toSorted(compare) };
  const tasks = [...before.tasks];
  for (const task of gone) tasks.splice(placeOf(tasks, task, compare), 1);
  for (const task of come) tasks.splice(placeOf(tasks, task, compare), 0, task);
  return { sort, from, tasks };
}

/** How many at the start and at the end are the same in both. */
function difference(a: readonly KnownTask[], b: readonly KnownTask[]): readonly [number, number] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [start, end];
}

/** Where it stands, or would. */
function placeOf(tasks: readonly KnownTask[], task: KnownTask, compare: Compare): number {
  return countBefore(tasks, (one) => compare(one, task) < 0);
}
