import { expect, test } from "bun:test";
import { type Recording, recordingSchema } from "@/demo/recording.ts";
import { eventsOf, moved, replyTo } from "@/demo/replay.ts";

const ID = "a".repeat(64);
const RECORDED = "2026-01-01T00:00:00.000Z";
const recording: Recording = recordingSchema.parse({
  v: 1,
  recorded_at: RECORDED,
  duration_ms: 60_000,
  version: "0.1.0",
  spores: [
    { url: "https://one.demo.invalid", name: "one" },
    { url: "https://two.demo.invalid", name: "two" },
  ],
  snapshots: {
    "0 /api/health": [
      [0, { memories: 1 }],
      [5_000, { memories: 2 }],
    ],
    "1 /api/health": [[0, { memories: 9 }]],
    "0 /api/tasks": [
      [
        10_000,
        {
          tasks: [
            { description: "A bridge", final_answer: null, status: "converged", created_at: RECORDED },
            { description: "A pump", final_answer: null, status: "queued", created_at: RECORDED },
          ],
        },
      ],
    ],
    [`0 /api/task/${ID}/receipt`]: [[0, { issued_at: RECORDED }]],
    "0 /api/history?metric=memories": [
      [
        0,
        {
          points: [
            [Date.parse(RECORDED), 1],
            [Date.parse(RECORDED) + 60_000, 2],
          ],
        },
      ],
    ],
  },
  events: [
    [1_000, 0, 7, "task", { at: RECORDED }],
    [2_000, 1, 3, "task", {}],
    [3_000, 0, 8, "answer", {}],
  ],
});
const START = Date.parse("2026-06-01T12:00:00.000Z");
const get = (path: string, at = 20_000, spore = "one") =>
  replyTo(recording, { method: "GET", url: `https://${spore}.demo.invalid${path}`, at }, START);

test("an answer is the last one that was recorded before that moment", () => {
  expect(get("/api/health", 4_999).json).toEqual({ memories: 1 });
  expect(get("/api/health", 5_000).json).toEqual({ memories: 2 });
  expect(get("/api/health", 5_000, "two").json).toEqual({ memories: 9 });
});

test("what was not there yet, or never recorded, is not made up", () => {
  expect(get("/api/unheard-of").status).toBe(404);
  expect(get("/api/tasks", 0)).toEqual({ status: 200, json: { tasks: [], next: null } });
  expect(get("/api/health", 0, "three").status).toBe(404);
});

test("times are moved to the present; what is signed is not", () => {
  expect(moved({ a: [RECORDED, "text"] }, 1_000)).toEqual({ a: ["2026-01-01T00:00:01.000Z", "text"] });
  expect(get(`/api/task/${ID}/receipt`).json).toEqual({ issued_at: RECORDED });
  expect(get("/api/history?metric=memories&from=1").json).toEqual({ points: [[START, 1]] });
  expect(get("/api/tasks").json).toMatchObject({
    tasks: [{ created_at: new Date(START).toISOString() }, {}],
  });
});

test("tasks are searched and filtered as a spore would", () => {
  expect(get("/api/tasks?q=bridge").json).toMatchObject({ tasks: [{ description: "A bridge" }] });
  expect(get("/api/tasks?status=queued").json).toMatchObject({ tasks: [{ description: "A pump" }] });
});

test("nothing can be written", () => {
  const asked = { method: "POST", url: "https://one.demo.invalid/api/task", at: 0 };
  expect(replyTo(recording, asked, START).status).toBe(403);
});

test("a stream that resumes gets the events after its last one, and only its own spore's", () => {
  expect(eventsOf(recording, "https://one.demo.invalid/api/events", null).map(({ id }) => id)).toEqual([
    7, 8,
  ]);
  expect(eventsOf(recording, "https://one.demo.invalid/api/events", 7).map(({ id }) => id)).toEqual([8]);
});
