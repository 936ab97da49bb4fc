/** Better or worse? Series the spores kept, and the present figures of memory, gossip and providers. */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { RangeControl } from "@/components/ui/range-control.tsx";
import { HistoryGrid } from "@/features/analytics/history-grid.tsx";
import { ProviderPanel } from "@/features/analytics/provider-panel.tsx";
import { SpreadPanel } from "@/features/analytics/spread-panel.tsx";
import { TrustPanel } from "@/features/trust/trust-panel.tsx";

export function Analytics() {
  return (
    <>
      <PageTools>
        <RangeControl />
      </PageTools>
      <div className="grid gap-4 lg:grid-cols-2">
        <SpreadPanel />
        <ProviderPanel />
        <HistoryGrid />
        <TrustPanel className="lg:col-span-2" />
        <PartPanel
          title="Knowledge Wall"
          path="/api/wall"
          rows={8}
          className="lg:col-span-2"
          meaning="What left its owner's keeping as a distilled claim, and what was held back."
        />
      </div>
    </>
  );
}
