/** The mechanisms of the quantum layer with what was measured of them, and their figures for whoever wants them. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { MechanismList } from "@/features/quantum/mechanism-list.tsx";
import { quantumViewSchema } from "@/lib/quantum-view.ts";

/** Shown elsewhere on the page, or of no use in a list of figures. */
const ELSEWHERE = ["enabled", "mechanisms", "tasks", "entanglement"];

export function Mechanisms({ state }: { readonly state: Readonly<Record<string, unknown>> }) {
  const parsed = quantumViewSchema.safeParse(state);
  if (!parsed.success) return <Notice rows={6} title="Told in a way this page does not know" />;
  const { mechanisms } = parsed.data;
  return (
    <div className="flex flex-col gap-5">
      {mechanisms.length === 0 ? null : <MechanismList mechanisms={mechanisms} />}
      <details>
        <summary className="inline-block rounded text-sm text-soft">Their figures</summary>
        <div className="mt-3">
          <StateView value={state} omit={ELSEWHERE} />
        </div>
      </details>
    </div>
  );
}
