/** Better or worse? Series the spores kept, and the present figures of memory, gossip and providers. */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { Select } from "@/components/ui/field.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { HistoryPanel } from "@/features/analytics/history-panel.tsx";
import { ProviderPanel } from "@/features/analytics/provider-panel.tsx";
import { SpreadPanel } from "@/features/analytics/spread-panel.tsx";
import { RANGES, useTimeRange } from "@/lib/time-range.ts";

/** Series every spore is asked for; what it does not keep, it says. */
const METRICS = [
  { metric: "memories", title: "Memory", meaning: "Entries this spore holds. It only grows." },
  { metric: "deltas_received", title: "Gossip received", meaning: "Contributions that came from others." },
  { metric: "agreement", title: "Agreement", meaning: "Mean agreement of the tasks in work." },
  { metric: "recall_ms", title: "Recall latency", meaning: "How long a search of the memory takes." },
] as const;

export function Analytics() {
  const range = useTimeRange();
  return (
    <>
      <PageTools>
        <Select label="Time range" value={range.name} options={RANGES} onChange={range.select} />
      </PageTools>
      <div className="grid gap-4 lg:grid-cols-2">
        {METRICS.map((item) => (
          <HistoryPanel key={item.metric} {...item} />
        ))}
        <SpreadPanel />
        <ProviderPanel />
        <PartPanel
          title="Trust"
          path="/api/trust"
          rows={8}
          meaning="What this spore makes of the others, by topic: with the number of observations and a lower bound, never a bare score."
        />
        <PartPanel
          title="Knowledge Wall"
          path="/api/wall"
          rows={8}
          meaning="What left its owner's keeping as a distilled claim, and what was held back."
        />
      </div>
    </>
  );
}
