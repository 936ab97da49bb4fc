import { describe, expect, test } from "bun:test";
import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { MemoryOverview, TaskDetail, TaskSummary } from "@synapse/shared/contract/status.ts";
import fc from "fast-check";
import {
  applyToDetail,
  applyToMemory,
  LIVE_TASKS_MAX,
  type LiveTasks,
  mergeLiveTask,
} from "@/lib/live-cache.ts";

const DETAIL = {
  task_id: "t",
  deltas: [],
  contributors: [],
  phase: "diverge",
  cycle: 0,
  updated_at: "0",
  final_answer: null,
  confidence: null,
} as unknown as TaskDetail;

const event: fc.Arbitrary<SporeEvent> = fc.oneof(
  fc.record({ id: fc.nat(8), task: fc.constantFrom("t", "other") }).map(
    ({ id, task }) =>
      ({
        type: "delta",
        data: { task_id: task, delta: { id: `d${id}`, spore: `s${id % 3}` } },
      }) as unknown as SporeEvent,
  ),
  fc.nat(5).map(
    (cycle) =>
      ({
        type: "phase",
        data: { task_id: "t", phase: "deepen", cycle, agreement: null },
      }) as unknown as SporeEvent,
  ),
  fc.nat(5).map(
    (at) =>
      ({
        type: "task",
        data: {
          task_id: "t",
          status: "reasoning",
          phase: "deepen",
          cycle: at,
          converged: false,
          final_answer: null,
          confidence: null,
          updated_at: String(at),
        },
      }) as unknown as SporeEvent,
  ),
);

const fold = (events: readonly SporeEvent[]) => events.reduce(applyToDetail, DETAIL);

describe("events on a task", () => {
  test("a resume that repeats the last events changes nothing", () => {
    fc.assert(
      fc.property(fc.array(event), fc.nat(10), (events, repeated) => {
        const known = fold(events);
        const again = events
          .slice(-repeated)
          .filter((one) => one.type === "delta")
          .reduce(applyToDetail, known);
        expect(again).toEqual(known);
      }),
    );
  });

  test("a contribution is listed once, and those of other tasks not at all", () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const ids = fold(events).deltas.map((delta) => String(delta.id));
        expect(new Set(ids).size).toBe(ids.length);
        const own = new Set(
          events.flatMap((one) =>
            one.type === "delta" && String(one.data.task_id) === "t" ? [String(one.data.delta.id)] : [],
          ),
        );
        expect(new Set(ids)).toEqual(own);
      }),
    );
  });

  test("the cycle never goes back", () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let cycle = 0;
        let known = DETAIL;
        for (const one of events.filter((other) => other.type === "phase")) {
          known = applyToDetail(known, one);
          expect(known.cycle).toBeGreaterThanOrEqual(cycle);
          cycle = known.cycle;
        }
      }),
    );
  });
});

test("a memory from the stream keeps the time its author made it, and without one that of its arrival", () => {
  const overview = { recent: [], total_memories: 0 } as unknown as MemoryOverview;
  const data = {
    id: "m",
    kind: "memory",
    label: "public",
    author: "a",
    spore: "s",
    content: "c",
    total_memories: 1,
  };
  const arrives = (more: object) => {
    const event = { type: "memory", data: { ...data, ...more } };
    return applyToMemory(overview, event as unknown as SporeEvent & { type: "memory" }, 86_400_000).recent[0]
      ?.created_at;
  };
  expect(arrives({ created_at: "2020-02-03T04:05:06.000Z" })).toBe("2020-02-03T04:05:06.000Z");
  expect(arrives({})).toBe("1970-01-02T00:00:00.000Z");
});

describe("summaries from the stream", () => {
  const summary = (id: string, at: string) => ({ task_id: id, updated_at: at }) as unknown as TaskSummary;

  test("the newest statement wins in any order, and the number kept is bounded", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(9))), (news) => {
        const kept = news.reduce<LiveTasks>(
          (known, [id, at]) => mergeLiveTask(known, summary(`t${id}`, String(at))),
          {},
        );
        for (const [id] of news) {
          const newest = Math.max(...news.filter(([other]) => other === id).map(([, at]) => at));
          expect(kept[`t${id}`]?.updated_at).toBe(String(newest));
        }
      }),
    );
    const many = Array.from({ length: LIVE_TASKS_MAX + 50 }, (_, index) =>
      summary(`t${index}`, String(index).padStart(6, "0")),
    );
    expect(Object.keys(many.reduce<LiveTasks>(mergeLiveTask, {}))).toHaveLength(LIVE_TASKS_MAX);
  });
});
