import { describe, expect, test } from "bun:test";
import type { TaskStatus, TaskSummary } from "@synapse/shared/contract/status.ts";
import fc from "fast-check";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import {
  emptyBook,
  enterNews,
  type KnownTask,
  readBackTo,
  type TaskBook,
  type TaskFilter,
  takeReading,
  turnPage,
  unread,
} from "@/lib/task-book.ts";

const ALL: TaskFilter = { q: "", status: null };
const sporeAt = (url: string): ChosenSpore => ({ url, origin: "config", own: true });
const HERE = sporeAt("https://here.example");
const THERE = sporeAt("https://there.example");

/** @param date also the moment of its creation; larger is later */
function task(id: number, date: number, change: Partial<TaskSummary> = {}): TaskSummary {
  const at = new Date(1_795_000_000_000 + date * 1_000).toISOString();
  return {
    task_id: id.toString(16).padStart(64, "0"),
    description: `Question ${id}`,
    final_answer: null,
    status: "converged",
    created_at: at,
    updated_at: at,
    ...change,
  } as unknown as TaskSummary;
}

const ids = (book: TaskBook) => book.tasks.map(({ summary }) => Number.parseInt(summary.task_id, 16));

/** As a spore lists: newest first, of the same moment by id. */
const listed = (tasks: readonly TaskSummary[]) =>
  [...tasks].sort((a, b) =>
    a.created_at === b.created_at ? (a.task_id < b.task_id ? -1 : 1) : a.created_at < b.created_at ? 1 : -1,
  );

/** A spore with these tasks: pages of a size, each with the cursor of the next. */
function pageOf(tasks: readonly TaskSummary[], cursor: string | null, size: number) {
  const from = cursor === null ? 0 : Number(cursor);
  const next = from + size < tasks.length ? String(from + size) : null;
  return { tasks: listed(tasks).slice(from, from + size), next };
}

const someTasks = fc.uniqueArray(fc.record({ id: fc.nat(400), date: fc.nat(60) }), {
  selector: ({ id }) => id,
  maxLength: 60,
});

