import { expect, test } from "bun:test";
import { groupSeries, readSeries } from "@/features/analytics/series.ts";

const series = (metric: string, title = "") => ({ metric, unit: "bytes", title });

test("every series is in one group, known ones first", () => {
  const groups = groupSeries([series("unheard_of"), series("gossip_lag"), series("memories")]);
  expect(groups.map(({ name }) => name)).toEqual(["Memory", "Gossip", "Others"]);
});

test("a counter is shown as a rate, anything else as it is", () => {
  const points = [
    [0, 100],
    [60_000, 400],
    [120_000, null],
  ] as const;
  const rate = readSeries(series("gossip_sent", "Gossip bytes sent since the start"), points);
  expect(rate).toMatchObject({ unit: "bytes/min", now: 300, change: null });
  expect(readSeries(series("memories", "Memories held"), points)).toMatchObject({ now: 400, change: 300 });
});
