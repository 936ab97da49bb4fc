/** One spore: what it is, how it is, whom it hears. */
"use client";

import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { Fact } from "@/components/ui/fact.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { Fleet, FleetNode } from "@/lib/fleet.ts";
import { formatCount, formatDuration, formatShare, GAP, shortId } from "@/lib/format.ts";
import { ROLE_MEANING } from "@/lib/identity.ts";

interface Props {
  readonly node: FleetNode;
  readonly fleet: Fleet;
  readonly onSelect: (key: string) => void;
}

export function NodeDetail({ node, fleet, onSelect }: Props) {
  const { summary } = node;
  const neighbours = [
    ...new Set(
      fleet.edges.flatMap(({ from, to }) => (from === node.key ? [to] : to === node.key ? [from] : [])),
    ),
  ];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3">
        <NodeBadge state={node.state} />
        <span className="text-xs text-faint">
          {node.via === "direct" ? "heard directly" : `heard through ${node.via}`}, <Age at={node.heardAt} />
        </span>
      </div>
      {node.reason === null ? null : <p className="text-soft">{node.reason}</p>}
      {node.alsoAt.map((url) => (
        <p key={url} className="text-warn">
          <code className="font-mono text-xs">{url}</code> answers with the key of this spore, too. Nothing is
          read from there.
        </p>
      ))}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2.5">
        <Fact name="Role">
          {node.role ?? GAP}
          {node.role === null ? null : (
            <span className="block text-xs text-faint">{ROLE_MEANING[node.role]}</span>
          )}
        </Fact>
        <Fact name="Cluster">
          {node.mine ? "mine" : node.operator === null ? GAP : shortId(node.operator)}
        </Fact>
        <Fact name="Model">{node.model ?? GAP}</Fact>
        <Fact name="Last asked">{summary.last_provider ?? GAP}</Fact>
        <Fact name="Memories">{formatCount(summary.memories)}</Fact>
        <Fact name="Cycles">{formatCount(summary.cycles)}</Fact>
        <Fact name="Tasks active / converged">
          {formatCount(summary.active_tasks)} / {formatCount(summary.converged_tasks)}
        </Fact>
        <Fact name="Confidence">{formatShare(summary.confidence)}</Fact>
        <Fact name="Up for">
          {formatDuration(summary.uptime_s === undefined ? null : summary.uptime_s * 1000)}
        </Fact>
        <Fact name="Version">{node.version ?? GAP}</Fact>
        <Fact name="Protocol (DNA)">{node.dna === null ? GAP : shortId(node.dna)}</Fact>
        <Fact name="Place">{node.place?.name ?? "unknown"}</Fact>
      </dl>
      <div className="flex items-center gap-1">
        <code className="min-w-0 grow truncate font-mono text-xs text-faint">
          {node.url ?? "no address: nobody can call it"}
        </code>
        {node.url === null ? null : <CopyIcon text={node.url} label="Copy address" />}
      </div>
      {node.mine ? null : (
        <PageLink
          href={`/sentinel?block=${encodeURIComponent(node.key)}`}
          className="self-start text-sm text-soft underline-offset-2 hover:text-ink hover:underline"
        >
          Block this spore, on the Sentinel page
        </PageLink>
      )}
      <section>
        <h3 className="mb-1 text-sm font-medium">Linked to {formatCount(neighbours.length)}</h3>
        <ul className="flex flex-wrap gap-1">
          {neighbours.map((key) => (
            <li key={key}>
              <button
                type="button"
                onClick={() => onSelect(key)}
                className="rounded px-1.5 py-1 text-xs text-soft hover:bg-hover hover:text-ink"
              >
                <SporeName id={key} />
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
