/** All series that the chosen spore keeps, as small charts that share range and crosshair. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { Notice, NotRunning, QueryState } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { HistoryCard } from "@/features/analytics/history-card.tsx";
import { inOrder, type SeriesInfo } from "@/features/analytics/series.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { metricsOptions } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

const ROWS = 24;

export function HistoryGrid() {
  const { spore, node } = useSelectedSpore();
  return (
    <Panel
      title="History"
      note="kept by the spore; drag over a chart to look closer, Back returns"
      className="lg:col-span-2"
    >
      {spore === null ? (
        <Notice rows={ROWS} title="No spore is connected" />
      ) : (
        <Groups spore={spore} name={node?.name ?? "this spore"} />
      )}
    </Panel>
  );
}

function Groups({ spore, name }: { readonly spore: ChosenSpore; readonly name: string }) {
  const query = useQuery(metricsOptions(spore));
  return (
    <QueryState query={query} what="the kept series" rows={ROWS}>
      {(data) =>
        isList(data) ? (
          <div className="grid grid-cols-[repeat(auto-fill,minmax(min(16rem,100%),1fr))] gap-x-8 gap-y-6">
            {inOrder(data.metrics).map((info) => (
              <HistoryCard key={info.metric} spore={spore} info={info} />
            ))}
          </div>
        ) : (
          <NotRunning rows={ROWS} spore={name} reason={reasonOf(data)} />
        )
      }
    </QueryState>
  );
}

function isList(data: object): data is { readonly metrics: readonly SeriesInfo[] } {
  return "metrics" in data && Array.isArray(data.metrics);
}
