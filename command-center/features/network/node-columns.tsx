/** A spore as a row: on the page, and in a file. */
import { SporeMark } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { Age } from "@/components/ui/time.tsx";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, GAP, shortId } from "@/lib/format.ts";

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
