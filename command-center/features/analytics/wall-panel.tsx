/** The Knowledge Wall's books: how much left its owner's keeping as a distilled claim, and why the rest did not. */
"use client";

import { wallSchema } from "@synapse/shared/contract/status.ts";
import type { z } from "zod";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { formatCount, GAP, toMs } from "@/lib/format.ts";

type Decision = z.infer<typeof wallSchema>["recent_audit"][number];

const ROWS = 12;

const COLUMNS: readonly Column<Decision>[] = [
  { name: "When", value: ({ at }) => at, cell: ({ at }) => <Age at={toMs(at)} /> },
  { name: "What", value: ({ action }) => action, cell: ({ action }) => action },
  { name: "Kind", value: ({ kind }) => kind, cell: ({ kind }) => kind ?? GAP },
  { name: "Why", value: ({ reason }) => reason, cell: ({ reason }) => reason },
];

const FIGURES = [
  ["crossings", "Crossed", "as distilled claims"],
  ["blocks", "Blocked", "kept back whole"],
  ["filtered", "Filtered", "sentences left behind"],
] as const;

export function WallPanel({ className = "" }: { readonly className?: string }) {
  return (
    <PartPanel
      title="Knowledge Wall"
      path="/api/wall"
      rows={ROWS}
      className={className}
      meaning="What left its owner's keeping as a distilled claim, and what was held back."
      actions={(state) => (
        <TakeAway
          name="wall"
          rows={wallSchema.safeParse(state).data?.recent_audit ?? []}
          columns={COLUMNS}
          json={state}
        />
      )}
    >
      {(state) => {
        const parsed = wallSchema.safeParse(state);
        if (!parsed.success) return <Notice rows={ROWS} title="Told in a way this page does not know" />;
        const wall = parsed.data;
        return (
          <>
            <dl className="figures mb-4 flex flex-wrap gap-x-10 gap-y-2">
              {FIGURES.map(([member, name, unit]) => (
                <div key={member}>
                  <dt className="eyebrow">{name}</dt>
                  <dd>
                    <span className="text-lg font-medium">{formatCount(wall[member])}</span>{" "}
                    <span className="text-xs text-faint">{unit}</span>
                  </dd>
                </div>
              ))}
            </dl>
            {wall.recent_audit.length === 0 ? (
              <p className="text-soft">Nothing has come to the wall yet.</p>
            ) : (
              <DataTable
                label="Recent decisions of the wall"
                columns={COLUMNS}
                rows={wall.recent_audit}
                keyOf={({ at }, index) => `${at} ${index}`}
              />
            )}
          </>
        );
      }}
    </PartPanel>
  );
}
