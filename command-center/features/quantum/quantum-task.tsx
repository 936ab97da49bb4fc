/** One task through the quantum layer: its cooling, the chance to leave the answer, the answers that competed. */
"use client";

import { ChartPlace, LazyLineChart } from "@/charts/lazy-line-chart.tsx";
import type { Point } from "@/charts/scale.ts";
import { ShareBar } from "@/charts/share-bar.tsx";
import { Select } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { formatDecimal, formatShare, GAP } from "@/lib/format.ts";
import type { QuantumPoint, QuantumTask } from "@/lib/quantum-view.ts";
import { useUrlState } from "@/lib/url-state.ts";

const TEXT_CHARS_MAX = 90;
const CURVE_PX = 130;

/** The same frame with and without a task, so that the first one to be worked on moves nothing. */
export function QuantumTaskView({ tasks }: { readonly tasks: readonly QuantumTask[] }) {
  const url = useUrlState();
  const chosen = useChosenTask(tasks);
  return (
    <div className="flex flex-col gap-5">
      <div className="flex min-h-8 items-center pointer-coarse:min-h-11">
        {chosen === null ? (
          <p className="text-soft">
            No task has been worked on since this spore started. Ask something on the Dashboard; its course
            appears here.
          </p>
        ) : (
          <Select
            label="Task"
            value={chosen.task_id}
            options={tasks.map((task) => ({
              value: task.task_id,
              name: task.description.slice(0, TEXT_CHARS_MAX) || task.task_id,
            }))}
            onChange={(id) => url.set({ task: id }, "push")}
          />
        )}
      </div>
      <Course task={chosen} />
    </div>
  );
}

/** The one the address names, else the latest. */
function useChosenTask(tasks: readonly QuantumTask[]): QuantumTask | null {
  const url = useUrlState();
  return tasks.find((task) => task.task_id === url.get("task")) ?? tasks[0] ?? null;
}

const COURSE_COLUMNS: readonly Column<QuantumPoint>[] = fileColumns([
  ["cycle", ({ cycle }) => cycle],
  ["phase", ({ phase }) => phase ?? null],
  ["event", ({ event }) => event ?? null],
  ["temperature", ({ temperature }) => temperature ?? null],
  ["agreement", ({ agreement }) => agreement ?? null],
  ["posterior", ({ posterior }) => posterior ?? null],
  ["uncertainty", ({ uncertainty }) => uncertainty ?? null],
  ["chance to leave", ({ tunnel_probability }) => tunnel_probability ?? null],
]);

/** Cycle by cycle as CSV, the whole task as JSON. */
export function TakeCourse({ tasks }: { readonly tasks: readonly QuantumTask[] }) {
  const chosen = useChosenTask(tasks);
  return <TakeAway name="course" rows={chosen?.curve ?? []} columns={COURSE_COLUMNS} json={chosen} />;
}

/** While it is being read. */
export function QuantumTaskPlace() {
  return (
    <div className="flex flex-col gap-5">
      <div className="h-8 rounded bg-raised pointer-coarse:h-11" />
      <Course task={null} />
    </div>
  );
}

function Course({ task }: { readonly task: QuantumTask | null }) {
  const curve = task?.curve ?? [];
  return (
    <>
      <Facts task={task} />
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-3">
        <Curve
          title="Annealing"
          meaning={`Sampling temperature by cycle; now ${formatDecimal(task?.temperature)}`}
          points={toPoints(curve, (point) => point.temperature)}
          formatY={(value) => formatDecimal(value)}
          yName="Temperature"
        />
        <Curve
          title="Tunnelling"
          meaning="Chance to leave the present answer and search again"
          points={toPoints(curve, (point) => point.tunnel_probability)}
          formatY={formatShare}
          yName="Probability"
        />
        <Curve
          title="Superposition"
          meaning="Posterior of the leading answer: it collapses as this nears 100%"
          points={toPoints(curve, (point) => point.posterior)}
          formatY={formatShare}
          yName="Posterior"
        />
      </div>
      <div className="grid gap-x-8 gap-y-6 md:grid-cols-2">
        <Hypotheses task={task} />
        <Interference task={task} />
      </div>
    </>
  );
}

