/** Who hears whom, who trusts whom? One selection shared by graph, table and details. */
"use client";

import dynamic from "next/dynamic";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { Select } from "@/components/ui/field.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway, ToolPlace } from "@/components/ui/take-away.tsx";
import { FederationPanel } from "@/features/network/federation-panel.tsx";
import { NODE_COLUMNS } from "@/features/network/node-columns.tsx";
import { NodeDetail } from "@/features/network/node-detail.tsx";
import { NodeTable } from "@/features/network/node-table.tsx";
import { TrustPanel } from "@/features/trust/trust-panel.tsx";
import { clustersOf, type Fleet, type FleetEdge, type FleetNode } from "@/lib/fleet.ts";
import { plural } from "@/lib/format.ts";
import { useUrlState } from "@/lib/url-state.ts";
import { LINK_KINDS, type LinkKind, linksOf } from "@/topology/edge-path.ts";

const NetworkGraph = dynamic(() => import("@/topology/network-graph.tsx").then((m) => m.NetworkGraph), {
  ssr: false,
  loading: () => <LoadingState rows={16} what="the graph" />,
});

function linkColumns(nodes: readonly FleetNode[]): readonly Column<FleetEdge>[] {
  const names = new Map(nodes.map(({ key, name }) => [key, name]));
  return fileColumns([
    ["from", ({ from }) => names.get(from) ?? from],
    ["to", ({ to }) => names.get(to) ?? to],
    ["kind", ({ kind }) => kind],
    ["from key", ({ from }) => from],
    ["to key", ({ to }) => to],
  ]);
}

interface LinkToolsProps {
  readonly fleet: Fleet;
  readonly links: LinkKind;
  readonly onChange: (links: LinkKind) => void;
}

function LinkTools({ fleet, links, onChange }: LinkToolsProps) {
  return (
    <>
      <Select<LinkKind> label="Links" value={links} options={LINK_KINDS} onChange={onChange} />
      <TakeAway name="links" rows={linksOf(fleet.edges, links)} columns={linkColumns(fleet.nodes)} />
    </>
  );
}

export function NetworkPage() {
  const fleet = useFleet();
  const url = useUrlState();
  const selected = url.get("node");
  const select = (key: string) => url.set({ node: key === selected ? null : key }, "push");
  const links = LINK_KINDS.find(({ value }) => value === url.get("links"))?.value ?? "all";
  const node = fleet.nodes.find((other) => other.key === selected) ?? null;
  const clusters = clustersOf(fleet).length;
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <Panel
          title="Network"
          flush
          note={`${plural(fleet.nodes.length, "spore")} · ${plural(clusters, "cluster")} · ${plural(fleet.edges.length, "link")}`}
          actions={
            <LinkTools
              fleet={fleet}
              links={links}
              onChange={(value) => url.set({ links: value === "all" ? null : value })}
            />
          }
        >
          <div className="h-[26rem] lg:h-[32rem]">
            {fleet.nodes.length === 0 ? (
              <NoSpore rows={18} />
            ) : (
              <NetworkGraph
                nodes={fleet.nodes}
                edges={fleet.edges}
                links={links}
                selected={selected}
                onSelect={select}
              />
            )}
          </div>
          <p className="border-t border-line px-4 py-2 text-xs text-faint">
            Straight: exchanged entries lately. Dotted and bent: trust, to the left of whom it comes from.
            Hollow: stale or offline. Shape is the role, colour the spore.
          </p>
        </Panel>
        <ChosenNode node={node} fleet={fleet} onSelect={select} />
      </div>
      <Panel
        title="All spores"
        flush
        note="problems first"
        actions={<TakeAway name="spores" rows={fleet.nodes} columns={NODE_COLUMNS} />}
      >
        <NodeTable nodes={fleet.nodes} selected={selected} onSelect={select} />
      </Panel>
      <PageTools />
      <div className="grid gap-4 2xl:grid-cols-2">
        <TrustPanel />
        <FederationPanel />
      </div>
    </div>
  );
}

interface ChosenNodeProps {
  readonly node: FleetNode | null;
  readonly fleet: Fleet;
  readonly onSelect: (key: string) => void;
}

function ChosenNode({ node, fleet, onSelect }: ChosenNodeProps) {
  return (
    <Panel
      title={node?.name ?? "Spore"}
      className={node === null ? "max-lg:hidden" : ""}
      actions={node === null ? <ToolPlace /> : <TakeAway name="spore" rows={[node]} columns={NODE_COLUMNS} />}
    >
      {node === null ? (
        <Notice rows={16} title="Choose a spore">
          In the graph or in the table: its role, model, version, cluster and neighbours appear here.
        </Notice>
      ) : (
        <NodeDetail node={node} fleet={fleet} onSelect={onSelect} />
      )}
    </Panel>
  );
}
