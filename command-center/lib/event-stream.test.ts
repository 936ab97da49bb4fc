import { describe, expect, test } from "bun:test";
import { parseEvent, retryDelay } from "@/lib/event-stream.ts";

describe("an event", () => {
  test("is believed only when it fits the contract", () => {
    const id = "a".repeat(64);
    expect(
      parseEvent("phase", JSON.stringify({ task_id: id, phase: "deepen", cycle: 2, agreement: 0.5 }))?.type,
    ).toBe("phase");
    expect(
      parseEvent("phase", JSON.stringify({ task_id: "short", phase: "deepen", cycle: 2, agreement: 0.5 })),
    ).toBeNull();
    expect(parseEvent("phase", "{")).toBeNull();
    expect(parseEvent("of a later version", "{}")).toBeNull();
    expect(parseEvent("constructor", "{}")).toBeNull();
    expect(parseEvent("__proto__", "{}")).toBeNull();
  });
});

test("waiting grows, with jitter, and stays within half a minute", () => {
  expect(retryDelay(1, 0)).toBe(500);
  expect(retryDelay(1, 0.999)).toBeLessThan(1_000);
  expect(retryDelay(5, 0)).toBe(8_000);
  expect(retryDelay(400, 0.999)).toBeLessThanOrEqual(30_000);
});
