/** The mechanisms: what each means, whether it is on, its figures, and its measured effect. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { formatCount, formatPoints } from "@/lib/format.ts";
import { type Mechanism, quantumViewSchema } from "@/lib/quantum-view.ts";

/** Shown elsewhere on the page, or of no use in a list of figures. */
const ELSEWHERE = ["enabled", "mechanisms", "tasks", "entanglement"];

export function Mechanisms({ state }: { readonly state: Readonly<Record<string, unknown>> }) {
  const parsed = quantumViewSchema.safeParse(state);
  if (!parsed.success) return <Notice rows={6} title="Told in a way this page does not know" />;
  const { mechanisms } = parsed.data;
  return (
    <div className="flex flex-col gap-5">
      {mechanisms.length === 0 ? null : (
        <ul className="grid gap-x-8 gap-y-4 sm:grid-cols-2 xl:grid-cols-3">
          {mechanisms.map((mechanism) => (
            <MechanismRow key={mechanism.name} mechanism={mechanism} />
          ))}
        </ul>
      )}
      <details>
        <summary className="inline-block rounded text-sm text-soft">Their figures</summary>
        <div className="mt-3">
          <StateView value={state} omit={ELSEWHERE} />
        </div>
      </details>
    </div>
  );
}

function MechanismRow({ mechanism }: { readonly mechanism: Mechanism }) {
  const on = mechanism.enabled !== false;
  return (
    <li className="min-w-0">
      <p className="flex items-center gap-2">
        <ToneMark tone={on ? "good" : "calm"} />
        <span className="font-medium">{mechanism.name.replaceAll("_", " ")}</span>
        <span className="text-xs text-faint">{on ? "on" : "off"}</span>
        {mechanism.setting == null ? null : (
          <code className="ml-auto font-mono text-xs text-faint">{mechanism.setting}</code>
        )}
      </p>
      {mechanism.meaning == null ? null : <p className="max-w-prose text-soft">{mechanism.meaning}</p>}
      <Effect mechanism={mechanism} />
    </li>
  );
}

/** Never a bare figure: with its interval, and with what it was measured on. */
function Effect({ mechanism: { effect, effect_missing } }: { readonly mechanism: Mechanism }) {
  if (effect == null) {
    return effect_missing == null ? null : (
      <p className="max-w-prose text-xs text-faint">No measured effect: {effect_missing}</p>
    );
  }
  const { value, low, high, n, measure, arm, measured_on } = effect;
  return (
    <div className="figures max-w-prose text-xs text-faint">
      <p>
        <span className="font-medium text-soft">
          {formatPoints(value)} {measure}
        </span>{" "}
        ({formatPoints(low)} to {formatPoints(high)}, 95 %)
      </p>
      <p>
        {formatCount(n)} observations, {measured_on}; {arm}
      </p>
    </div>
  );
}
