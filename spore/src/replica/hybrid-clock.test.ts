/** A spore's own order of events never runs backwards: not when its machine's clock is set, and not over a restart. */
import { afterEach, expect, test } from "bun:test";
import type { Hlc } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { createTestReplicas, give, type TestReplica } from "../testing/replica.ts";
import { CLOCK_DRIFT_MAX_MS } from "./hybrid-clock.ts";

const replicas = createTestReplicas();
afterEach(replicas.clean);

const BASE_MS = Date.UTC(2026, 10, 26, 12);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Machine {
  now: number;
}

async function write({ replica }: TestReplica, content: string, label: Label = "cluster", count = 1) {
  const drafts = Array.from(
    { length: count },
    (_, n) => ({ label, kind: "memory", body: { content: `${content} ${n}` } }) as const,
  );
  const written = await replica.append(drafts);
  if (!written.ok) throw new Error(written.error.message);
  return written.value;
}

async function nextClock(spore: TestReplica): Promise<Hlc> {
  const [entry] = await write(spore, "next");
  if (entry === undefined) throw new Error("one was written");
  return entry.entry.clock;
}

const isAfter = ([a, m]: Hlc, [b, n]: Hlc) => a > b || (a === b && m > n);

/** Ends it as `kill -9` does, or in order, and starts it again on what its disk holds. */
async function restarted({ actor, dir, store, checkpoints }: TestReplica, machine: Machine, how: string) {
  if (how === "in order") await checkpoints.save();
  if (how === "without checkpoints") await store.client.execute("DELETE FROM checkpoints");
  store.close();
  return await replicas.open({ actor, dir, now: () => machine.now });
}

const ENDS = ["killed", "in order", "without checkpoints"];

test.each(ENDS)("a clock that was an hour ahead while it wrote, set right, restarted (%s)", async (how) => {
  for (const label of ["private", "cluster", "public"] as const) {
    const machine = { now: BASE_MS };
    const spore = await replicas.open({ now: () => machine.now });
    await write(spore, "before");
    await spore.checkpoints.save();
    machine.now = BASE_MS + HOUR_MS;
    const ahead = (await write(spore, "from the future", label, 3)).map(({ entry }) => entry.clock);
    machine.now = BASE_MS + 1_000;
    const again = await restarted(spore, machine, how);
    const next = await nextClock(again);
    for (const one of ahead) expect(isAfter(next, one)).toBe(true);
    // And it does not run away: each restart may round up to the next millisecond.
    expect(next[0]).toBeLessThanOrEqual(BASE_MS + HOUR_MS + 1);
    expect(isAfter(await nextClock(await restarted(again, machine, how)), next)).toBe(true);
  }
});

test.each(ENDS)("what it merged of a peer that is ahead stays before what it writes (%s)", async (how) => {
  const machine = { now: BASE_MS };
  const peer = await replicas.open({ now: () => BASE_MS + CLOCK_DRIFT_MAX_MS / 2 });
  const far = await replicas.open({ now: () => BASE_MS + 5 * MINUTE_MS });
  const spore = await replicas.open({ now: () => machine.now });
  const [merged] = await write(peer, "a little ahead", "public");
  const [farther] = await write(far, "further ahead than a clock is followed", "public");
  if (merged === undefined || farther === undefined) throw new Error("each wrote one");
  expect((await give(peer.replica, spore.replica, [merged.id])).stored).toHaveLength(1);
  expect((await give(far.replica, spore.replica, [farther.id])).stored).toHaveLength(1);
  // Many older ones after it: the newest rows are not those of the latest times.
  const old = await replicas.open({ now: () => BASE_MS - HOUR_MS });
  const late = await write(old, "written long ago", "public", 1_200);
  expect(
    (
      await give(
        old.replica,
        spore.replica,
        late.map(({ id }) => id),
      )
    ).stored,
  ).toHaveLength(1_200);

  const again = await restarted(spore, machine, how);
  // Looked at when the machine's clock has gone back so far that today's bound would not have followed it either.
  machine.now = BASE_MS - HOUR_MS;
  const next = await nextClock(await restarted(again, machine, how));
  expect(isAfter(next, merged.entry.clock)).toBe(true);
  expect(isAfter(farther.entry.clock, next)).toBe(true);
});
