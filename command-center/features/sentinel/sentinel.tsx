/** What was found, proposed, done? */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";

export function Sentinel() {
  return (
    <>
      <PageTools />
      <div className="grid gap-4 lg:grid-cols-2">
        <PartPanel
          title="Signals"
          path="/api/sentinel/status"
          rows={10}
          meaning="What the Sentinel watches: health, agreement, provider failures, gossip lag, and drift beyond two standard deviations."
        />
        <PartPanel
          title="Proposals"
          path="/api/proposals"
          rows={10}
          meaning="Changes the Sentinel suggests. Nothing is applied before its commander approved it."
        />
        <PartPanel
          title="Deployment log"
          path="/api/sentinel/deployments"
          rows={8}
          meaning="What was applied, and whether its success criterion held after its window: kept, or rolled back."
        />
        <PartPanel
          title="Cortex"
          path="/api/cortex"
          rows={8}
          meaning="The local micro-model: the last one asked when no provider answers, and the Sentinel's triage."
        />
      </div>
    </>
  );
}
