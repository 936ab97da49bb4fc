/** When a probe is asked: only where there is somebody to learn about, within the number a day, and never beside work. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { createProber, type ProberDeps } from "./prober.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Every look would ask, if nothing else spoke against it. */
function start(deps: Partial<ProberDeps> = {}) {
  const asked: string[] = [];
  const prober = createProber({
    known: { probesSince: async () => 0, put: async () => undefined } as unknown as ProberDeps["known"],
    perDay: () => 6,
    spores: () => 3,
    worthwhile: () => true,
    busy: () => false,
    ask: async (question) => {
      asked.push(question);
      return `${asked.length}`.repeat(64) as EntryId;
    },
    now: () => 0,
    random: () => 0,
    warn: () => undefined,
    ...deps,
  });
  prober.start();
  return { asked, stop: prober.stop };
}

async function anHour(): Promise<void> {
  jest.advanceTimersByTime(HOUR_MS);
  // What was begun in the looks is promises only.
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

test("asks where there is a model, spores to compare, and nothing else to do", async () => {
  const { asked, stop } = start();
  await anHour();
  stop();
  expect(asked.length).toBeGreaterThan(0);
});

test.each<[string, Partial<ProberDeps>]>([
  ["without a model", { worthwhile: () => false }],
  ["alone", { spores: () => 1 }],
  ["beside work", { busy: () => true }],
  ["with none a day", { perDay: () => 0 }],
])("asks nobody %s", async (_, deps) => {
  const { asked, stop } = start(deps);
  await anHour();
  stop();
  expect(asked).toEqual([]);
});

test("a model that comes later is probed then", async () => {
  const now = { has: false };
  const { asked, stop } = start({ worthwhile: () => now.has });
  await anHour();
  expect(asked).toEqual([]);
  now.has = true;
  await anHour();
  stop();
  expect(asked.length).toBeGreaterThan(0);
});
