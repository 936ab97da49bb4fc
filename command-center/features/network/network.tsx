/** Who hears whom, who trusts whom? One selection shared by graph, table and details. */
"use client";

import dynamic from "next/dynamic";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { NodeDetail } from "@/features/network/node-detail.tsx";
import { NodeTable } from "@/features/network/node-table.tsx";
import { clustersOf } from "@/lib/fleet.ts";
import { plural } from "@/lib/format.ts";
import { useUrlState } from "@/lib/url-state.ts";

const ForceGraph = dynamic(() => import("@/topology/force-graph.tsx").then((m) => m.ForceGraph), {
  ssr: false,
  loading: () => <LoadingState rows={16} what="the graph" />,
});

/** Marks drawn; beyond it the table is the full list. */
const DRAWN_MAX = 300;

export function NetworkPage() {
  const fleet = useFleet();
  const url = useUrlState();
  const selected = url.get("node");
  const select = (key: string) => url.set({ node: key === selected ? null : key }, "push");
  const drawn = fleet.nodes.slice(0, DRAWN_MAX);
  const keys = new Set(drawn.map((node) => node.key));
  const edges = fleet.edges.filter((edge) => keys.has(edge.from) && keys.has(edge.to));
  const node = fleet.nodes.find((other) => other.key === selected) ?? null;
  const clusters = clustersOf(fleet).length;
  const cut = drawn.length < fleet.nodes.length ? ` · ${drawn.length} of ${fleet.nodes.length} drawn` : "";
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <Panel
          title="Network"
          flush
          note={`${plural(fleet.nodes.length, "spore")} · ${plural(clusters, "cluster")} · ${plural(fleet.edges.length, "link")}${cut}`}
        >
          <div className="h-[26rem] lg:h-[32rem]">
            {fleet.nodes.length === 0 ? (
              <Notice rows={20} title="No spore is known" />
            ) : (
              <ForceGraph nodes={drawn} edges={edges} selected={selected} onSelect={select} />
            )}
          </div>
          <p className="border-t border-line px-4 py-2 text-xs text-faint">
            Solid: exchanged entries lately. Dotted: trust. Hollow: stale or offline. Shape is the role,
            colour the spore.
          </p>
        </Panel>
        <Panel title={node?.name ?? "Spore"}>
          {node === null ? (
            <Notice rows={16} title="Choose a spore">
              In the graph or in the table: its role, model, version, cluster and neighbours appear here.
            </Notice>
          ) : (
            <NodeDetail node={node} fleet={fleet} onSelect={select} />
          )}
        </Panel>
      </div>
      <Panel title="All spores" flush note="problems first">
        <NodeTable nodes={fleet.nodes} selected={selected} onSelect={select} />
      </Panel>
    </div>
  );
}
