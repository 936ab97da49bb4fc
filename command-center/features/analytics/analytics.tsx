/** Better or worse? Series the spores kept, and the present figures of memory, gossip and providers. */
"use client";

import { PageTools } from "@/components/ui/page-tools.tsx";
import { RangeControl } from "@/components/ui/range-control.tsx";
import { HistoryGrid } from "@/features/analytics/history-grid.tsx";
import { ProviderPanel } from "@/features/analytics/provider-panel.tsx";
import { SpreadPanel } from "@/features/analytics/spread-panel.tsx";
import { WallPanel } from "@/features/analytics/wall-panel.tsx";
import { TrustPanel } from "@/features/trust/trust-panel.tsx";

export function Analytics() {
  return (
    <>
      <PageTools>
        <RangeControl />
      </PageTools>
      <div className="grid gap-4 lg:grid-cols-2">
        <HistoryGrid />
        <SpreadPanel />
        <ProviderPanel />
        <TrustPanel className="lg:col-span-2" />
        <WallPanel className="lg:col-span-2" />
      </div>
    </>
  );
}
