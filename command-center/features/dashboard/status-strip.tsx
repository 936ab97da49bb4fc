/** One sentence leads; beside it the few figures that tell of change, each with its unit and window. */
"use client";

import { useEffect, useRef } from "react";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { NodeBadge, ToneMark } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { largest, verdictOf } from "@/features/dashboard/headline.ts";
import { useTaskList } from "@/features/task/task-list.ts";
import { useNow } from "@/lib/clock.ts";
import { formatCount, formatDuration, GAP, toMs } from "@/lib/format.ts";
import { useMemories } from "@/lib/queries.ts";
import { useAnswering } from "@/lib/selected-spore.ts";

const ALL = { q: "", status: null } as const;

export function StatusStrip() {
  const fleet = useFleet();
  const verdict = verdictOf(fleet);
  const answering = useAnswering();
  const memories = largest(
    useMemories(answering.flatMap((node) => (node.chosen === null ? [] : [node.chosen]))).map(
      (query) => query.data?.total_memories,
    ),
  );
  const tasks = useTaskList(ALL).tasks;
  const thinking = tasks.filter((task) => task.summary.status === "reasoning").length;
  const latest = tasks.find((task) => task.summary.status === "reasoning") ?? null;
  const changedAt = tasks.reduce<number | null>(
    (max, task) => Math.max(max ?? 0, toMs(task.summary.updated_at) ?? 0),
    null,
  );
  return (
    <section
      aria-label="Overview"
      className="grid gap-x-8 gap-y-4 py-3 lg:grid-cols-[minmax(0,1fr)_auto] lg:items-end"
    >
      <div className="min-w-0">
        <p
          className="flex items-center gap-3 text-lg font-semibold tracking-tight sm:text-xl"
          data-testid="verdict"
        >
          <span className="self-center">
            <ToneMark tone={verdict.tone} />
          </span>
          {verdict.text}
        </p>
        <p className="mt-1 truncate text-soft">
          {verdict.because.length > 0 ? (
            <span className="flex flex-wrap gap-x-4">
              {verdict.because.slice(0, 4).map((node) => (
                <span key={node.key} className="inline-flex items-center gap-1.5">
                  {node.name} <NodeBadge state={node.state} />
                </span>
              ))}
            </span>
          ) : latest === null ? (
            "Nothing is being thought about right now."
          ) : (
            <>Thinking about “{latest.summary.description}”</>
          )}
        </p>
      </div>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-3 sm:grid-cols-4">
        <Figure name="Thinking" value={formatCount(thinking)} unit={thinking === 1 ? "task" : "tasks"} />
        <Figure name="Memories" value={formatCount(memories)} unit={<Trend value={memories} />} />
        <Figure name="Spores" value={formatCount(fleet.nodes.length)} unit={clusterCount(fleet.nodes)} />
        <Figure
          name="Last change"
          value={changedAt === null ? GAP : <Age at={changedAt} />}
          unit="any task"
        />
      </dl>
    </section>
  );
}

function clusterCount(nodes: readonly { readonly operator: string | null }[]): string {
  const count = new Set(nodes.map((node) => node.operator)).size;
  return count === 1 ? "1 cluster" : `${count} clusters`;
}

function Figure({
  name,
  value,
  unit,
}: {
  readonly name: string;
  readonly value: React.ReactNode;
  readonly unit: React.ReactNode;
}) {
  return (
    <div className="min-w-24">
      <dt className="eyebrow">{name}</dt>
      <dd className="figures text-lg leading-6 font-semibold">{value}</dd>
      <dd className="figures text-xs text-faint">{unit}</dd>
    </div>
  );
}

/** The change since this page was opened: the window the page can vouch for by itself. */
function Trend({ value }: { readonly value: number | null }) {
  const now = useNow();
  const first = useRef<{ readonly value: number; readonly at: number } | null>(null);
  useEffect(() => {
    if (first.current === null && value !== null) first.current = { value, at: Date.now() };
  }, [value]);
  if (first.current === null || value === null) return <>entries</>;
  const change = value - first.current.value;
  return (
    <>
      {change >= 0 ? "+" : ""}
      {formatCount(change)} in {formatDuration(now - first.current.at)}
    </>
  );
}
