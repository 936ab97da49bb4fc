import { describe, expect, test } from "bun:test";
import { parseEvent, retryDelay, sleep } from "@/lib/event-stream.ts";

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

describe("waiting for the next attempt", () => {
  /** Listeners that a signal holds, counted as they come and go. */
  function counted(signal: AbortSignal): () => number {
    let held = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    Object.assign(signal, {
      addEventListener: (...told: Parameters<typeof add>) => {
        held += 1;
        add(...told);
      },
      removeEventListener: (...told: Parameters<typeof remove>) => {
        held -= 1;
        remove(...told);
      },
    });
    return () => held;
  }

  test("leaves nothing on the signal, however often it waits", async () => {
    const { signal } = new AbortController();
    const held = counted(signal);
    for (let i = 0; i < 20; i += 1) {
      const waiting = sleep(0, signal);
      expect(held()).toBe(1);
      await waiting;
      expect(held()).toBe(0);
    }
  });

  test("ends when the stream is stopped, also before it began", async () => {
    const stop = new AbortController();
    const held = counted(stop.signal);
    const waiting = sleep(3_600_000, stop.signal);
    stop.abort();
    await waiting;
    await sleep(3_600_000, stop.signal);
    expect(held()).toBe(0);
  });
});
