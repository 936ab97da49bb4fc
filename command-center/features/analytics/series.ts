/** The kept series, ordered by what they are about, and what one of them says in a few words. Pure. */
import { ratePerMinute } from "@/charts/domain.ts";
import type { Point } from "@/charts/scale.ts";

export interface SeriesInfo {
  readonly metric: string;
  readonly unit: string;
  readonly title: string;
}

/** As many as a spore of this version keeps: what is drawn before it has said so. */
export const SERIES_EXPECTED = 19;

/** What belongs together stands together, in this order; a series that fits nowhere is shown last, not hidden. */
const ORDER: readonly RegExp[] = [
  /^(memor|entr)/,
  /^(task|answer|graded|calibration)/,
  /^(gossip|peers)/,
  /^recall/,
  /^trust/,
  /^(provider|llm|model|cost|token|quota)/,
  /^(resident|cpu|disk|heap|event_loop)/,
];

export function inOrder(series: readonly SeriesInfo[]): readonly SeriesInfo[] {
  const rank = ({ metric }: SeriesInfo) => {
    const at = ORDER.findIndex((pattern) => pattern.test(metric));
    return at === -1 ? ORDER.length : at;
  };
  return [...series].sort((a, b) => rank(a) - rank(b));
}

/** A counter that begins again at each start says nothing by its height: its rate is shown instead. */
function isCounter({ title }: SeriesInfo): boolean {
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
