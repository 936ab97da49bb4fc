/** Where a task stands on its way from blind first thoughts to an answer. */
import type { Phase } from "@synapse/shared/contract/entry.ts";

const STEPS: readonly { readonly phase: Phase; readonly name: string; readonly meaning: string }[] = [
  { phase: "diverge", name: "Diverge", meaning: "each spore thinks alone first" },
  { phase: "deepen", name: "Deepen", meaning: "they read and question each other" },
  { phase: "converge", name: "Converge", meaning: "they look for what holds" },
  { phase: "synthesize", name: "Synthesize", meaning: "one text from weighted parts" },
  { phase: "done", name: "Answer", meaning: "signed, with a receipt" },
];

export function PhaseSteps({ phase, cycle }: { readonly phase: Phase; readonly cycle: number }) {
  const unresolved = phase === "unresolved";
  const at = unresolved ? STEPS.length - 1 : STEPS.findIndex((step) => step.phase === phase);
  return (
    <ol className="grid grid-cols-5 gap-1" aria-label={`Phase: ${phase}, cycle ${cycle}`}>
      {STEPS.map((step, index) => {
        const state = index < at ? "past" : index === at ? "present" : "future";
        const name = unresolved && index === at ? "Unresolved" : step.name;
        return (
          <li
            key={step.phase}
            aria-current={state === "present" ? "step" : undefined}
            title={step.meaning}
            className="min-w-0"
          >
            <div
              className={`h-1 rounded-full ${
                state === "future" ? "bg-raised" : unresolved && index === at ? "bg-warn" : "bg-accent"
              } ${state === "past" ? "opacity-45" : ""}`}
            />
            <p
              className={`mt-1.5 truncate text-xs ${state === "present" ? "font-medium text-ink" : "text-faint"}`}
            >
              {name}
              {state === "present" && cycle > 0 && phase !== "done" && !unresolved ? (
                <span className="figures font-normal text-faint"> cycle {cycle}</span>
              ) : null}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
