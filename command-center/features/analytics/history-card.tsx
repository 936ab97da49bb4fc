/** One kept series over the page's range: what it is now, how it moved, and its course. */
"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ChartPlace, LazyLineChart } from "@/charts/lazy-line-chart.tsx";
import { Notice, QueryState } from "@/components/state/panel-states.tsx";
import { isWhole, type Reading, readSeries, type SeriesInfo, titleOf } from "@/features/analytics/series.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { formatClock, formatIn, formatMoment } from "@/lib/format.ts";
import { historyOptions } from "@/lib/queries.ts";
import { rangeWords, spanOf, useTimeRange } from "@/lib/time-range.ts";

const HEIGHT_PX = 120;
const ROWS = 8;
/** The figure above a chart, one line whatever it says. */
const FIGURE = "figures mb-1 flex min-h-7 items-baseline gap-2";
const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

interface Props {
  readonly spore: ChosenSpore;
  readonly info: SeriesInfo;
  /** What the spore's health says of it at present; null where it says nothing. */
  readonly present: number | null;
}

export function HistoryCard({ spore, info, present }: Props) {
  const { range, zoom } = useTimeRange();
  const query = useQuery({
    ...historyOptions(spore, info.metric, JSON.stringify(range), () => spanOf(range, Date.now())),
    refetchInterval: range.kind === "moving" ? EVERY_MS : false,
  });
  const span = spanOf(range, query.dataUpdatedAt);
  const formatX = span.to - span.from > DAY_MS ? formatMoment : (ms: number) => formatClock(ms).slice(0, 5);
  const title = titleOf(info);
  return (
    <Card title={title}>
      <QueryState query={query} what={title} rows={ROWS} loading={<Empty />}>
        {(data) => {
          if (data.points.every(([, value]) => value === null)) {
            return (
              <Empty>
                <Notice rows={1} title="Nothing measured in this range">
                  A wider range may show more.
                </Notice>
              </Empty>
            );
          }
          const reading = readSeries(info, data.points, range.kind === "moving" ? present : null);
          const { points, unit, now, since } = reading;
          const whole = since === null || isWhole(since, span.from, data.step_s * 1000);
          const when = whole ? rangeWords(range) : `since ${formatX(since)}`;
          return (
            <>
              <p className={FIGURE}>
                <span className="text-lg font-medium whitespace-nowrap">{formatIn(unit, now)}</span>
                <span className="truncate text-xs text-faint">{changeWords(reading, when)}</span>
              </p>
              <LazyLineChart
                title={title}
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
    </Card>
  );
}

/** A card whose series is not known yet: as high as one that is. */
export function CardPlace() {
  return (
    <Card title="">
      <Empty />
    </Card>
  );
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <article className="min-w-0" aria-label={title}>
      <h3 className="min-h-5 truncate text-sm text-soft" title={title}>
        {title}
      </h3>
      {children}
    </article>
  );
}

/** As high as a series that is there. */
function Empty({ children = <div className="h-full min-h-24 rounded bg-raised" /> }) {
  return (
    <>
      <p className={FIGURE} />
      <ChartPlace height={HEIGHT_PX}>{children}</ChartPlace>
    </>
  );
}

function changeWords({ unit, now, change }: Reading, when: string): string {
  if (now === null) return "not measured twice yet";
  if (change === null) return `measured once ${when}`;
  if (change === 0) return `unchanged ${when}`;
  return `${change > 0 ? "+" : ""}${formatIn(unit, change)} ${when}`;
}
