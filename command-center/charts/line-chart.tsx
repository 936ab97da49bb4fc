/**
 * One line over time or cycles, with crosshair, text summary and table twin. Width follows the container; the drawing
 * decides nothing about the data.
 */
"use client";

import { type KeyboardEvent, type PointerEvent, useId, useState } from "react";
import { type Axes, axesFor, type Frame, type Point, pathOf } from "@/charts/scale.ts";
import { useWidth } from "@/charts/width.ts";
import { GAP } from "@/lib/format.ts";

// biome-ignore-start lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.

interface Props {
  readonly title: string;
  readonly points: readonly Point[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  readonly xName: string;
  readonly yName: string;
  /** Where the vertical axis must reach at least. */
  readonly yDomain?: readonly [number, number];
  /** A line to reach, with its name. */
  readonly goal?: { readonly value: number; readonly name: string };
  readonly height?: number;
}

const MARGIN = { left: 40, right: 12, top: 10, bottom: 22 };

export function LineChart(props: Props) {
  const { title, points, formatX, formatY, xName, yName, goal, height = 150 } = props;
  const [width, ref] = useWidth();
  const [cursor, setCursor] = useState<number | null>(null);
  const id = useId();
  const frame: Frame = { width, height, ...MARGIN };
  const axes = axesFor(frame, extent(points.map(([x]) => x)), yDomainOf(props), {
    x: Math.max(2, Math.floor(width / 90)),
    y: 3,
  });
  const move = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setCursor(nearest(points, axes.x, event.clientX - box.left));
  };
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    setCursor((at) => Math.min(points.length - 1, Math.max(0, (at ?? (by > 0 ? -1 : points.length)) + by)));
  };
  const at = cursor === null ? undefined : points[cursor];
  return (
    <figure className="min-w-0" aria-labelledby={`${id}-sum`}>
      <div
        ref={ref}
        className="relative"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair.
        tabIndex={0}
        onKeyDown={step}
        role="group"
        aria-label={`${title}: arrow keys read the values`}
      >
        {width === 0 ? (
          <div style={{ height }} />
        ) : (
          <svg
            width={width}
            height={height}
            onPointerMove={move}
            onPointerLeave={() => setCursor(null)}
            aria-hidden="true"
            className="block"
          >
            <Grid axes={axes} frame={frame} formatX={formatX} formatY={formatY} />
            {goal === undefined ? null : <Goal y={axes.y(goal.value)} frame={frame} name={goal.name} />}
            <Line points={points} axes={axes} />
            {at === undefined ? null : (
              <Crosshair x={axes.x(at[0])} y={at[1] === null ? null : axes.y(at[1])} frame={frame} />
            )}
          </svg>
        )}
        <p
          aria-live="polite"
          className="figures absolute top-0 right-3 rounded bg-panel px-1 text-xs text-soft"
        >
          {at === undefined ? "" : `${formatX(at[0])}: ${at[1] === null ? "not measured" : formatY(at[1])}`}
        </p>
      </div>
      <figcaption id={`${id}-sum`} className="sr-only">
        {summary(props)}
      </figcaption>
      <Twin
        title={title}
        xName={xName}
        yName={yName}
        rows={points.map(([x, y]) => [formatX(x), y === null ? GAP : formatY(y)])}
      />
    </figure>
  );
}

function summary({ title, points, formatX, formatY }: Props): string {
  const measured = points.filter((point): point is readonly [number, number] => point[1] !== null);
  const first = measured[0];
  const last = measured.at(-1);
  if (first === undefined || last === undefined) return `${title}: nothing measured yet.`;
  return `${title}: ${measured.length} points, from ${formatY(first[1])} (${formatX(first[0])}) to ${formatY(last[1])} (${formatX(last[0])}).`;
}

function yDomainOf({ points, yDomain }: Props): readonly [number, number] {
  const values = points.flatMap(([, y]) => (y === null ? [] : [y]));
  return extent([...values, ...(yDomain ?? [])]);
}

function extent(values: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function nearest(points: readonly Point[], x: (value: number) => number, px: number): number | null {
  let best: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  points.forEach(([value], index) => {
    const away = Math.abs(x(value) - px);
    if (away < distance) {
      distance = away;
      best = index;
    }
  });
  return best;
}

/** Single measurements are marked while there are few; a dense line speaks for itself. */
const DOTS_MAX = 40;

function Line({ points, axes }: { readonly points: readonly Point[]; readonly axes: Axes }) {
  const dots = points.length > DOTS_MAX ? [] : points;
  return (
    <g stroke="var(--accent)" fill="var(--accent)">
      <path d={pathOf(points, axes)} fill="none" strokeWidth="1.75" strokeLinejoin="round" />
      {dots.map(([x, y]) => (y === null ? null : <circle key={x} cx={axes.x(x)} cy={axes.y(y)} r="2" />))}
    </g>
  );
}

interface GridProps {
  readonly axes: Axes;
  readonly frame: Frame;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
}

function Grid({ axes, frame, formatX, formatY }: GridProps) {
  return (
    <g className="figures" fontSize="11" fill="var(--faint)">
      {axes.yTicks.map((tick) => (
        <g key={tick}>
          <line
            x1={frame.left}
            x2={frame.width - frame.right}
            y1={axes.y(tick)}
            y2={axes.y(tick)}
            stroke="var(--line)"
          />
          <text x={frame.left - 6} y={axes.y(tick) + 4} textAnchor="end">
            {formatY(tick)}
          </text>
        </g>
      ))}
      {axes.xTicks.map((tick) => (
        <text key={tick} x={axes.x(tick)} y={frame.height - 6} textAnchor="middle">
          {formatX(tick)}
        </text>
      ))}
    </g>
  );
}

function Goal({ y, frame, name }: { readonly y: number; readonly frame: Frame; readonly name: string }) {
  return (
    <g>
      <line
        x1={frame.left}
        x2={frame.width - frame.right}
        y1={y}
        y2={y}
        stroke="var(--good)"
        strokeDasharray="3 4"
      />
      <text x={frame.width - frame.right} y={y - 4} textAnchor="end" fontSize="11" fill="var(--good)">
        {name}
      </text>
    </g>
  );
}

function Crosshair({
  x,
  y,
  frame,
}: {
  readonly x: number;
  readonly y: number | null;
  readonly frame: Frame;
}) {
  return (
    <g>
      <line x1={x} x2={x} y1={frame.top} y2={frame.height - frame.bottom} stroke="var(--edge)" />
      {y === null ? null : (
        <circle cx={x} cy={y} r="4" fill="var(--panel)" stroke="var(--accent)" strokeWidth="2" />
      )}
    </g>
  );
}

interface TwinProps {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly rows: readonly (readonly string[])[];
}

/** The same data as a table, for reading, copying and screen readers. */
export function Twin({ title, xName, yName, rows }: TwinProps) {
  return (
    <details className="mt-1 text-xs text-faint">
      <summary className="inline-block rounded px-1 hover:text-ink">As a table</summary>
      <div className="mt-1 max-h-48 overflow-y-auto">
        <table className="w-full text-left">
          <caption className="sr-only">{title}</caption>
          <thead>
            <tr>
              <th className="font-normal">{xName}</th>
              <th className="text-right font-normal">{yName}</th>
            </tr>
          </thead>
          <tbody className="text-soft">
            {rows.map((row) => (
              <tr key={row.join()}>
                <td>{row[0]}</td>
                <td className="text-right">{row[1]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

// biome-ignore-end lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.
