/** History of a real spore: what it measured weeks ago is still told, as means of hours, and hours of sleep as gaps. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { historySchema } from "@synapse/shared/contract/status.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const HOUR_MS = 3_600_000;
/** A full hour, twenty days ago. */
const THEN = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * 24 * HOUR_MS;

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
  expect(await spore.stop()).toBe(0);
  // As left behind by a spore that ran from 10:05 to 10:54 and again in the third hour, then slept.
  const database = new Database(join(spore.dataDir, "spore.db"));
  const insert = database.prepare("INSERT INTO history VALUES ('memories', ?, ?)");
  for (let minute = 5; minute < 55; minute++) insert.run(THEN + minute * 60_000, minute);
  for (let minute = 0; minute < 30; minute++) insert.run(THEN + 2 * HOUR_MS + minute * 60_000, 100);
  database.close();
  await spore.restart();
});
afterAll(cleanUp);

test("hours of three weeks ago are read as their means, and the hour asleep as a gap", async () => {
  const ask = async (query: string) =>
    historySchema.parse(await spore.json(`/api/history?metric=memories&${query}`));
  const old = `from=${THEN}&to=${THEN + 3 * HOUR_MS - 60_000}`;
  const expected = [29.5, null, 100].map((value, hour) => [THEN + hour * HOUR_MS, value]);
  // The first sample of this life has thinned the others.
  await waitFor("the first sample", async () => {
    const { points } = await ask("step=60");
    return points.some(([, value]) => value !== null);
  });
  for (const step of ["step=3600", "step=60", ""]) {
    const { points, step_s } = await ask(`${old}&${step}`);
    expect(step_s).toBe(3_600);
    expect(points).toEqual(expected as typeof points);
  }
  expect(await spore.stop()).toBe(0);
  const database = new Database(join(spore.dataDir, "spore.db"), { readonly: true });
  const rows = database.query("SELECT at, value FROM history WHERE at < ?").values(THEN + 4 * HOUR_MS);
  database.close();
  expect(rows).toEqual(expected.filter(([, value]) => value !== null) as typeof rows);
});
