/** All series that the chosen spore keeps, as small charts that share range and crosshair. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { NotRunning, QueryState } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { CardPlace, HistoryCard } from "@/features/analytics/history-card.tsx";
import { inOrder, presentOf, SERIES_EXPECTED, type SeriesInfo } from "@/features/analytics/series.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { FleetNode } from "@/lib/fleet.ts";
import { metricsOptions } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

const ROWS = 24;
const GRID = "grid grid-cols-[repeat(auto-fill,minmax(min(16rem,100%),1fr))] gap-x-8 gap-y-6";

export function HistoryGrid() {
  const { spore, node } = useSelectedSpore();
  return (
    <Panel
      title="History"
      note="kept by the spore; drag over a chart to look closer, Back returns"
      className="lg:col-span-2"
    >
      {spore === null ? <NoSpore rows={ROWS} loading={<Places />} /> : <Groups spore={spore} node={node} />}
    </Panel>
  );
}

function Groups({ spore, node }: { readonly spore: ChosenSpore; readonly node: FleetNode | null }) {
  const query = useQuery(metricsOptions(spore));
  return (
    <QueryState query={query} what="the kept series" rows={ROWS} loading={<Places />}>
      {(data) =>
        isList(data) ? (
          <div className={GRID}>
            {inOrder(data.metrics).map((info) => (
              <HistoryCard
                key={info.metric}
                spore={spore}
                info={info}
                present={node?.state === "live" ? presentOf(info.metric, node.summary) : null}
              />
            ))}
          </div>
        ) : (
          <NotRunning rows={ROWS} spore={node?.name ?? "this spore"} reason={reasonOf(data)} />
        )
      }
    </QueryState>
  );
}

function Places() {
  return (
    <div className={GRID} aria-hidden="true">
      {Array.from({ length: SERIES_EXPECTED }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: places without a name.
        <CardPlace key={index} />
      ))}
    </div>
  );
}

function isList(data: object): data is { readonly metrics: readonly SeriesInfo[] } {
  return "metrics" in data && Array.isArray(data.metrics);
}
