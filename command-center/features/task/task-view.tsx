/** A whole conversation: question, phase, answer, contributions, and the figures beside them. */
"use client";

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { QueryState } from "@/components/state/panel-states.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { TaskBadge } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { Answer } from "@/features/task/answer.tsx";
import { Contributions } from "@/features/task/contributions.tsx";
import { Agreement, Dissent, Hypotheses } from "@/features/task/deliberation.tsx";
import { Grade } from "@/features/task/grade.tsx";
import { PhaseSteps } from "@/features/task/phase-steps.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { plural, toMs } from "@/lib/format.ts";
import { taskOptions } from "@/lib/queries.ts";

const ReceiptDrawer = dynamic(
  () => import("@/features/task/receipt-drawer.tsx").then((m) => m.ReceiptDrawer),
  { ssr: false },
);

/** The stream tells of changes; this is for spores without one. */
const RUNNING_EVERY_MS = 5_000;

export function TaskView({ spore, id }: { readonly spore: ChosenSpore; readonly id: string }) {
  const query = useQuery({
    ...taskOptions(spore, id),
    refetchInterval: (current) => (current.state.data?.status === "reasoning" ? RUNNING_EVERY_MS : false),
  });
  return (
    <QueryState query={query} what="the task" rows={24}>
      {(detail) => <Conversation detail={detail} spore={spore} />}
    </QueryState>
  );
}

const LABEL_MEANING = {
  private: "stays on the spore that took it",
  cluster: "seen by this commander's spores only",
  public: "open to everyone",
} as const;

function Conversation({ detail, spore }: { readonly detail: TaskDetail; readonly spore: ChosenSpore }) {
  const [receipt, setReceipt] = useState(false);
  return (
    <div className="@container flex flex-col gap-5">
      <header className="flex flex-col gap-2">
        <p className="max-w-prose text-lg leading-snug font-medium tracking-tight whitespace-pre-line">
          {detail.description}
        </p>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-faint">
          <TaskBadge status={detail.status} />
          <span title={LABEL_MEANING[detail.label]}>{detail.label}</span>
          {detail.priority === "normal" ? null : <span>{detail.priority} priority</span>}
          <span>
            asked <Age at={toMs(detail.created_at)} />
          </span>
          <span>{plural(detail.deltas.length, "contribution")}</span>
          <span className="flex flex-wrap gap-x-3">
            {detail.contributors.map((name) => (
              <SporeName key={name} id={name} />
            ))}
          </span>
        </div>
      </header>
      <PhaseSteps detail={detail} />
      <div className="grid gap-x-8 gap-y-6 @3xl:grid-cols-[minmax(0,1fr)_17rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <Answer detail={detail} onReceipt={() => setReceipt(true)} />
          <Grade key={detail.task_id} detail={detail} spore={spore} />
          {detail.deltas.length === 0 ? (
            <p className="text-soft">
              {detail.status === "queued"
                ? "Waiting: no spore has taken it up yet."
                : "The spores are thinking, each alone. First contributions appear here."}
            </p>
          ) : (
            <Contributions deltas={detail.deltas} />
          )}
        </div>
        <aside className="flex min-w-0 flex-col gap-6" aria-label="Agreement and competing answers">
          <Agreement detail={detail} />
          <Hypotheses detail={detail} />
          <Dissent detail={detail} />
        </aside>
      </div>
      {receipt ? (
        <ReceiptDrawer spore={spore} task={detail.task_id} onClose={() => setReceipt(false)} />
      ) : null}
    </div>
  );
}
