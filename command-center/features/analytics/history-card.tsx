/** One kept series over the page's range: what it is now, how it moved, and its course. */
"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { Notice, QueryState } from "@/components/state/panel-states.tsx";
import { readSeries, type SeriesInfo } from "@/features/analytics/series.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { formatClock, formatIn, formatMoment } from "@/lib/format.ts";
import { historyOptions } from "@/lib/queries.ts";
import { rangeWords, spanOf, useTimeRange } from "@/lib/time-range.ts";

const LineChart = dynamic(() => import("@/charts/line-chart.tsx").then((m) => m.LineChart), { ssr: false });

const HEIGHT_PX = 120;
const ROWS = 8;
const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

interface Props {
  readonly spore: ChosenSpore;
  readonly info: SeriesInfo;
}

export function HistoryCard({ spore, info }: Props) {
  const { range, zoom } = useTimeRange();
  const query = useQuery({
    ...historyOptions(spore, info.metric, JSON.stringify(range), () => spanOf(range, Date.now())),
    refetchInterval: range.kind === "moving" ? EVERY_MS : false,
  });
  const span = spanOf(range, query.dataUpdatedAt);
  const formatX = span.to - span.from > DAY_MS ? formatMoment : (ms: number) => formatClock(ms).slice(0, 5);
  return (
    <article className="min-w-0" aria-label={info.title}>
      <h3 className="text-sm text-soft">{info.title}</h3>
      <QueryState
        query={query}
        what={info.title}
        rows={ROWS}
        isEmpty={({ points }) => points.every(([, value]) => value === null)}
        empty={
          <Notice rows={ROWS} title="Nothing measured in this range">
            A wider range may show more.
          </Notice>
        }
      >
        {(data) => {
          const { points, unit, now, change } = readSeries(info, data.points);
          return (
            <>
              <p className="figures mb-1 flex items-baseline gap-2">
                <span className="text-lg font-medium whitespace-nowrap">{formatIn(unit, now)}</span>
                <span className="text-xs text-faint">
                  {changeWords(unit, change)} {rangeWords(range)}
                </span>
              </p>
              <LineChart
                title={info.title}
                points={points}
                formatX={formatX}
                formatY={(value) => formatIn(unit, value)}
                formatTick={(value) => formatIn(data.unit, value)}
                xName="Time"
                yName={unit}
                {...(unit === "probability" || unit === "share" ? { yDomain: [0, 1] as const } : {})}
                height={HEIGHT_PX}
                time={{ ...span, partialFrom: query.dataUpdatedAt - data.step_s * 1000, onZoom: zoom }}
              />
            </>
          );
        }}
      </QueryState>
    </article>
  );
}

function changeWords(unit: string, change: number | null): string {
  if (change === null) return "measured once";
  if (change === 0) return "unchanged";
  return `${change > 0 ? "+" : ""}${formatIn(unit, change)}`;
}
