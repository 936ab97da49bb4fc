/** What the Sentinel applied, what it promised, and what was measured: kept, or rolled back. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { type Tone, ToneMark } from "@/components/ui/state-badge.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { type Deployment, deploymentsSchema } from "@/lib/deployment-view.ts";
import { formatDecimal, toMs } from "@/lib/format.ts";

const ROWS = 10;
const TONES: Readonly<Record<string, Tone>> = { kept: "good", applied: "busy", rolled_back: "warn" };

const written = (value: Deployment["from"]) =>
  value === null || value === undefined ? "nothing" : String(value);

const COLUMNS: readonly Column<Deployment>[] = fileColumns([
  ["Setting", (one) => one.setting],
  ["From", (one) => written(one.from)],
  ["To", (one) => written(one.to)],
  ["Spore", (one) => one.spore ?? null],
  ["Outcome", (one) => one.status],
  ["Promised", (one) => one.success_criterion ?? null],
  ["Before", (one) => one.before ?? null],
  ["After", (one) => one.after ?? null],
  ["Reason", (one) => one.reason ?? null],
  ["Applied", (one) => one.applied_at ?? null],
  ["Ended", (one) => one.ended_at ?? null],
]);

const deploymentsOf = (state: Readonly<Record<string, unknown>>) =>
  deploymentsSchema.safeParse(state).data?.deployments ?? [];

export function DeploymentLog() {
  return (
    <PartPanel
      title="Deployment log"
      path="/api/sentinel/deployments"
      rows={ROWS}
      meaning="What was applied, and whether its success criterion held after its window: kept, or rolled back."
      actions={(state) => (
        <TakeAway name="deployments" rows={deploymentsOf(state)} columns={COLUMNS} json={state} />
      )}
    >
      {(state) => {
        const deployments = deploymentsOf(state);
        if (deployments.length === 0)
          return (
            <Notice rows={ROWS} title="Nothing has been applied">
              An approved proposal appears here, with what was measured before and after it.
            </Notice>
          );
        return (
          <ul className="flex flex-col gap-4">
            {deployments.map((one) => (
              <Applied key={`${one.proposal}${one.spore}${one.applied_at}`} one={one} />
            ))}
          </ul>
        );
      }}
    </PartPanel>
  );
}

function Applied({ one }: { readonly one: Deployment }) {
  return (
    <li className="border-l-2 border-edge pl-4">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="min-w-0 text-sm font-medium">
          {one.setting}: {written(one.from)} → {written(one.to)}
        </span>
        <span className="inline-flex items-center gap-1.5 text-xs text-soft">
          <ToneMark tone={TONES[one.status] ?? "calm"} /> {one.status.replaceAll("_", " ")}
        </span>
      </p>
      {one.success_criterion == null ? null : <p className="text-soft">Promised: {one.success_criterion}</p>}
      <p className="figures flex flex-wrap gap-x-3 text-soft">
        <span>
          Measured: {formatDecimal(one.before)} before, {formatDecimal(one.after)} after
        </span>
        {one.reason ? <span>{one.reason}</span> : null}
      </p>
      <p className="flex flex-wrap gap-x-3 text-xs text-faint">
        {one.spore == null ? null : <SporeName id={one.spore} />}
        <span>
          applied <Age at={toMs(one.applied_at)} />
        </span>
        {one.ended_at == null ? null : (
          <span>
            judged <Age at={toMs(one.ended_at)} />
          </span>
        )}
      </p>
    </li>
  );
}
