/** A client of the event stream that comes back after the spore was started again: a real spore, two lives of it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type EventFrame, watchEvents } from "../support/event-watch.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

/** Reads frames until there are as many as wanted. @param after done once the stream is open */
async function read(
  lastId: number | null,
  wanted: number,
  after?: () => Promise<unknown>,
): Promise<EventFrame[]> {
  const events = await watchEvents(spore, lastId === null ? {} : { "last-event-id": String(lastId) });
  await after?.();
  await waitFor(`${wanted} events`, () => events.frames().length >= wanted);
  await events.stop();
  return events.frames();
}

const remember = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) {
    expect((await spore.post("/api/memory", { content: `Buoy ${at} of this life is red.` })).status).toBe(
      201,
    );
  }
};

test("is told to read the snapshots again, though the new life has had more events than the old one", async () => {
  const old = await read(null, 6, () => remember(5));
  const seen = old.at(-1)?.id ?? 0;
  expect(await spore.stop()).toBe(0);
  await spore.restart();
  await remember(8);
  const [first] = await read(seen, 1);
  expect(first?.type).toBe("reset");
  expect(first?.id).toBeGreaterThan(seen);
  // From the reset on it resumes as usual, and no id of the old life ever comes again.
  await remember(1);
  const [next] = await read(first?.id ?? 0, 1);
  expect(next?.type).toBe("memory");
  expect(next?.id).toBeGreaterThan(Math.max(...old.map(({ id }) => id)));
});
