/** Where a task stands on its way from blind first thoughts to an answer. */
import type { Phase } from "@synapse/shared/contract/entry.ts";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";

const STEPS: readonly { readonly phase: Phase; readonly name: string; readonly meaning: string }[] = [
  { phase: "diverge", name: "Diverge", meaning: "each spore thinks alone first" },
  { phase: "deepen", name: "Deepen", meaning: "they read and question each other" },
  { phase: "converge", name: "Converge", meaning: "they look for what holds" },
  { phase: "synthesize", name: "Synthesize", meaning: "one text from weighted parts" },
  { phase: "done", name: "Answer", meaning: "signed, with a receipt" },
];

export type StepState = "past" | "present" | "passed over" | "future";

interface Course {
  readonly phase: Phase;
  readonly deltas: readonly { readonly phase: Phase }[];
  readonly synthesis_id: string | null;
}

/**
 * The state of each step, in their order. A step is past where something of it is there: a contribution made in it, or
 * the text. A task may end from any phase, so standing at a later one proves nothing about those between. Pure.
 */
export function stepStates({ phase, deltas, synthesis_id }: Course): readonly StepState[] {
  const at = phase === "unresolved" ? STEPS.length - 1 : STEPS.findIndex((step) => step.phase === phase);
  const ran = new Set<Phase>(deltas.map((delta) => delta.phase));
  if (synthesis_id !== null) ran.add("synthesize");
  return STEPS.map((step, index) => {
    if (index === at) return "present";
    if (ran.has(step.phase)) return "past";
    return index < at ? "passed over" : "future";
  });
}

const BARS: Readonly<Record<StepState, string>> = {
  past: "bg-accent opacity-45",
  present: "bg-accent",
  "passed over": "bg-raised",
  future: "bg-raised",
};

export function PhaseSteps({ detail }: { readonly detail: TaskDetail }) {
  const { phase, cycle } = detail;
  const unresolved = phase === "unresolved";
  const states = stepStates(detail);
  return (
    <ol className="grid grid-cols-5 gap-1" aria-label={`Phase: ${phase}, cycle ${cycle}`}>
      {STEPS.map((step, index) => {
        const state = states[index] ?? "future";
        const here = state === "present";
        return (
          <li
            key={step.phase}
            data-step={state}
            aria-current={here ? "step" : undefined}
            title={state === "passed over" ? `${step.meaning}: did not run here` : step.meaning}
            className="min-w-0"
          >
            <div className={`h-1 rounded-full ${here && unresolved ? "bg-warn" : BARS[state]}`} />
            <p className={`mt-1.5 truncate text-xs ${here ? "font-medium text-ink" : "text-faint"}`}>
              {here && unresolved ? "Unresolved" : step.name}
              {state === "passed over" ? <span className="sr-only"> did not run</span> : null}
              {here && cycle > 0 && phase !== "done" && !unresolved ? (
                <span className="figures font-normal text-faint"> cycle {cycle}</span>
              ) : null}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
