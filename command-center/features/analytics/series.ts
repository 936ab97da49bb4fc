/** The kept series, grouped by what they are about, and what one of them says in a few words. Pure. */
import { ratePerMinute } from "@/charts/domain.ts";
import type { Point } from "@/charts/scale.ts";

export interface SeriesInfo {
  readonly metric: string;
  readonly unit: string;
  readonly title: string;
}

/** In this order; a series that fits none is shown last, not hidden. */
const GROUPS: readonly (readonly [name: string, metrics: RegExp])[] = [
  ["Memory", /^(memor|entr)/],
  ["Answers", /^(task|answer|graded|calibration)/],
  ["Gossip", /^(gossip|peers)/],
  ["Recall", /^recall/],
  ["Trust", /^trust/],
  ["Providers", /^(provider|llm|model|cost|token|quota)/],
  ["Machine", /^(resident|cpu|disk|heap|event_loop)/],
];

export interface SeriesGroup {
  readonly name: string;
  readonly series: readonly SeriesInfo[];
}

export function groupSeries(series: readonly SeriesInfo[]): readonly SeriesGroup[] {
  const groups = GROUPS.map(([name, metrics]) => ({
    name,
    series: series.filter(({ metric }) => metrics.test(metric)),
  }));
  const known = new Set(groups.flatMap((group) => group.series));
  const others = { name: "Others", series: series.filter((one) => !known.has(one)) };
  return [...groups, others].filter((group) => group.series.length > 0);
}

/** A counter that begins again at each start says nothing by its height: its rate is shown instead. */
export function isCounter({ title }: SeriesInfo): boolean {
  return /since the start$/.test(title);
}

export interface Reading {
  readonly points: readonly Point[];
  readonly unit: string;
  /** The last value that was measured. */
  readonly now: number | null;
  /** Since the first measurement of the range; null with fewer than two. */
  readonly change: number | null;
}

export function readSeries(info: SeriesInfo, points: readonly Point[]): Reading {
  const shown = isCounter(info) ? ratePerMinute(points) : points;
  const measured = shown.flatMap(([, y]) => (y === null ? [] : [y]));
  const [first, last] = [measured[0], measured.at(-1)];
  return {
    points: shown,
    unit: isCounter(info) ? `${info.unit}/min` : info.unit,
    now: last ?? null,
    change: first === undefined || last === undefined || measured.length < 2 ? null : last - first,
  };
}
