/** Is it well, what is it thinking about, what changed? */
"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { ToolPlace } from "@/components/ui/take-away.tsx";
import { ActivityList } from "@/features/dashboard/activity-list.tsx";
import { AskBox } from "@/features/dashboard/ask-box.tsx";
import { SporeList } from "@/features/dashboard/spore-list.tsx";
import { StatusStrip } from "@/features/dashboard/status-strip.tsx";
import { inOrderOfInterest, TaskPicker } from "@/features/dashboard/task-picker.tsx";
import { TakeTask } from "@/features/task/take-task.tsx";
import { type TaskList, useLatestTasks } from "@/features/task/task-list.ts";
import { TaskView } from "@/features/task/task-view.tsx";
import { useChoice } from "@/lib/queries.ts";
import { useAnswering } from "@/lib/selected-spore.ts";
import type { KnownTask } from "@/lib/task-book.ts";
import { useUrlState } from "@/lib/url-state.ts";

const FirstRun = dynamic(() => import("@/features/dashboard/first-run.tsx").then((m) => m.FirstRun), {
  ssr: false,
});

export function Dashboard() {
  const choice = useChoice().data;
  const { nodes } = useFleet();
  if (choice?.spores.length === 0) return <FirstRun />;
  // The fleet follows the choice a moment later.
  if (nodes.length === 0) return <LoadingState rows={20} what="the list of spores" />;
  return <Watching />;
}

function Watching() {
  const list = useLatestTasks();
  const url = useUrlState();
  const followed = useFollowed(list.tasks);
  const selected = url.get("task") ?? followed;
  return (
    <div className="flex flex-col gap-4">
      <StatusStrip />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <AskBox />
          <Panel
            title="Conversation"
            className="min-h-[calc(100dvh-8rem)] lg:min-h-96"
            actions={<Take id={selected} list={list} />}
          >
            <Selected id={selected} list={list} />
          </Panel>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <SporeList />
          <TaskPicker list={list} selected={selected} onSelect={(id) => url.set({ task: id }, "push")} />
          <ActivityList />
        </div>
      </div>
    </div>
  );
}

/**
 * The task shown while none was chosen: what runs, and after that the same one, so that an answer does not vanish the
 * moment it is there.
 */
function useFollowed(tasks: readonly KnownTask[]): string | null {
  const [followed, setFollowed] = useState<string | null>(null);
  const current = tasks.find((task) => task.summary.task_id === followed);
  const best = inOrderOfInterest(tasks)[0];
  const isBetter = best?.summary.status === "reasoning" && current?.summary.status !== "reasoning";
  const next = current === undefined || isBetter ? (best?.summary.task_id ?? null) : followed;
  if (next !== followed) setFollowed(next);
  return next;
}

function Take({ id, list }: { readonly id: string | null; readonly list: TaskList }) {
  const source = useSource(id, list);
  return id === null || source === null ? <ToolPlace /> : <TakeTask spore={source} id={id} />;
}

/** The spore that listed the task, else any that answers. */
function useSource(id: string | null, list: TaskList) {
  const answering = useAnswering();
  return list.tasks.find((task) => task.summary.task_id === id)?.source ?? answering[0]?.chosen ?? null;
}

function Selected({ id, list }: { readonly id: string | null; readonly list: TaskList }) {
  const answering = useAnswering();
  const source = useSource(id, list);
  if (id !== null && source !== null) return <TaskView spore={source} id={id} />;
  if (list.isLoading) return <LoadingState rows={16} what="the conversation" />;
  if (answering.length === 0) {
    return (
      <Notice rows={16} title="No spore answers">
        The conversation appears as soon as one of them does. The list of spores says what is wrong with each.
      </Notice>
    );
  }
  return (
    <Notice rows={16} title="Nothing has been asked yet">
      Ask above. You will see each spore think alone, then read the others, then agree or not.
    </Notice>
  );
}
