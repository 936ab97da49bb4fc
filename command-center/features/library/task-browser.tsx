/** Every task and answer: search, filter, sort, endless list, and the chosen one in full beside it. */
"use client";

import { type TaskStatus, taskStatusSchema } from "@synapse/shared/contract/status.ts";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { ErrorState, LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { RowInput, Select } from "@/components/ui/field.tsx";
import { useHeldRows, WaitingRows } from "@/components/ui/held-rows.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { SORTS, type Sort, type Sorted, sortTasks } from "@/features/library/sort.ts";
import { Keeping, TaskDetailPanel } from "@/features/library/task-detail-panel.tsx";
import { TaskRows } from "@/features/library/task-rows.tsx";
import { TASK_COLUMNS } from "@/features/task/task-columns.ts";
import { type TaskList, useTaskList } from "@/features/task/task-list.ts";
import { formatCount, plural } from "@/lib/format.ts";
import type { KnownTask } from "@/lib/task-book.ts";
import { useUrlState } from "@/lib/url-state.ts";

const STATUSES = [
  { value: "any", name: "Any status" },
  ...taskStatusSchema.options.map((status) => ({
    value: status,
    name: status.charAt(0).toUpperCase() + status.slice(1),
  })),
] as const;

export function TaskBrowser() {
  const url = useUrlState();
  const status = taskStatusSchema.safeParse(url.get("status"));
  const sort: Sort = SORTS.find((item) => item.value === url.get("sort"))?.value ?? "newest";
  const [text, setText] = useState(url.get("q") ?? "");
  const q = useDeferredValue(text.trim());
  const filter = { q, status: status.success ? status.data : null };
  const list = useTaskList(filter);
  const view = `${q} ${filter.status} ${sort}`;
  const sorted = useSorted(list.tasks, sort);
  const held = useHeldRows(sorted, ({ summary }) => summary.task_id, view);
  const selected = url.get("task");
  const kept = url.get("with");
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(22rem,2fr)_minmax(0,3fr)]">
      <Panel
        title="Tasks"
        flush
        note={<Count list={list} />}
        actions={<TakeTasks tasks={sorted} />}
        className={`h-[calc(100dvh-9rem)] min-h-96 ${selected === null ? "" : "max-lg:hidden"}`}
      >
        <div className="flex h-full flex-col">
          <div className="flex flex-wrap gap-2 border-b border-line p-2">
            <RowInput
              type="search"
              data-search
              label="Search tasks and answers"
              placeholder="Search tasks and answers"
              value={text}
              onChange={(typed) => {
                setText(typed);
                url.set({ q: typed.trim() });
              }}
            />
            <Select<TaskStatus | "any">
              label="Status"
              value={filter.status ?? "any"}
              options={STATUSES}
              onChange={(value) => url.set({ status: value === "any" ? null : value })}
            />
            <Select
              label="Order"
              value={sort}
              options={SORTS}
              onChange={(value) => url.set({ sort: value === "newest" ? null : value })}
            />
          </div>
          {kept === null ? null : <Keeping list={list} id={kept} />}
          <ListBody list={list} filtered={q !== "" || filter.status !== null}>
            <div className="relative">
              {/* In any other order a new row may stand anywhere. */}
              {sort === "newest" ? <WaitingRows waiting={held.waiting} show={held.show} /> : null}
            </div>
            <TaskRows
              tasks={sort === "newest" ? held.shown : sorted}
              list={list}
              selected={selected}
              onSelect={(id) => url.set({ task: id }, "push")}
            />
          </ListBody>
        </div>
      </Panel>
      <TaskDetailPanel list={list} />
    </div>
  );
}

function useSorted(tasks: readonly KnownTask[], sort: Sort): readonly KnownTask[] {
  const before = useRef<Sorted | null>(null);
  return useMemo(() => {
    before.current = sortTasks(tasks, sort, before.current);
    return before.current.tasks;
  }, [tasks, sort]);
}

function TakeTasks({ tasks }: { readonly tasks: readonly KnownTask[] }) {
  const rows = () => tasks.map(({ summary }) => summary);
  return <TakeAway name="tasks" rows={tasks.length === 0 ? [] : rows} columns={TASK_COLUMNS} />;
}

function Count({ list }: { readonly list: TaskList }) {
  if (list.isLoading) return null;
  return (
    <>
      {formatCount(list.tasks.length)} loaded{list.hasMore ? ", more below" : ", all"}
      {list.failed > 0 ? ` · ${plural(list.failed, "source")} failed` : ""}
    </>
  );
}

function ListBody({
  list,
  filtered,
  children,
}: {
  readonly list: TaskList;
  readonly filtered: boolean;
  readonly children: React.ReactNode;
}) {
  if (list.isLoading) {
    return (
      <div className="p-4">
        <LoadingState rows={12} what="tasks" />
      </div>
    );
  }
  if (list.tasks.length > 0) return children;
  if (list.error !== null) return <ErrorState rows={12} error={list.error} retry={list.retry} />;
  return (
    <Notice rows={12} title={filtered ? "Nothing fits" : "No task yet"}>
      {filtered
        ? "No task or answer matches this search and filter."
        : "Ask the first one on the Dashboard; it will stay here for good."}
    </Notice>
  );
}
