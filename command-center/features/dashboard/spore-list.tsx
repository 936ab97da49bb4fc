/** Health of every spore over all clusters: problems first, then the commander's own, healthy ones quiet. */
"use client";

import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { SporeMark } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { NODE_COLUMNS } from "@/features/network/node-columns.tsx";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, GAP, shortId } from "@/lib/format.ts";

/** More rows than this belong on the Network page. */
const ROWS_MAX = 12;

export function SporeList() {
  const { nodes } = useFleet();
  const shown = nodes.slice(0, ROWS_MAX);
  const more = nodes.length > shown.length;
  return (
    <Panel
      title="Spores"
      flush
      actions={<TakeAway name="spores" rows={nodes} columns={NODE_COLUMNS} />}
      note={more ? `${shown.length} of ${formatCount(nodes.length)}, problems first` : undefined}
    >
      {nodes.length === 0 ? (
        <Notice rows={6} title="No spores known" />
      ) : (
        <ul className="divide-y divide-line">
          {shown.map((node) => (
            <SporeRow key={node.key} node={node} />
          ))}
        </ul>
      )}
      {more ? (
        <p className="border-t border-line px-4 py-2">
          <PageLink href="/network" className="text-sm text-accent underline-offset-2 hover:underline">
            All {formatCount(nodes.length)} spores
          </PageLink>
        </p>
      ) : null}
    </Panel>
  );
}

function SporeRow({ node }: { readonly node: FleetNode }) {
  const { summary } = node;
  return (
    <li>
      <PageLink
        href={`/network?node=${encodeURIComponent(node.key)}`}
        className="block px-4 py-2 -outline-offset-2 hover:bg-hover"
      >
        <span className="flex items-center gap-2">
          <SporeMark id={node.key} role={node.role} />
          <span className="truncate font-medium">{node.name}</span>
          <span className="truncate text-xs text-faint">
            {node.role ?? "role unknown"}
            {node.mine ? null : ` · cluster ${node.operator === null ? GAP : shortId(node.operator)}`}
          </span>
          <span className="ml-auto">
            <NodeBadge state={node.state} />
          </span>
        </span>
        <span className="figures mt-0.5 flex flex-wrap gap-x-3 pl-5 text-xs text-faint">
          {node.state === "live" ? (
            <>
              <span>
                {formatCount(summary.memories)} {summary.memories === 1 ? "memory" : "memories"}
              </span>
              <span>{formatCount(summary.active_tasks)} active</span>
              <span className="truncate">{summary.last_model ?? node.model ?? "model unknown"}</span>
            </>
          ) : (
            <span className="text-soft">{node.reason ?? "Waiting for its first answer"}</span>
          )}
          <span
            className="ml-auto"
            title={node.via === "direct" ? "heard directly" : `heard through ${node.via}`}
          >
            <Age at={node.heardAt} />
          </span>
        </span>
      </PageLink>
    </li>
  );
}
