/** Why this answer now? The mechanisms that shape reasoning, each with its plain meaning and what it did. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { CognitionPanel } from "@/features/quantum/cognition-panel.tsx";
import { Entangled } from "@/features/quantum/entangled.tsx";
import { Mechanisms } from "@/features/quantum/mechanisms.tsx";
import { QuantumTaskView } from "@/features/quantum/quantum-task.tsx";
import { quantumViewSchema } from "@/lib/quantum-view.ts";

export function Quantum() {
  return (
    <>
      <PageTools />
      <div className="grid gap-4 lg:grid-cols-2">
        <PartPanel
          title="This answer"
          path="/api/quantum"
          rows={16}
          className="lg:col-span-2"
          meaning="How a task cooled from wide search to one answer: temperature, competing answers, and the chance to leave a premature one."
        >
          {(state) => {
            const parsed = quantumViewSchema.safeParse(state);
            return parsed.success && parsed.data.tasks.length > 0 ? (
              <QuantumTaskView tasks={parsed.data.tasks} />
            ) : (
              <Notice rows={10} title="No task has been worked on since this spore started">
                Ask something on the Dashboard; its course appears here.
              </Notice>
            );
          }}
        </PartPanel>
        <PartPanel
          title="Quantum layer"
          path="/api/quantum"
          rows={10}
          className="lg:col-span-2"
          meaning="Formulas, none of them physics: each name stands for a plain rule, which can be switched off and measured."
        >
          {(state) => <Mechanisms state={state} />}
        </PartPanel>
        <PartPanel
          title="Entangled spores"
          path="/api/quantum"
          rows={8}
          meaning="Spores whose graded results move together. Being right together is shared trust; being wrong together means they count as one voice."
        >
          {(state) => <Entangled state={state} />}
        </PartPanel>
        <PartPanel
          title="Convergence"
          path="/api/convergence"
          rows={8}
          meaning="How agreement moves in each open task: the share of the weighted voices in the largest group."
          omit={["spore"]}
        />
        <CognitionPanel />
      </div>
    </>
  );
}