describe("pages and news", () => {
  test("in whatever order they come, are one list: each task once, newest first, its newest statement", () => {
    fc.assert(
      fc.property(
        someTasks,
        fc.array(fc.record({ pick: fc.nat(), later: fc.nat(5), answer: fc.string() }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        (sketches, changes, size) => {
          const tasks = sketches.map(({ id, date }) => task(id, date));
          let book = takeReading(emptyBook([HERE, THERE], ALL), HERE, pageOf(tasks, null, size));
          book = takeReading(book, THERE, pageOf(tasks, null, size + 2));
          const newest = new Map(tasks.map((one) => [one.task_id, one]));
          const news = changes.flatMap(({ pick, later, answer }) => {
            const one = tasks[pick % Math.max(1, tasks.length)];
            if (one === undefined) return [];
            const at = new Date(Date.parse(one.updated_at) + later * 60_000).toISOString();
            return [{ ...one, final_answer: answer, updated_at: at }];
          });
          for (let turn = 0; unread(book).length > 0 || turn < news.length; turn += 1) {
            const told = news[turn];
            if (told !== undefined) {
              book = enterNews(book, turn % 2 === 0 ? HERE : THERE, [told]);
              if (told.updated_at > (newest.get(told.task_id)?.updated_at ?? ""))
                newest.set(told.task_id, told);
            }
            for (const source of unread(book)) {
              const from = book.next[source.url] ?? null;
              book = turnPage(book, source, from, pageOf(tasks, from, size));
            }
          }
          expect(book.tasks.map(({ summary }) => summary.task_id)).toEqual(
            listed(tasks).map(({ task_id }) => task_id),
          );
          for (const { summary } of book.tasks)
            expect(summary.updated_at).toBe(newest.get(summary.task_id)?.updated_at as string);
        },
      ),
    );
  });

  test("a task told again changes nothing, and one with another date does not stand twice", () => {
    const book = takeReading(emptyBook([HERE, THERE], ALL), HERE, pageOf([task(1, 5), task(2, 9)], null, 9));
    expect(enterNews(book, THERE, [task(1, 5), task(2, 9)])).toBe(book);
    const moved = enterNews(book, THERE, [task(1, 50, { final_answer: "moved" })]);
    expect(ids(moved)).toEqual([2, 1]);
    expect(moved.tasks[1]?.summary.final_answer).toBe("moved");
  });

  test("what fits the filter no more goes, and what fits comes", () => {
    const filter: TaskFilter = { q: "question", status: "reasoning" };
    const status = (told: TaskStatus, later = 0) => ({
      status: told,
      updated_at: new Date(1_795_000_000_000 + (100 + later) * 1_000).toISOString(),
    });
    let book = takeReading(
      emptyBook([HERE], filter),
      HERE,
      pageOf([task(1, 1, status("reasoning")), task(2, 2, status("reasoning"))], null, 9),
    );
    book = enterNews(book, HERE, [task(1, 1, status("converged", 1)), task(3, 3, status("reasoning"))]);
    book = enterNews(book, HERE, [task(4, 4, { ...status("reasoning"), description: "Other words" })]);
    expect(ids(book)).toEqual([3, 2]);
  });
});

describe("reading again", () => {
  const many = Array.from({ length: 500 }, (_, index) => task(index, index));

  test("keeps the pages that were turned and goes on where they ended", () => {
    let book = takeReading(emptyBook([HERE], ALL), HERE, pageOf(many, null, 100));
    book = turnPage(book, HERE, "100", pageOf(many, "100", 200));
    const later = [...many, task(900, 900)];
    expect(readBackTo(book, HERE)).toBe(task(499, 499).created_at);
    book = takeReading(book, HERE, pageOf(later, null, 100));
    expect(book.tasks).toHaveLength(301);
    expect(book.next[HERE.url]).toBe("300");
  });

  test("after more was missed than is read again, the pages are turned from there, and nothing is missing", () => {
    let book = takeReading(emptyBook([HERE], ALL), HERE, pageOf(many.slice(0, 250), null, 100));
    book = takeReading(book, HERE, pageOf(many, null, 100));
    expect(book.next[HERE.url]).toBe("100");
    while (unread(book).length > 0) {
      const from = book.next[HERE.url] ?? null;
      book = turnPage(book, HERE, from, pageOf(many, from, 200));
    }
    expect(ids(book)).toEqual(many.map((_, index) => 499 - index));
  });

  test("reaches back to the oldest task that had not ended", () => {
    const mixed = many.map((one, index) => (index === 420 ? { ...one, status: "reasoning" as const } : one));
    const book = takeReading(emptyBook([HERE], ALL), HERE, pageOf(mixed, null, 100));
    expect(readBackTo(book, HERE)).toBe(task(420, 420).created_at);
  });

  test("what a source tells no more is gone, as far as it was read again; what others tell stays", () => {
    let book = takeReading(emptyBook([HERE, THERE], ALL), HERE, pageOf(many, null, 200));
    book = takeReading(book, THERE, pageOf([task(800, 450)], null, 9));
    const without = many.filter(({ task_id }) => task_id !== task(490, 490).task_id);
    book = takeReading(book, HERE, pageOf(without, null, 100));
    expect(ids(book)).not.toContain(490);
    expect(ids(book)).toContain(800);
    expect(book.tasks).toHaveLength(200);
  });

  test("a page asked for before the list was read anew is dropped", () => {
    const book = takeReading(emptyBook([HERE], ALL), HERE, pageOf(many, null, 100));
    expect(turnPage(book, HERE, "300", pageOf(many, "300", 200))).toBe(book);
  });
});

describe("the work of one piece of news", () => {
  /** A book of this many tasks that counts how often one of them is looked at. */
  function counting(count: number): { book: TaskBook; looks: () => number } {
    let looked = 0;
    const tasks: KnownTask[] = Array.from({ length: count }, (_, index) => {
      const summary = task(count - index, count - index);
      return {
        get summary() {
          looked += 1;
          return summary;
        },
        source: HERE,
      };
    });
    return { book: { ...emptyBook([HERE], ALL), tasks }, looks: () => looked };
  }

  for (const count of [1_000, 100_000]) {
    test(`looks at no more than the halvings of ${count} tasks`, () => {
      const { book, looks } = counting(count);
      const halvings = Math.ceil(Math.log2(count)) + 1;
      // A search looks at date and id of each task it meets; afterwards the one found is compared once more.
      const most = 2 * halvings + 4;
      for (const news of [task(count + 1, count + 1), task(1, 1), task(count >> 1, count >> 1)]) {
        const before = looks();
        expect(enterNews(book, HERE, [news]).tasks.length).toBeGreaterThanOrEqual(count);
        expect(looks() - before).toBeLessThanOrEqual(most);
      }
    });
  }
});
