/**
 * A spore that loses its disk and keeps its key: it must not count from one again under the same name. Two real spores,
 * one wiped while it is down; no equivocation, nothing refused, and what it had shared comes back.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, startSwarm, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

interface Memory {
  readonly cluster: number;
  readonly roots: { readonly public: string; readonly cluster?: string };
  readonly clock: Readonly<Record<string, number>>;
}

const memoryOf = (spore: TestSpore) => spore.json<Memory>("/api/memory");

async function write(spore: TestSpore, from: number, count: number): Promise<void> {
  const memories = Array.from({ length: count }, (_, n) => ({
    content: `memory ${from + n} of ${spore.name}`,
  }));
  expect((await spore.post("/api/memory", { memories })).status).toBe(201);
}

const agree = (a: TestSpore, b: TestSpore, cluster: number) => async () => {
  const [one, other] = [await memoryOf(a), await memoryOf(b)];
  return one.cluster === cluster && other.cluster === cluster && one.roots.cluster === other.roots.cluster;
};

test("wiped disk, same key: a new sequence, no equivocation, everything shared comes back", async () => {
  const [keeper, loser] = (await startSwarm(2)) as [TestSpore, TestSpore];
  await write(keeper, 0, 20);
  await write(loser, 0, 30);
  await waitFor("both to hold all 50", agree(keeper, loser, 50));
  const { key } = await loser.health();
  const sequencesBefore = Object.keys((await memoryOf(keeper)).clock).filter((name) => name.startsWith(key));
  await loser.stop();
  // Everything but the key.
  for (const name of readdirSync(loser.dataDir)) {
    if (!name.endsWith(".key")) rmSync(join(loser.dataDir, name), { recursive: true, force: true });
  }
  await loser.restart();
  expect((await loser.health()).key).toBe(key);
  // Before it was told anything: exactly where a counter would be used again.
  await write(loser, 100, 10);
  await waitFor("both to hold all 60", agree(keeper, loser, 60));
  const sequences = Object.keys((await memoryOf(keeper)).clock).filter((name) => name.startsWith(key));
  expect(sequences.length).toBe(sequencesBefore.length + 1);
  for (const spore of [keeper, loser]) expect(spore.output()).not.toContain("equivocation");
});
