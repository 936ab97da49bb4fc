import { expect, test } from "bun:test";
import { inOrder, readSeries } from "@/features/analytics/series.ts";

const series = (metric: string, title = "") => ({ metric, unit: "bytes", title });

test("related series stand together, and an unknown one is shown last", () => {
  const ordered = inOrder(
    ["unheard_of", "gossip_lag", "memories", "gossip_sent"].map((name) => series(name)),
  );
  expect(ordered.map(({ metric }) => metric)).toEqual([
    "memories",
    "gossip_lag",
    "gossip_sent",
    "unheard_of",
  ]);
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
