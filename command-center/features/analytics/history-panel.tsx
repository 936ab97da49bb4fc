/** One kept series over the page's range. */
"use client";

import type { historySchema } from "@synapse/shared/contract/status.ts";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import type { z } from "zod";
import { Notice, NotRunning, QueryState } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { formatClock, formatCount, formatMoment } from "@/lib/format.ts";
import { historyOptions } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";
import { rangeEndingAt, useTimeRange } from "@/lib/time-range.ts";

const LineChart = dynamic(() => import("@/charts/line-chart.tsx").then((m) => m.LineChart), { ssr: false });

const HEIGHT_PX = 170;
const ROWS = 10;
const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;
const NOBODY: ChosenSpore = { url: "", origin: "added", own: false };

/** One series over the page's range, as the selected spore kept it. */
export function useHistory(metric: string) {
  const { spore } = useSelectedSpore();
  const range = useTimeRange();
  return useQuery({
    ...historyOptions(spore ?? NOBODY, metric, () => rangeEndingAt(range.name, Date.now()), range.name),
    enabled: spore !== null,
    refetchInterval: EVERY_MS,
  });
}

interface Props {
  readonly metric: string;
  readonly title: string;
  readonly meaning: string;
}

export function HistoryPanel({ metric, title, meaning }: Props) {
  const { spore, node } = useSelectedSpore();
  const range = useTimeRange();
  const query = useHistory(metric);
  const formatX = range.ms > DAY_MS ? formatMoment : (ms: number) => formatClock(ms).slice(0, 5);
  const unit = query.data !== undefined && isSeries(query.data) ? query.data.unit : undefined;
  const missing = query.error !== null && query.data === undefined;
  return (
    <Panel title={title} note={unit}>
      <p className="mb-2 text-sm text-faint">{meaning}</p>
      {spore === null ? (
        <Notice rows={ROWS} title="No spore is connected" />
      ) : missing ? (
        <Notice rows={ROWS} title={`${node?.name ?? "This spore"} keeps no such series`}>
          {query.error?.message}
        </Notice>
      ) : (
        <QueryState
          query={query}
          what={title}
          rows={ROWS}
          isEmpty={(data) => isSeries(data) && data.points.every(([, value]) => value === null)}
          empty={
            <Notice rows={ROWS} title="Nothing measured in this range">
              A wider range may show more.
            </Notice>
          }
        >
          {(data) =>
            isSeries(data) ? (
              <LineChart
                title={title}
                points={data.points}
                formatX={formatX}
                formatY={formatCount}
                xName="Time"
                yName={data.unit}
                height={HEIGHT_PX}
              />
            ) : (
              <NotRunning rows={ROWS} spore={node?.name ?? "this spore"} reason={reasonOf(data)} />
            )
          }
        </QueryState>
      )}
    </Panel>
  );
}

type Series = z.infer<typeof historySchema>;

function isSeries(data: object): data is Series {
  return "points" in data;
}
