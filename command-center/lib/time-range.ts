/** The range every panel of a page shares. It lives in the address: `?range=24h`. */
"use client";

import type { HistoryRange } from "@/lib/queries.ts";
import { useUrlState } from "@/lib/url-state.ts";

const HOUR_MS = 3_600_000;

export const RANGES = [
  { value: "1h", name: "Last hour", ms: HOUR_MS },
  { value: "6h", name: "Last 6 hours", ms: 6 * HOUR_MS },
  { value: "24h", name: "Last day", ms: 24 * HOUR_MS },
  { value: "7d", name: "Last week", ms: 7 * 24 * HOUR_MS },
  { value: "30d", name: "Last 30 days", ms: 30 * 24 * HOUR_MS },
] as const;
export type RangeName = (typeof RANGES)[number]["value"];

/** As many points as a panel can show apart. */
const POINTS = 120;

export function useTimeRange() {
  const url = useUrlState();
  const chosen = RANGES.find((range) => range.value === url.get("range")) ?? RANGES[0];
  return {
    name: chosen.value,
    ms: chosen.ms,
    select: (name: RangeName) => url.set({ range: name === RANGES[0].value ? null : name }, "push"),
  };
}

/** The range ending now, in steps that fit a panel. Spores keep one sample a minute, so steps are whole minutes. */
export function rangeEndingAt(name: RangeName, now: number): HistoryRange {
  const ms = RANGES.find((range) => range.value === name)?.ms ?? HOUR_MS;
  return { from: now - ms, to: now, stepS: Math.max(1, Math.round(ms / POINTS / 60_000)) * 60, name };
}
