/** The wall's books over HTTP: what a sender published counts once for each entry that was stored, and not at all where it was refused. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const BATCH = 400;
/** Far more than an author may publish at once. */
const BATCHES_MAX = 100;

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

const crossings = async () => (await spore.json<{ crossings: number }>("/api/wall")).crossings;
const published = async () => (await spore.json<{ public: number }>("/api/memory")).public;

test("each entry of a batch once; nothing for a batch that the author's rate refuses", async () => {
  let statuses = 0;
  for (let batch = 0; batch < BATCHES_MAX && statuses !== 429; batch++) {
    const memories = Array.from({ length: BATCH }, (_, n) => ({ content: `fact ${n} of batch ${batch}` }));
    statuses = (await spore.post("/api/memory", { memories, label: "public" })).status;
    expect([201, 429]).toContain(statuses);
    expect(await crossings()).toBe(await published());
  }
  expect(statuses).toBe(429);
  expect(await published()).toBeGreaterThanOrEqual(BATCH);
});

test("what stays in the cluster is no crossing", async () => {
  const before = await crossings();
  await spore.post("/api/memory", { content: "stays here" });
  expect(await crossings()).toBe(before);
});
