/** Event ids over the lives of a spore, and what a client that comes back is given. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEventHub, firstIdOf } from "./event-hub.ts";

const EVENT = { type: "reset", data: { reason: "any" } } as const;
const START_MS = Date.UTC(2026, 10, 26);

function hubWith(firstId: number, events: number) {
  const hub = createEventHub(firstId);
  for (let at = 0; at < events; at++) hub.publish(EVENT, "public");
  return hub;
}

describe("a client that comes back", () => {
  test("gets what it missed in this life, also when it came before the first event", () => {
    const hub = hubWith(firstIdOf(START_MS, null), 0);
    const before = hub.lastId();
    expect(hub.since(before)).toEqual([]);
    hub.publish(EVENT, "public");
    hub.publish(EVENT, "public");
    expect(hub.since(before)?.length).toBe(2);
    expect(hub.since(hub.lastId())).toEqual([]);
  });

  test("is told to read anew when it saw its last event in a former life, however few events either had", () => {
    const first = hubWith(firstIdOf(START_MS, null), 100);
    const second = hubWith(firstIdOf(START_MS + 2, firstIdOf(START_MS, null)), 150);
    expect(second.since(first.lastId())).toBeNull();
    // Ids from before they went on over restarts, and ids of nobody.
    for (const id of [0, 1, 100, 999_999, second.lastId() + 1]) expect(second.since(id)).toBeNull();
  });

  test("is told so too when the history no longer reaches that far", () => {
    const hub = hubWith(firstIdOf(START_MS, null), 5_000);
    expect(hub.since(hub.lastId() - 4_000)).toBeNull();
    expect(hub.since(hub.lastId() - 1_000)?.length).toBe(1_000);
  });
});

test("ids rise and stay exact over any number of lives, whatever the clock does", () => {
  const life = fc.record({ clockMs: fc.integer({ min: 0, max: 8.64e15 }), events: fc.nat(3_000) });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 12 }), (lives) => {
      let [firstId, lastId]: [number | null, number] = [null, -1];
      for (const { clockMs, events } of lives) {
        firstId = firstIdOf(clockMs, firstId);
        expect(firstId).toBeGreaterThan(lastId);
        lastId = hubWith(firstId, events).lastId();
        expect(lastId).toBe(firstId + events);
        expect(Number.isSafeInteger(lastId + 1)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
