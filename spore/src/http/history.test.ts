/** What history keeps: minutes for a week, then means of hours for a year, and gaps as gaps. */
import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { migrate } from "../replica/migrations.ts";
import { createHistory, type History, SAMPLE_MS } from "./history.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A full hour. */
const START_MS = Date.UTC(2026, 2, 1, 10);

async function openHistory() {
  const client = createClient({ url: ":memory:" });
  await migrate(client);
  const world = { at: START_MS, value: 0 as number | null };
  const warnings: string[] = [];
  const make = (): History =>
    createHistory({
      client,
      metrics: { figure: { unit: "items", title: "A figure", read: () => world.value } },
      now: () => world.at,
      warn: (message) => warnings.push(message),
    });
  let history = make();
  return {
    warnings,
    /** Samples once a minute from a moment on, the value being told of each minute's place. */
    async run(fromMs: number, minutes: number, valueAt: (minute: number) => number | null): Promise<void> {
      for (let minute = 0; minute < minutes; minute++) {
        world.at = fromMs + minute * SAMPLE_MS;
        world.value = valueAt(minute);
        await history.sample();
      }
    },
    restart() {
      history = make();
    },
    rows: async () =>
      (await client.execute("SELECT at, value FROM history ORDER BY at")).rows.map((row) => [
        Number(row[0]),
        Number(row[1]),
      ]),
    read: async (fromMs: number, toMs: number, stepMs: number) =>
      (await history.read({ metric: "figure", from: fromMs, to: toMs, stepMs })).points,
  };
}

const later = START_MS + 8 * DAY_MS;

describe("history", () => {
  test("an hour that was not sampled at its beginning is kept, as its mean", async () => {
    const history = await openHistory();
    // 10:05 to 10:54, fifty samples: 5, 6 … 54.
    await history.run(START_MS + 5 * SAMPLE_MS, 50, (minute) => minute + 5);
    await history.run(later, 1, () => 1);
    expect(await history.rows()).toEqual([
      [START_MS, (5 + 54) / 2],
      [later, 1],
    ]);
    expect(await history.read(START_MS, START_MS + HOUR_MS, HOUR_MS)).toEqual([
      [START_MS, 29.5],
      [START_MS + HOUR_MS, null],
    ]);
  });

  test("a week old hour is the mean of all its samples, once, over restarts and further hours", async () => {
    const history = await openHistory();
    await history.run(START_MS, 180, (minute) => minute);
    for (const hours of [0, 1, 1.5, 2, 3, 24]) {
      await history.run(later + hours * HOUR_MS, 1, () => 7);
      history.restart();
      await history.run(later + hours * HOUR_MS, 1, () => 7);
    }
    expect((await history.rows()).slice(0, 3)).toEqual([
      [START_MS, 29.5],
      [START_MS + HOUR_MS, 89.5],
      [START_MS + 2 * HOUR_MS, 149.5],
    ]);
  });

  test("an hour is not thinned while part of it is younger than a week", async () => {
    const history = await openHistory();
    await history.run(START_MS, 60, (minute) => minute);
    await history.run(START_MS + 7 * DAY_MS + 30 * SAMPLE_MS, 1, () => 1);
    expect((await history.rows()).length).toBe(61);
    await history.run(START_MS + 7 * DAY_MS + HOUR_MS + 30 * SAMPLE_MS, 1, () => 1);
    expect((await history.rows())[0]).toEqual([START_MS, 29.5]);
    expect((await history.rows()).length).toBe(3);
  });

  test("a bucket is the mean of all samples in it, not the one at its beginning", async () => {
    const history = await openHistory();
    await history.run(START_MS, 20, (minute) => minute);
    const points = await history.read(START_MS, START_MS + 19 * SAMPLE_MS, 5 * SAMPLE_MS);
    expect(points.map(([, value]) => value)).toEqual([2, 7, 12, 17]);
  });

  test("what a sleeping machine did not measure stays a gap, before and after thinning", async () => {
    const history = await openHistory();
    await history.run(START_MS, 20, () => 2);
    // Asleep for three hours; the timer then comes at odd seconds.
    await history.run(START_MS + 3 * HOUR_MS + 40 * SAMPLE_MS + 17_345, 10, () => 4);
    const hours = () => history.read(START_MS, START_MS + 4 * HOUR_MS, HOUR_MS);
    const shown = await hours();
    expect(shown.map(([, value]) => value)).toEqual([2, null, null, 4, null]);
    await history.run(later, 1, () => 1);
    expect(await hours()).toEqual(shown);
  });

  test("nothing measured is no sample, and a figure that is no number neither", async () => {
    const history = await openHistory();
    await history.run(START_MS, 30, (minute) => [null, Number.NaN, 6][minute % 3] ?? null);
    await history.run(later, 1, () => null);
    expect(await history.rows()).toEqual([[START_MS, 6]]);
    expect(history.warnings).toEqual([]);
  });

  test("a clock that drifts or is set back loses no hour and does not put thinning off", async () => {
    const history = await openHistory();
    // Each minute 1.7 s late, so that over the day a minute is skipped now and then.
    for (let sample = 0; sample < 120; sample++) {
      await history.run(START_MS + sample * (SAMPLE_MS + 1_700), 1, () => 3);
    }
    await history.run(START_MS + 90 * SAMPLE_MS, 1, () => 3);
    // Far ahead by mistake, and back: the next thinning comes within the hour all the same.
    await history.run(START_MS + 30 * DAY_MS, 1, () => 9);
    await history.run(later, 1, () => 5);
    expect(await history.rows()).toEqual([
      ...[0, 1, 2].map((hour) => [START_MS + hour * HOUR_MS, 3]),
      [later, 5],
      [START_MS + 30 * DAY_MS, 9],
    ]);
  });

  test("of what is over a week old hours are shown, and no gaps between them, however short the steps asked for", async () => {
    const history = await openHistory();
    await history.run(START_MS, 180, () => 8);
    await history.run(later, 1, () => 1);
    const points = await history.read(START_MS + SAMPLE_MS, START_MS + 179 * SAMPLE_MS, 5 * SAMPLE_MS);
    expect(points).toEqual([0, 1, 2].map((hour) => [START_MS + hour * HOUR_MS, 8]));
  });

  test("what is over a year old is dropped", async () => {
    const history = await openHistory();
    await history.run(START_MS, 90, () => 1);
    await history.run(START_MS + 366 * DAY_MS + SAMPLE_MS, 1, () => 2);
    expect((await history.rows()).map(([at]) => at)).toEqual([
      START_MS + HOUR_MS,
      START_MS + 366 * DAY_MS + SAMPLE_MS,
    ]);
  });
});
