/** One sentence leads; beside it the few figures that tell of change, each with its unit and window. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { NodeBadge, ToneMark } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { largest, verdictOf } from "@/features/dashboard/headline.ts";
import { useLatestTasks } from "@/features/task/task-list.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, formatDuration, GAP, toMs } from "@/lib/format.ts";
import { historyOptions, useMemories } from "@/lib/queries.ts";
import { useAnswering } from "@/lib/selected-spore.ts";
import { spanOf } from "@/lib/time-range.ts";

const DAY_MS = 86_400_000;
/** The history has one sample a minute. */
const TREND_EVERY_MS = 60_000;
const NOBODY: ChosenSpore = { url: "", origin: "added", own: false };

export function StatusStrip() {
  const fleet = useFleet();
  const verdict = verdictOf(fleet);
  const answering = useAnswering();
  const memories = largest(
    useMemories(answering.flatMap((node) => (node.chosen === null ? [] : [node.chosen]))).map(
      (query) => query.data?.total_memories,
    ),
  );
  const tasks = useLatestTasks().tasks;
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
        <Figure name="Memories" value={formatCount(memories)} unit={<Trend node={answering[0] ?? null} />} />
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

/**
 * How the memory grew since the spore started, in the last day at most, by the history that it kept; without one, what it
 * counts. Steps of a whole day would say of a spore that is four minutes old how it grew in twelve.
 */
function Trend({ node }: { readonly node: FleetNode | null }) {
  const spore = node?.chosen ?? null;
  const spanMs = Math.min(DAY_MS, (node?.summary.uptime_s ?? Number.POSITIVE_INFINITY) * 1_000);
  const span = () => spanOf({ kind: "fixed", from: Date.now() - spanMs, to: Date.now() }, Date.now());
  const history = useQuery({
    ...historyOptions(spore ?? NOBODY, "memories", "trend", span),
    enabled: spore !== null,
    refetchInterval: TREND_EVERY_MS,
  }).data;
  const measured = (history?.points ?? []).filter((point): point is [number, number] => point[1] !== null);
  const [first, last] = [measured[0], measured.at(-1)];
  if (first === undefined || last === undefined || last[0] === first[0]) return <>entries</>;
  const change = Math.round(last[1] - first[1]);
  return (
    <>
      {change >= 0 ? "+" : ""}
      {formatCount(change)} in {formatDuration(last[0] - first[0])}
    </>
  );
}
