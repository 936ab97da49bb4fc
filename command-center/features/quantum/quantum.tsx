/** Why this answer now? The mechanisms that shape reasoning, each with its plain meaning and what it did. */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { CognitionPanel } from "@/features/quantum/cognition-panel.tsx";
import { ConvergencePanel } from "@/features/quantum/convergence-panel.tsx";
import { EntangledPanel } from "@/features/quantum/entangled.tsx";
import { MECHANISM_COLUMNS } from "@/features/quantum/mechanism-list.tsx";
import { Mechanisms } from "@/features/quantum/mechanisms.tsx";
import { QuantumTaskPlace, QuantumTaskView, TakeCourse } from "@/features/quantum/quantum-task.tsx";
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
          loading={<QuantumTaskPlace />}
          actions={(state) => <TakeCourse tasks={quantumViewSchema.safeParse(state).data?.tasks ?? []} />}
          meaning="How a task cooled from wide search to one answer: temperature, competing answers, and the chance to leave a premature one."
        >
          {(state) => {
            const parsed = quantumViewSchema.safeParse(state);
            return <QuantumTaskView tasks={parsed.success ? parsed.data.tasks : []} />;
          }}
        </PartPanel>
        <PartPanel
          title="Quantum layer"
          path="/api/quantum"
          rows={10}
          className="lg:col-span-2"
          meaning="Formulas, none of them physics: each name stands for a plain rule, which can be switched off and measured. Beside each what that measurement found, with its 95 % interval."
          actions={(state) => (
            <TakeAway
              name="mechanisms"
              rows={quantumViewSchema.safeParse(state).data?.mechanisms ?? []}
              columns={MECHANISM_COLUMNS}
            />
          )}
        >
          {(state) => <Mechanisms state={state} />}
        </PartPanel>
        <EntangledPanel />
        <ConvergencePanel />
        <CognitionPanel />
      </div>
    </>
  );
}
