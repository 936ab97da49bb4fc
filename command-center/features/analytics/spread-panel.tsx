/** Do all spores hold the same? Counts and Merkle roots side by side: equal roots mean equal sets. */
"use client";

import type { MemoryOverview } from "@synapse/shared/contract/status.ts";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, GAP, shortId } from "@/lib/format.ts";
import { useMemories } from "@/lib/queries.ts";

const ROWS = 10;

interface Spread {
  readonly node: FleetNode;
  readonly memory: MemoryOverview | undefined;
}

const COLUMNS: readonly Column<Spread>[] = [
  {
    name: "Spore",
    value: ({ node }) => node.name,
    cell: ({ node }) => <SporeName id={node.key} role={node.role} />,
  },
  ...(["public", "cluster", "private"] as const).map(
    (label): Column<Spread> => ({
      name: label.charAt(0).toUpperCase() + label.slice(1),
      numeric: true,
      value: ({ memory }) => memory?.[label] ?? null,
      cell: ({ memory }) => formatCount(memory?.[label]),
    }),
  ),
  ...(["public", "cluster"] as const).map(
    (scope): Column<Spread> => ({
      name: `Root, ${scope}`,
      value: ({ memory }) => memory?.roots[scope] ?? null,
      cell: ({ memory }) => {
        const root = memory?.roots[scope];
        return (
          <code className="font-mono text-xs text-soft">{root === undefined ? GAP : shortId(root)}</code>
        );
      },
    }),
  ),
];

export function SpreadPanel() {
  const nodes = useFleet()
    .nodes.filter((node) => node.chosen !== null)
    .sort((a, b) => a.name.localeCompare(b.name));
  const memories = useMemories(nodes.flatMap((node) => (node.chosen === null ? [] : [node.chosen])));
  const rows = nodes.map((node, index) => ({ node, memory: memories[index]?.data }));
  return (
    <Panel
      title="Memory and gossip by spore"
      actions={
        <TakeAway
          name="memory-by-spore"
          rows={rows}
          columns={COLUMNS}
          json={rows.map(({ node, memory }) => ({ spore: node.name, ...memory }))}
        />
      }
    >
      <p className="mb-2 text-sm text-faint">
        Spores hold copies of the same set, so these columns are not added up. Equal roots mean equal sets.
      </p>
      {rows.length === 0 ? (
        <NoSpore rows={ROWS} />
      ) : (
        <DataTable label="Memory by spore" columns={COLUMNS} rows={rows} keyOf={({ node }) => node.key} />
      )}
    </Panel>
  );
}
