/**
 * The chosen task in full, or beside another. `?task=` names the chosen one, `?with=` the one kept for comparing, so a
 * comparison is a link like everything else.
 */
"use client";

import { ArrowLeft, Columns2, X } from "lucide-react";
import dynamic from "next/dynamic";
import { LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { Button } from "@/components/ui/button.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import type { Side } from "@/features/library/compare.tsx";
import { TakeTask } from "@/features/task/take-task.tsx";
import type { TaskList } from "@/features/task/task-list.ts";
import { TaskView } from "@/features/task/task-view.tsx";
import { shortId } from "@/lib/format.ts";
import { useAnswering } from "@/lib/selected-spore.ts";
import { useUrlState } from "@/lib/url-state.ts";

const Compare = dynamic(() => import("@/features/library/compare.tsx").then((m) => m.Compare), {
  ssr: false,
  loading: () => <LoadingState rows={24} what="the comparison" />,
});

const TakeComparison = dynamic(() => import("@/features/library/compare.tsx").then((m) => m.TakeComparison), {
  ssr: false,
});

const HEIGHT = "lg:h-[calc(100dvh-9rem)] lg:overflow-y-auto";

export function TaskDetailPanel({ list }: { readonly list: TaskList }) {
  const url = useUrlState();
  const chosen = useSide(list, url.get("task"));
  const kept = useSide(list, url.get("with"));
  if (chosen === null) return url.get("task") === null ? <NothingChosen /> : <NobodyAnswers />;
  const back = (
    <Button look="bare" onClick={() => url.set({ task: null }, "push")} className="lg:hidden">
      <ArrowLeft size={14} /> List
    </Button>
  );
  if (kept !== null && kept.id !== chosen.id) {
    const end = (
      <Button look="bare" onClick={() => url.set({ with: null }, "push")}>
        <X size={14} /> End comparing
      </Button>
    );
    return (
      <Panel
        title="Comparison"
        className={HEIGHT}
        actions={
          <>
            {back}
            <TakeComparison first={kept} second={chosen} />
            {end}
          </>
        }
      >
        <Compare first={kept} second={chosen} />
      </Panel>
    );
  }
  return (
    <Panel
      title="Task"
      className={HEIGHT}
      actions={
        <>
          {back}
          <Button
            look="bare"
            disabled={kept !== null}
            onClick={() => url.set({ with: chosen.id }, "push")}
            title="Keep this answer and choose another beside it"
          >
            <Columns2 size={14} /> Compare
          </Button>
          <TakeTask spore={chosen.spore} id={chosen.id} />
        </>
      }
    >
      <TaskView spore={chosen.spore} id={chosen.id} />
    </Panel>
  );
}

/** Says which answer is kept while the other is being chosen. */
export function Keeping({ list, id }: { readonly list: TaskList; readonly id: string }) {
  const url = useUrlState();
  const task = list.tasks.find(({ summary }) => summary.task_id === id);
  return (
    <p className="flex items-center gap-2 border-b border-line bg-accent-wash px-4 py-1.5 text-sm">
      <span className="min-w-0 grow truncate">
        Comparing with “{task?.summary.description ?? shortId(id)}”: choose another
      </span>
      <Button look="bare" onClick={() => url.set({ with: null }, "push")}>
        Cancel
      </Button>
    </p>
  );
}

/** Where a task is read: from the spore that listed it, else from any that answers. */
function useSide(list: TaskList, id: string | null): Side | null {
  const answering = useAnswering();
  if (id === null) return null;
  const listed = list.tasks.find((task) => task.summary.task_id === id)?.source;
  const spore = listed ?? answering[0]?.chosen ?? null;
  return spore === null ? null : { spore, id };
}

function NothingChosen() {
  return (
    <Panel title="Task" className="max-lg:hidden">
      <Notice rows={20} title="Choose a task">
        Its whole course opens here: who said what, how agreement grew, what the answer rests on.
      </Notice>
    </Panel>
  );
}

function NobodyAnswers() {
  return (
    <Panel title="Task">
      <Notice rows={20} title="No spore answers">
        The task opens as soon as one of them does.
      </Notice>
    </Panel>
  );
}
