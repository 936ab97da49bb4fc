/** The latest tasks; choosing one shows its conversation. */
"use client";

import { ErrorState, LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { TaskBadge } from "@/components/ui/state-badge.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { MEANINGS } from "@/features/task/figures.ts";
import { TASK_COLUMNS } from "@/features/task/task-columns.ts";
import type { TaskList } from "@/features/task/task-list.ts";
import { formatShare, toMs } from "@/lib/format.ts";
import type { KnownTask } from "@/lib/task-book.ts";

const ROWS_MAX = 8;

interface Props {
  readonly list: TaskList;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

export function TaskPicker({ list, selected, onSelect }: Props) {
  const shown = inOrderOfInterest(list.tasks).slice(0, ROWS_MAX);
  return (
    <Panel
      title="Tasks"
      flush
      actions={
        <>
          <PageLink href="/library" className="rounded px-2 py-1 text-xs text-faint hover:text-ink">
            All in the Library
          </PageLink>
          <TakeAway name="tasks" rows={list.tasks.map(({ summary }) => summary)} columns={TASK_COLUMNS} />
        </>
      }
    >
      {list.isLoading ? (
        <div className="p-4">
          <LoadingState rows={10} what="tasks" />
        </div>
      ) : list.error !== null && shown.length === 0 ? (
        <ErrorState rows={10} error={list.error} retry={list.retry} />
      ) : shown.length === 0 ? (
        <Notice rows={10} title="No task yet">
          Ask something: the swarm thinks about it together, and you watch.
        </Notice>
      ) : (
        <ul className="divide-y divide-line">
          {shown.map((task) => (
            <Row
              key={task.summary.task_id}
              task={task}
              selected={task.summary.task_id === selected}
              onSelect={onSelect}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What runs comes first, then the newest. */
export function inOrderOfInterest(tasks: readonly KnownTask[]): readonly KnownTask[] {
  const running = (task: KnownTask) => Number(task.summary.status === "reasoning");
  return [...tasks].sort(
    (a, b) => running(b) - running(a) || (a.summary.created_at < b.summary.created_at ? 1 : -1),
  );
}

function Row({
  task,
  selected,
  onSelect,
}: {
  readonly task: KnownTask;
  readonly selected: boolean;
  readonly onSelect: (id: string) => void;
}) {
  const { summary } = task;
  return (
    <li>
      <button
        type="button"
        aria-pressed={selected}
        onClick={() => onSelect(summary.task_id)}
        className={`block w-full px-4 py-2 text-left -outline-offset-2 ${selected ? "bg-raised" : "hover:bg-hover"}`}
      >
        <span className="line-clamp-2">{summary.description}</span>
        <span className="figures mt-0.5 flex items-center gap-3 text-xs text-faint">
          <TaskBadge status={summary.status} />
          {summary.agreement === null ? null : (
            <span title={MEANINGS.agreement}>agreement {formatShare(summary.agreement)}</span>
          )}
          <Age at={toMs(summary.updated_at)} className="ml-auto" />
        </span>
      </button>
    </li>
  );
}
