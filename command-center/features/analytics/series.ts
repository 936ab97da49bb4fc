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
  /** Since the first measurement of the range; null where that is all there is. */
  readonly change: number | null;
  /** Beginning of the first step that was measured, ms since the epoch. */
  readonly since: number | null;
}

/** What a spore's health tells of its present, by the series that keeps the same figure. */
const PRESENT = {
  memories: "memories",
  tasks_active: "active_tasks",
  tasks_converged: "converged_tasks",
} as const;

type Present = { readonly [Member in (typeof PRESENT)[keyof typeof PRESENT]]?: number | undefined };

/** The present value of a series, where the page knows it already; null otherwise. */
export function presentOf(metric: string, told: Present): number | null {
  return metric in PRESENT ? (told[PRESENT[metric as keyof typeof PRESENT]] ?? null) : null;
}

/** A counter's height is not shown, so its name must not promise it. */
export function titleOf(info: SeriesInfo): string {
  return isCounter(info) ? `${info.title.replace(/,? since the start$/, "")}, per minute` : info.title;
}

/** Whether measurements reach back to the beginning of a range, give or take the steps it is cut into. */
export function isWhole(since: number, from: number, stepMs: number): boolean {
  return since <= from + 2 * stepMs;
}

/** @param present what is known to hold now; samples are up to a minute old, and in a spore's first minute from before it knew anything. */
export function readSeries(
  info: SeriesInfo,
  points: readonly Point[],
  present: number | null = null,
): Reading {
  const shown = isCounter(info) ? ratePerMinute(points) : points;
  const measured = shown.flatMap(([x, y]) => (y === null ? [] : [{ x, y }]));
  const first = measured[0];
  const now = present ?? measured.at(-1)?.y ?? null;
  const compared = measured.length + (present === null ? 0 : 1) >= 2;
  return {
    points: shown,
    unit: isCounter(info) ? `${info.unit}/min` : info.unit,
    now,
    change: first === undefined || now === null || !compared ? null : now - first.y,
    since: first?.x ?? null,
  };
}
