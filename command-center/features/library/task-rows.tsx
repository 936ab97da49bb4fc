/** The list itself: only the rows in view exist, so 100,000 tasks scroll like ten. Arrow keys move, Enter opens. */
"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { TaskBadge } from "@/components/ui/state-badge.tsx";
import { Moment } from "@/components/ui/time.tsx";
import { MEANINGS } from "@/features/task/figures.ts";
import type { TaskList } from "@/features/task/task-list.ts";
import { formatShare, plural, toMs } from "@/lib/format.ts";
import type { KnownTask } from "@/lib/task-book.ts";

const ROW_PX = 88;
/** The next page is asked for this many rows before the end. */
const AHEAD_ROWS = 20;

interface Props {
  readonly tasks: readonly KnownTask[];
  readonly list: TaskList;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

export function TaskRows({ tasks, list, selected, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const { hasMore, isLoadingMore, loadMore } = list;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= tasks.length - AHEAD_ROWS) loadMore();
  }, [hasMore, isLoadingMore, last, tasks.length, loadMore]);
  const keys = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const focused = document.activeElement?.getAttribute("data-index");
    const next = Math.min(tasks.length - 1, Math.max(0, Number(focused ?? -1) + by));
    virtual.scrollToIndex(next);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the rows inside.
    <div
      ref={scroller}
      className="min-h-0 grow basis-0 overflow-y-auto"
      onKeyDown={keys}
      data-testid="task-rows"
    >
      <ul className="relative" style={{ height: virtual.getTotalSize() }} aria-label="Tasks">
        {rows.map((row) => {
          const task = tasks[row.index];
          if (task === undefined) return null;
          return (
            <li
              key={task.summary.task_id}
              className="absolute inset-x-0 top-0 border-b border-line"
              style={{ height: ROW_PX, transform: `translateY(${row.start}px)` }}
              aria-setsize={hasMore ? -1 : tasks.length}
              aria-posinset={row.index + 1}
            >
              <Row
                task={task}
                index={row.index}
                selected={task.summary.task_id === selected}
                onSelect={onSelect}
              />
            </li>
          );
        })}
      </ul>
      {isLoadingMore ? <p className="waiting px-4 py-3 text-xs text-faint">Reading more</p> : null}
    </div>
  );
}

interface RowProps {
  readonly task: KnownTask;
  readonly index: number;
  readonly selected: boolean;
  readonly onSelect: (id: string) => void;
}

function Row({ task, index, selected, onSelect }: RowProps) {
  const { summary } = task;
  return (
    <button
      type="button"
      data-index={index}
      aria-current={selected ? "true" : undefined}
      onClick={() => onSelect(summary.task_id)}
      className={`flex h-full w-full flex-col justify-center gap-0.5 px-4 text-left -outline-offset-2 ${
        selected ? "bg-raised" : "hover:bg-hover"
      }`}
    >
      <span className="w-full truncate font-medium">{summary.description}</span>
      <span className="w-full truncate text-soft">
        {summary.final_answer ??
          (summary.status === "unresolved" ? "Ended without an answer" : "No answer yet")}
      </span>
      <span className="figures flex w-full items-center gap-3 text-xs text-faint">
        <TaskBadge status={summary.status} />
        {summary.confidence === null ? null : (
          <span className="truncate" title={MEANINGS.answerConfidence}>
            calibrated confidence {formatShare(summary.confidence)}
          </span>
        )}
        <span className="max-sm:hidden">{plural(summary.deltas, "contribution")}</span>
        <span className="ml-auto">
          <Moment at={toMs(summary.created_at)} />
        </span>
      </span>
    </button>
  );
}
