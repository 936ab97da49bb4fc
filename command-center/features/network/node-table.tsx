/** Every spore as a row. The twin of the graph and of the globe. */
"use client";

import { NoSpore } from "@/components/state/no-spore.tsx";
import { SporeMark } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { Age } from "@/components/ui/time.tsx";
import { VirtualTable } from "@/components/ui/virtual-table.tsx";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, GAP, shortId } from "@/lib/format.ts";

const TRACKS =
  "grid-cols-[minmax(11rem,2fr)_6.5rem_6.5rem_minmax(8rem,1.5fr)_5rem_4.5rem_5.5rem_5.5rem_minmax(6rem,1fr)]";

export const NODE_COLUMNS: readonly Column<FleetNode>[] = [
  {
    name: "Spore",
    value: (node) => node.name,
    cell: (node) => (
      <>
        <SporeMark id={node.key} role={node.role} />
        <span className="truncate">{node.name}</span>
      </>
    ),
  },
  {
    name: "State",
    value: (node) => node.state,
    cell: (node) => (
      <span title={node.reason ?? undefined}>
        <NodeBadge state={node.state} />
      </span>
    ),
  },
  { name: "Role", value: (node) => node.role, cell: (node) => node.role ?? GAP },
  { name: "Model", value: (node) => node.model, cell: (node) => node.model ?? GAP },
  {
    name: "Cluster",
    value: (node) => (node.mine ? "mine" : node.operator),
    cell: (node) => (node.mine ? "mine" : node.operator === null ? GAP : shortId(node.operator)),
  },
  { name: "Version", value: (node) => node.version, cell: (node) => node.version ?? GAP },
  {
    name: "Memories",
    numeric: true,
    value: (node) => node.summary.memories ?? null,
    cell: (node) => formatCount(node.summary.memories),
  },
  {
    name: "Heard",
    value: (node) => node.heardAt,
    cell: (node) => <Age at={node.heardAt} />,
  },
  {
    name: "Place",
    value: (node) => node.place?.name ?? null,
    cell: (node) => node.place?.name ?? "unknown",
  },
];

interface Props {
  readonly nodes: readonly FleetNode[];
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

export function NodeTable({ nodes, selected, onSelect }: Props) {
  if (nodes.length === 0) return <NoSpore rows={6} />;
  return (
    <VirtualTable
      label="All spores"
      columns={NODE_COLUMNS}
      rows={nodes}
      keyOf={(node) => node.key}
      tracks={TRACKS}
      minWidth="min-w-[68rem]"
      selected={selected}
      onSelect={(node) => onSelect(node.key)}
    />
  );
}
