/**
 * The range every panel of a page shares. It lives in the address: `?range=24h` ends now and moves with it,
 * `?from=…&to=…` (minutes since the epoch) stands still. Choosing one adds a history entry, so Back undoes a zoom.
 */
"use client";

import { useMemo } from "react";
import { useUrlState } from "@/lib/url-state.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const RANGES = [
  { value: "1h", name: "Last hour", ms: HOUR_MS },
  { value: "6h", name: "Last 6 hours", ms: 6 * HOUR_MS },
  { value: "24h", name: "Last day", ms: 24 * HOUR_MS },
  { value: "7d", name: "Last week", ms: 7 * 24 * HOUR_MS },
  { value: "30d", name: "Last 30 days", ms: 30 * 24 * HOUR_MS },
] as const;
export type RangeName = (typeof RANGES)[number]["value"];

/** Spores keep one sample a minute; a shorter span would show nothing. */
const SPAN_MIN_MS = 5 * MINUTE_MS;
/** As many points as a panel can show apart. */
const POINTS = 120;

export type TimeRange =
  | { readonly kind: "moving"; readonly name: RangeName; readonly ms: number }
  | { readonly kind: "fixed"; readonly from: number; readonly to: number };

/** A span of history, in steps that fit a panel. */
export interface HistorySpan {
  readonly from: number;
  readonly to: number;
  readonly stepS: number;
}

export function useTimeRange() {
  const url = useUrlState();
  const [name, from, to] = [url.get("range"), url.get("from"), url.get("to")];
  const range = useMemo(() => parseRange(name, from, to), [name, from, to]);
  return {
    range,
    select: (chosen: RangeName) =>
      url.set({ range: chosen === RANGES[0].value ? null : chosen, from: null, to: null }, "push"),
    zoom: (start: number, end: number) => url.set({ range: null, ...fixedParams(start, end) }, "push"),
  };
}

export function parseRange(name: string | null, from: string | null, to: string | null): TimeRange {
  const [start, end] = [Number(from) * MINUTE_MS, Number(to) * MINUTE_MS];
  if (from !== null && to !== null && end - start >= SPAN_MIN_MS)
    return { kind: "fixed", from: start, to: end };
  const chosen = RANGES.find((known) => known.value === name) ?? RANGES[0];
  return { kind: "moving", name: chosen.value, ms: chosen.ms };
}

/** In whole minutes, and never shorter than what can be shown. */
export function fixedParams(start: number, end: number): { readonly from: string; readonly to: string } {
  const from = Math.floor(start / MINUTE_MS);
  const to = Math.max(Math.ceil(end / MINUTE_MS), from + SPAN_MIN_MS / MINUTE_MS);
  return { from: String(from), to: String(to) };
}

export function spanOf(range: TimeRange, now: number): HistorySpan {
  const { from, to } = range.kind === "fixed" ? range : { from: now - range.ms, to: now };
  // Steps are whole minutes, like the samples.
  return { from, to, stepS: Math.max(1, Math.round((to - from) / POINTS / MINUTE_MS)) * 60 };
}

/** In words, for figures that speak of the whole range. */
export function rangeWords(range: TimeRange): string {
  if (range.kind === "fixed") return "in this span";
  return (RANGES.find((known) => known.value === range.name)?.name ?? "").replace("Last", "in the last");
}
