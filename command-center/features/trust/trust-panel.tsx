/** Whom does this spore trust, and on how much evidence? Never a bare score: mean, lower bound, and what they rest on. */
"use client";

import { IntervalBar } from "@/charts/interval-bar.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { VirtualTable } from "@/components/ui/virtual-table.tsx";
import { formatCount, formatDecimal, formatShare, GAP } from "@/lib/format.ts";
import { TIERS, type TrustPeer, type TrustView, trustViewSchema } from "@/lib/trust-view.ts";
import { useUrlState } from "@/lib/url-state.ts";

const ROWS = 12;
const TRACKS = "grid-cols-[minmax(9rem,1.4fr)_6.5rem_minmax(12rem,2fr)_5.5rem_5rem_5.5rem]";
const MARKS = TIERS.map(({ from }) => from);

const COLUMNS: readonly Column<TrustPeer>[] = [
  { name: "Spore", value: (peer) => peer.name ?? peer.id, cell: (peer) => <SporeName id={peer.id} /> },
  { name: "Tier", value: (peer) => peer.tier ?? null, cell: (peer) => peer.tier ?? GAP },
  {
    name: "At least … mean",
    numeric: false,
    value: (peer) => peer.lower ?? null,
    cell: (peer) => <Score peer={peer} />,
  },
  {
    name: "Evidence",
    numeric: true,
    value: (peer) => peer.evidence ?? null,
    cell: (peer) => formatCount(peer.evidence),
  },
  {
    name: "Weight",
    numeric: true,
    value: (peer) => peer.weight ?? null,
    cell: (peer) => <span title="in a vote on no particular topic">{formatDecimal(peer.weight)}</span>,
  },
  {
    name: "Believed",
    numeric: true,
    value: (peer) => peer.observer_trust ?? null,
    cell: (peer) => <span title="as an observer of others">{formatShare(peer.observer_trust)}</span>,
  },
];

export function TrustPanel({ className = "" }: { readonly className?: string }) {
  const url = useUrlState();
  const selected = url.get("node");
  return (
    <PartPanel
      title="Trust"
      path="/api/trust"
      rows={ROWS}
      className={className}
      actions={(state) => (
        <TakeAway
          name="trust"
          rows={trustViewSchema.safeParse(state).data?.peers ?? []}
          columns={COLUMNS}
          json={state}
        />
      )}
      meaning="What this spore makes of the others: with the number of observations and a lower bound, never a bare score. Tiers follow the lower bound."
    >
      {(state) => {
        const parsed = trustViewSchema.safeParse(state);
        if (!parsed.success || parsed.data.peers.length === 0) {
          return <Notice rows={6} title="No spore has been observed yet" />;
        }
        const view = parsed.data;
        return (
          <div className="flex flex-col gap-3">
            <Voices view={view} />
            <div className="-mx-4 border-y border-line">
              <VirtualTable
                label="Trust by spore"
                columns={COLUMNS}
                rows={view.peers}
                keyOf={(peer) => peer.id}
                tracks={TRACKS}
                minWidth="min-w-[52rem]"
                rowsVisible={8}
                selected={selected}
                onSelect={(peer) => url.set({ node: peer.id === selected ? null : peer.id }, "push")}
              />
            </div>
            <Topics peer={view.peers.find((peer) => peer.id === selected) ?? null} />
          </div>
        );
      }}
    </PartPanel>
  );
}

function Score({ peer }: { readonly peer: TrustPeer }) {
  if (peer.mean == null || peer.lower == null) return <>{GAP}</>;
  return (
    <span className="grid grid-cols-[minmax(0,1fr)_5.5rem] items-center gap-3">
      <IntervalBar lower={peer.lower} mean={peer.mean} marks={MARKS} />
      <span className="text-right">
        {formatShare(peer.lower)} … {formatShare(peer.mean)}
      </span>
    </span>
  );
}

/** Copies count once: how many independent voices the head-count is worth. */
function Voices({ view }: { readonly view: TrustView }) {
  return (
    <dl className="figures flex flex-wrap gap-x-8 gap-y-2">
      <Figure
        name="Independent voices"
        value={formatDecimal(view.effective_voices, 1)}
        of={`of ${formatCount(view.voices)} spores`}
      />
      <Figure name="Graded answers" value={formatCount(view.graded_items)} of="evidence of competence" />
    </dl>
  );
}

function Figure({ name, value, of }: { readonly name: string; readonly value: string; readonly of: string }) {
  return (
    <div>
      <dt className="eyebrow">{name}</dt>
      <dd>
        <span className="text-lg font-medium">{value}</span> <span className="text-xs text-faint">{of}</span>
      </dd>
    </div>
  );
}

function Topics({ peer }: { readonly peer: TrustPeer | null }) {
  if (peer === null || peer.topics.length === 0) return null;
  return (
    <section aria-label="By topic">
      <h3 className="mb-1 text-sm font-medium">
        By topic: <SporeName id={peer.id} />
      </h3>
      <ul className="flex flex-col gap-1.5">
        {peer.topics.map((topic) => (
          <li
            key={topic.topic}
            className="grid grid-cols-[minmax(0,1fr)_minmax(8rem,14rem)_5.5rem] items-center gap-3"
          >
            <span className="truncate">{topic.topic}</span>
            {topic.mean == null || topic.lower == null ? (
              <span>{GAP}</span>
            ) : (
              <IntervalBar lower={topic.lower} mean={topic.mean} marks={MARKS} />
            )}
            <span className="figures text-right">
              {formatShare(topic.lower)} … {formatShare(topic.mean)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
