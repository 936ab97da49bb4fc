/** Every spore as a row. The twin of the graph and of the globe. */
"use client";

import { NoSpore } from "@/components/state/no-spore.tsx";
import { VirtualTable } from "@/components/ui/virtual-table.tsx";
import { NODE_COLUMNS } from "@/features/network/node-columns.tsx";
import type { FleetNode } from "@/lib/fleet.ts";

const TRACKS =
  "grid-cols-[minmax(11rem,2fr)_6.5rem_6.5rem_minmax(8rem,1.5fr)_5rem_4.5rem_5.5rem_5.5rem_minmax(6rem,1fr)]";

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
