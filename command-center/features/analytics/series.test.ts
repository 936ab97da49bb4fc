import { expect, test } from "bun:test";
import { inOrder, isWhole, presentOf, readSeries, titleOf } from "@/features/analytics/series.ts";

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

test("what the spore says of now stands before its last sample, and is compared with its first", () => {
  const first = [
    [0, null],
    [60_000, 0],
  ] as const;
  const memories = series("memories", "Memories held");
  expect(readSeries(memories, first)).toMatchObject({ now: 0, change: null, since: 60_000 });
  expect(readSeries(memories, first, 13)).toMatchObject({ now: 13, change: 13, since: 60_000 });
  expect(presentOf("memories", { memories: 13 })).toBe(13);
  expect(presentOf("memories", {})).toBeNull();
  expect(presentOf("gossip_lag", { memories: 13 })).toBeNull();
});

test("a range is spoken of only where measurements reach back to its beginning", () => {
  expect(isWhole(60_000, 0, 60_000)).toBe(true);
  expect(isWhole(3_480_000, 0, 60_000)).toBe(false);
});

test("a rate says that it is one, and one sample makes none", () => {
  const calls = series("model_calls", "Calls to models since the start");
  expect(titleOf(calls)).toBe("Calls to models, per minute");
  expect(titleOf(series("model_failures", "Calls to models that failed, since the start"))).toBe(
    "Calls to models that failed, per minute",
  );
  expect(titleOf(series("memories", "Memories held"))).toBe("Memories held");
  expect(readSeries(calls, [[0, 15]])).toMatchObject({ now: null, change: null });
});