function Facts({ task }: { readonly task: QuantumTask | null }) {
  const facts = [
    ["Phase", task?.phase ?? GAP],
    ["Cycle", task?.cycle == null ? GAP : `${task.cycle}${task.budget == null ? "" : ` of ${task.budget}`}`],
    ["Temperature", formatDecimal(task?.temperature)],
    ["Reheated", task === null ? GAP : task.reheated_at == null ? "never" : `in cycle ${task.reheated_at}`],
  ] as const;
  return (
    <dl className="figures flex flex-wrap gap-x-8 gap-y-2">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="eyebrow">{name}</dt>
          <dd className="font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The last word on each cycle: a cycle may be told of several times. */
function toPoints(
  curve: readonly QuantumPoint[],
  of: (point: QuantumPoint) => number | null | undefined,
): readonly Point[] {
  const byCycle = new Map<number, number | null>();
  for (const point of curve) byCycle.set(point.cycle, of(point) ?? null);
  return [...byCycle].sort(([a], [b]) => a - b);
}

interface CurveProps {
  readonly title: string;
  readonly meaning: string;
  readonly points: readonly Point[];
  readonly formatY: (value: number) => string;
  readonly yName: string;
}

function Curve({ title, meaning, points, formatY, yName }: CurveProps) {
  return (
    <section className="min-w-0">
      <h3 className="text-sm font-medium">{title}</h3>
      <p className="mb-2 text-xs text-faint">{meaning}</p>
      {points.length === 0 ? (
        <ChartPlace height={CURVE_PX}>
          <p className="text-center text-sm text-soft">No cycle is complete yet</p>
        </ChartPlace>
      ) : (
        <LazyLineChart
          title={`${title} by cycle`}
          points={points}
          formatX={(cycle) => (Number.isInteger(cycle) ? String(cycle) : "")}
          formatY={formatY}
          xName="Cycle"
          yName={yName}
          yDomain={[0, 1]}
          height={CURVE_PX}
        />
      )}
    </section>
  );
}

function Hypotheses({ task }: { readonly task: QuantumTask | null }) {
  const hypotheses = task?.hypotheses ?? [];
  return (
    <section className="min-h-30 min-w-0">
      <h3 className="mb-2 text-sm font-medium">Answers in superposition</h3>
      {hypotheses.length === 0 ? (
        <p className="text-soft">No answer competes yet.</p>
      ) : (
        <ul className="flex flex-col gap-3">
          {[...hypotheses]
            .sort((a, b) => b.weight - a.weight)
            .map((hypothesis) => (
              <li key={hypothesis.text}>
                <div className="mb-1 flex items-baseline gap-3">
                  <p className="line-clamp-2 min-w-0 grow">{hypothesis.text}</p>
                  <span className="figures shrink-0 font-medium">{formatShare(hypothesis.weight)}</span>
                </div>
                <ShareBar share={hypothesis.weight} label={formatShare(hypothesis.weight)} />
              </li>
            ))}
        </ul>
      )}
    </section>
  );
}

function Interference({ task }: { readonly task: QuantumTask | null }) {
  const voices = task?.interference?.voices ?? [];
  return (
    <section className="min-h-30 min-w-0">
      <h3 className="mb-2 text-sm font-medium">
        Interference{" "}
        <span className="text-xs font-normal text-faint">
          {task?.interference?.in_force === true ? "in force" : "shown, not in force"}: agreement amplifies,
          isolation damps
        </span>
      </h3>
      {voices.length === 0 ? (
        <p className="text-soft">No voice has been weighed yet.</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {voices.map((voice) => (
            <li key={voice.spore} className="figures flex items-baseline gap-3">
              <SporeName id={voice.spore} className="grow" />
              <span className="text-faint">{formatShare(voice.aligned)} aligned</span>
              <span className="w-14 text-right">× {formatDecimal(voice.factor)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
