/** What was found, proposed, done? */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { BlocklistPanel } from "@/features/sentinel/blocklist-panel.tsx";
import { DeploymentLog } from "@/features/sentinel/deployment-log.tsx";
import { ProposalsPanel } from "@/features/sentinel/proposals-panel.tsx";
import { SettingsPanel } from "@/features/sentinel/settings-panel.tsx";
import { SignalsPanel } from "@/features/sentinel/signals-panel.tsx";

export function Sentinel() {
  return (
    <>
      <PageTools />
      <div className="grid gap-4 lg:grid-cols-2">
        <ProposalsPanel />
        <SignalsPanel />
        <DeploymentLog />
        <PartPanel
          title="Cortex"
          path="/api/cortex"
          rows={8}
          meaning="The local micro-model: the last one asked when no provider answers, and the Sentinel's triage."
        />
        <BlocklistPanel />
        <SettingsPanel />
      </div>
    </>
  );
}
