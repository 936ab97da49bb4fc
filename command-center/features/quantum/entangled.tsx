/** Pairs of spores whose graded results move together, by both channels: right together, wrong together. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { formatCount, formatDecimal } from "@/lib/format.ts";
import { type EntangledPair, quantumViewSchema } from "@/lib/quantum-view.ts";

const ROWS = 12;

const COLUMNS: readonly Column<EntangledPair>[] = [
  { name: "Spore", value: ({ a, a_name }) => a_name ?? a, cell: ({ a }) => <SporeName id={a} /> },
  { name: "And", value: ({ b, b_name }) => b_name ?? b, cell: ({ b }) => <SporeName id={b} /> },
  {
    name: "Right together",
    numeric: true,
    value: ({ successes }) => successes,
    cell: ({ successes }) => formatDecimal(successes),
  },
  {
    name: "Wrong together",
    numeric: true,
    value: ({ errors }) => errors,
    cell: ({ errors }) => formatDecimal(errors),
  },
  { name: "Items", numeric: true, value: ({ items }) => items, cell: ({ items }) => formatCount(items) },
];

function entanglementOf(state: Readonly<Record<string, unknown>>) {
  const parsed = quantumViewSchema.safeParse(state);
  return parsed.success ? (parsed.data.entanglement ?? null) : null;
}

export function EntangledPanel() {
  return (
    <PartPanel
      title="Entangled spores"
      path="/api/quantum"
      rows={ROWS}
      meaning="Spores whose graded results move together. Being right together is shared trust; being wrong together means they count as one voice."
      actions={(state) => (
        <TakeAway name="entangled" rows={entanglementOf(state)?.pairs ?? []} columns={COLUMNS} />
      )}
    >
      {(state) => {
        const entanglement = entanglementOf(state);
        if (entanglement === null || entanglement.pairs.length === 0) {
          return (
            <Notice rows={ROWS} title="No pair is entangled">
              It takes graded answers of both before anything can be said.
            </Notice>
          );
        }
        return (
          <>
            <DataTable
              label="Entangled spores"
              columns={COLUMNS}
              rows={entanglement.pairs}
              keyOf={({ a, b }) => `${a} ${b}`}
            />
            <p className="mt-2 text-xs text-faint">
              Correlations between −1 and 1; from {formatDecimal(entanglement.threshold)} on a pair counts as
              entangled.
            </p>
          </>
        );
      }}
    </PartPanel>
  );
}
