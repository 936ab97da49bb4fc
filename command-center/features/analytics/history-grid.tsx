/** The kept series; where the spore keeps none, one line that says so instead of a wall of empty panels. */
"use client";

import { NotRunning } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { HistoryPanel, useHistory } from "@/features/analytics/history-panel.tsx";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

/** Series every spore is asked for; what it does not keep, it says. */
const METRICS = [
  { metric: "memories", title: "Memory", meaning: "Entries this spore holds. It only grows." },
  { metric: "answer_confidence", title: "Confidence", meaning: "Mean confidence of the last answers." },
  { metric: "gossip_lag", title: "Gossip lag", meaning: "Median age of news from others when it arrives." },
  {
    metric: "recall_lag",
    title: "Recall lag",
    meaning: "Entries that the search index has not taken in yet.",
  },
] as const;

export function HistoryGrid() {
  const { node } = useSelectedSpore();
  const first = useHistory(METRICS[0].metric).data;
  if (first !== undefined && "reason" in first) {
    return (
      <Panel title="History" className="lg:col-span-2">
        <NotRunning rows={5} spore={node?.name ?? "this spore"} reason={reasonOf(first)} />
      </Panel>
    );
  }
  return METRICS.map((item) => <HistoryPanel key={item.metric} {...item} />);
}
