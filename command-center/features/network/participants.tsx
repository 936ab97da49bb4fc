/** The spores that take part, a row each. */
"use client";

import { SporeName } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { Age } from "@/components/ui/time.tsx";
import { VirtualTable } from "@/components/ui/virtual-table.tsx";
import type { Participant } from "@/lib/federation-view.ts";
import { GAP, plural, shortId, toMs } from "@/lib/format.ts";

const TRACKS = "grid-cols-[minmax(9rem,1.3fr)_minmax(8rem,1.2fr)_6.5rem_minmax(7rem,1fr)_7rem_6.5rem]";
const ROWS_VISIBLE = 8;

export const PARTICIPANT_COLUMNS: readonly Column<Participant>[] = [
  {
    name: "Who",
    value: ({ name }) => name,
    cell: ({ id, name, state }) =>
      state === null ? <span className="truncate">{name}</span> : <SporeName id={id} />,
  },
  {
    name: "How it came in",
    value: ({ how }) => how,
    cell: ({ how }) => (
      <span className="truncate" title={how}>
        {how}
      </span>
    ),
  },
  {
    name: "Since",
    value: ({ since }) => since,
    cell: ({ since }) =>
      since === null ? <span className="text-faint">{GAP}</span> : <Age at={toMs(since)} />,
  },
  {
    name: "State",
    value: ({ state, remark }) => state ?? remark,
    cell: ({ state, remark }) =>
      state === null ? (
        <span className="truncate text-soft" title={remark ?? undefined}>
          {remark ?? GAP}
        </span>
      ) : (
        <span title={remark ?? undefined}>
          <NodeBadge state={state} />
        </span>
      ),
  },
  {
    name: "Protocol (DNA)",
    value: ({ dna }) => dna,
    cell: ({ dna, sameProtocol }) =>
      dna === null || sameProtocol === null ? (
        <span className="text-faint">unknown</span>
      ) : (
        <span title={dna} className={sameProtocol ? "text-soft" : "text-warn"}>
          {sameProtocol ? "the same" : `other: ${shortId(dna)}`}
        </span>
      ),
  },
  {
    name: "Standing",
    value: ({ blocked, tier }) => (blocked ? "blocked" : tier),
    cell: ({ blocked, tier }) =>
      blocked ? (
        <span className="text-warn">blocked</span>
      ) : (
        (tier ?? <span className="text-faint">{GAP}</span>)
      ),
  },
];

export function Participants({ participants }: { readonly participants: readonly Participant[] }) {
  const operators = new Set(participants.flatMap(({ operator }) => operator ?? [])).size;
  return (
    <section aria-label="Who takes part">
      <h3 className="mb-2 text-sm font-medium">
        Who takes part{" "}
        <span className="figures text-xs font-normal text-faint">
          {plural(participants.length, "spore")} of {plural(operators, "operator")}
        </span>
      </h3>
      {participants.length === 0 ? (
        <p className="text-soft">Nobody is known yet. A seed list or an invitation brings the first.</p>
      ) : (
        <div className="-mx-4 border-y border-line">
          <VirtualTable
            label="Who takes part"
            columns={PARTICIPANT_COLUMNS}
            rows={participants}
            keyOf={({ id }) => id}
            tracks={TRACKS}
            minWidth="min-w-[48rem]"
            rowsVisible={ROWS_VISIBLE}
          />
        </div>
      )}
    </section>
  );
}
