/** What the Sentinel watches: each signal now, against what it learnt to be usual. Drifting ones come first. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { formatCount, formatDecimal, formatIn } from "@/lib/format.ts";
import { type Signal, signalsSchema } from "@/lib/signal-view.ts";

/** Ten signals and the rhythm of the watch. */
const ROWS = { narrow: 24, wide: 32 };
/** Told by the other panels, or the table itself. */
const ELSEWHERE = [
  "enabled",
  "signals",
  "role",
  "active_proposal",
  "proposals",
  "open_proposals",
  "total_deployments",
];
const TONES = { drifting: "bad", steady: "good", learning: "busy" } as const;

function toneOf({ state }: Signal) {
  return TONES[state as keyof typeof TONES] ?? "calm";
}

const COLUMNS: readonly Column<Signal>[] = [
  {
    name: "Signal",
    value: ({ signal }) => signal,
    cell: ({ signal, title }) => <span title={signal}>{title ?? signal.replaceAll("_", " ")}</span>,
  },
  {
    name: "Now",
    numeric: true,
    value: ({ value }) => value ?? null,
    cell: ({ unit, value }) => formatIn(unit ?? "", value),
  },
  {
    name: "Usual",
    numeric: true,
    value: ({ mean }) => mean ?? null,
    cell: ({ unit, mean }) => formatIn(unit ?? "", mean),
  },
  {
    name: "Drift",
    numeric: true,
    value: ({ drift }) => drift ?? null,
    cell: ({ drift }) => <span title="standard deviations, towards worse">{formatDecimal(drift, 1)}</span>,
  },
  {
    name: "State",
    value: ({ state }) => state,
    cell: (signal) => (
      <span
        className="inline-flex items-center gap-1.5 whitespace-nowrap text-soft"
        title={`${formatCount(signal.samples)} samples`}
      >
        <ToneMark tone={toneOf(signal)} /> {signal.state}
      </span>
    ),
  },
];

/** Drifting ones first, unmeasured ones last. */
function signalsOf(state: Readonly<Record<string, unknown>>): readonly Signal[] {
  return [...(signalsSchema.safeParse(state).data?.signals ?? [])].sort(
    (a, b) =>
      Number(toneOf(b) === "bad") - Number(toneOf(a) === "bad") ||
      Number(a.value == null) - Number(b.value == null),
  );
}

export function SignalsPanel() {
  return (
    <PartPanel
      title="Signals"
      path="/api/sentinel/status"
      rows={ROWS}
      className="lg:row-span-2"
      meaning="What the Sentinel watches, and whether it drifts beyond two standard deviations of what it learnt to be usual."
      actions={(state) => <TakeAway name="signals" rows={signalsOf(state)} columns={COLUMNS} json={state} />}
    >
      {(state) => {
        const signals = signalsOf(state);
        return (
          <div className="flex flex-col gap-5">
            {signals.length === 0 ? (
              <Notice rows={6} title="No signal is watched" />
            ) : (
              <DataTable label="Signals" columns={COLUMNS} rows={signals} keyOf={({ signal }) => signal} />
            )}
            <StateView value={state} omit={ELSEWHERE} />
          </div>
        );
      }}
    </PartPanel>
  );
}
