/**
 * One line over time or cycles, with crosshair and text summary; its table twin stands below it (lazy-line-chart.tsx).
 * Width follows the container; the drawing
 * decides nothing about the data. On a time axis the crosshair is shared with the page's other charts, and dragging
 * chooses a span.
 */
"use client";

import { type KeyboardEvent, type PointerEvent, useId, useState } from "react";
import { pointAt, useCrosshair } from "@/charts/crosshair.ts";
import { domainOf, wholeTicks } from "@/charts/domain.ts";
import { Crosshair, Goal, Grid, Line, Span } from "@/charts/line-parts.tsx";
import { type Axes, axesFor, type Frame, type Point } from "@/charts/scale.ts";
import { useWidth } from "@/charts/width.ts";

// biome-ignore-start lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.

export interface LineChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** On the axis, where there is less room; otherwise as everywhere. */
  readonly formatTick?: (y: number) => string;
  readonly xName: string;
  readonly yName: string;
  /** Where the vertical axis must reach at least. */
  readonly yDomain?: readonly [number, number];
  /** A line to reach, with its name. */
  readonly goal?: { readonly value: number; readonly name: string };
  readonly height?: number;
  /** Present where the horizontal axis is time in ms. */
  readonly time?: TimeAxis;
}

export interface TimeAxis {
  readonly from: number;
  readonly to: number;
  /** Buckets from here on are not over yet. */
  readonly partialFrom: number;
  /** A span was chosen by dragging. */
  readonly onZoom: (from: number, to: number) => void;
}

const MARGIN = { left: 58, right: 22, top: 10, bottom: 22 };
const TICK_PX = 90;
/** A shorter drag is a click. */
const DRAG_PX = 8;

export function LineChart(props: LineChartProps) {
  const { title, points, formatX, formatY, formatTick = formatY } = props;
  const { goal, height = 150, time } = props;
  const [width, ref] = useWidth();
  const [own, setOwn] = useState<number | null>(null);
  const shared = useCrosshair();
  const [span, setSpan] = useState<readonly [number, number] | null>(null);
  const id = useId();
  const frame: Frame = { width, height, ...MARGIN };
  const axes = chartAxes(props, frame);
  const cursor = time === undefined ? own : shared;
  const setCursor = time === undefined ? setOwn : pointAt;
  const at = cursor === null ? undefined : nearest(points, cursor);
  const pixel = (event: PointerEvent<SVGSVGElement>) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const finish = () => {
    setSpan(null);
    if (span === null || time === undefined || Math.abs(span[1] - span[0]) < DRAG_PX) return;
    const [from, to] = [Math.min(...span), Math.max(...span)];
    time.onZoom(axes.xAt(Math.max(frame.left, from)), axes.xAt(Math.min(width - frame.right, to)));
  };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const index = at === undefined ? (by > 0 ? -1 : points.length) : points.indexOf(at);
    setCursor(points[Math.min(points.length - 1, Math.max(0, index + by))]?.[0] ?? null);
  };
  return (
    <figure className="min-w-0" aria-labelledby={`${id}-sum`}>
      <div
        ref={ref}
        className="relative"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair.
        tabIndex={0}
        onKeyDown={step}
        onBlur={() => setCursor(null)}
        role="group"
        aria-label={`${title}: arrow keys read the values`}
      >
        {width === 0 ? (
          <div style={{ height }} />
        ) : (
          <svg
            width={width}
            height={height}
            onPointerDown={(event) => {
              if (time !== undefined && event.pointerType === "mouse") setSpan([pixel(event), pixel(event)]);
            }}
            onPointerMove={(event) => {
              setCursor(axes.xAt(pixel(event)));
              if (span !== null) setSpan([span[0], pixel(event)]);
            }}
            onPointerUp={finish}
            onPointerLeave={() => {
              setCursor(null);
              setSpan(null);
            }}
            aria-hidden="true"
            className={`block ${time === undefined ? "" : "cursor-crosshair"}`}
          >
            <Grid axes={axes} frame={frame} formatX={formatX} formatY={formatTick} />
            {goal === undefined ? null : <Goal y={axes.y(goal.value)} frame={frame} name={goal.name} />}
            <Line points={points} axes={axes} partialFrom={time?.partialFrom ?? null} />
            {span === null ? null : <Span span={span} frame={frame} />}
            {at === undefined ? null : (
              <Crosshair x={axes.x(at[0])} y={at[1] === null ? null : axes.y(at[1])} frame={frame} />
            )}
          </svg>
        )}
        <p
          aria-live="polite"
          className="figures absolute top-0 right-3 rounded bg-panel px-1 text-xs text-soft empty:hidden"
        >
          {at === undefined ? "" : reading(at, props)}
        </p>
      </div>
      <figcaption id={`${id}-sum`} className="sr-only">
        {summary(props)}
      </figcaption>
    </figure>
  );
}

function chartAxes({ points, yDomain, time }: LineChartProps, frame: Frame): Axes {
  const values = points.flatMap(([, y]) => (y === null ? [] : [y]));
  const xDomain = time === undefined ? domainOf(points.map(([x]) => x)) : ([time.from, time.to] as const);
  const axes = axesFor(frame, xDomain, domainOf(values, yDomain), {
    x: Math.max(2, Math.floor(frame.width / TICK_PX)),
    y: 3,
    time: time !== undefined,
  });
  return { ...axes, yTicks: wholeTicks(axes.yTicks, values) };
}

function reading([x, y]: Point, { formatX, formatY, time }: LineChartProps): string {
  const value = y === null ? "not measured" : formatY(y);
  return `${formatX(x)}: ${value}${time !== undefined && x >= time.partialFrom ? ", not over yet" : ""}`;
}

function summary({ title, points, formatX, formatY }: LineChartProps): string {
  const measured = points.filter((point): point is readonly [number, number] => point[1] !== null);
  const first = measured[0];
  const last = measured.at(-1);
  if (first === undefined || last === undefined) return `${title}: nothing measured yet.`;
  const missing = points.length - measured.length;
  return `${title}: ${measured.length} points, from ${formatY(first[1])} (${formatX(first[0])}) to ${formatY(last[1])} (${formatX(last[0])})${missing > 0 ? `, ${missing} not measured` : ""}.`;
}

function nearest(points: readonly Point[], x: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) {
    if (best === undefined || Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  }
  return best;
}
// biome-ignore-end lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.
