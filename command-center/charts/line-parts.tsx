/** The pieces of a line chart: grid, line, goal, crosshair and the span being chosen. */
import { type Axes, type Frame, type Point, pathOf } from "@/charts/scale.ts";

/** Single measurements are marked while there are few; a dense line speaks for itself, except where it stands alone. */
const DOTS_MAX = 40;

interface LineProps {
  readonly points: readonly Point[];
  readonly axes: Axes;
  /** From here on a bucket is not over yet: drawn dotted. */
  readonly partialFrom: number | null;
}

export function Line({ points, axes, partialFrom }: LineProps) {
  const over = partialFrom === null ? points : points.filter(([x]) => x < partialFrom);
  // The dotted part begins at the last bucket that is over.
  const rest = points.slice(Math.max(0, over.length - 1));
  const dots = points.length > DOTS_MAX ? aloneAmong(points) : points;
  return (
    <g stroke="var(--accent)" fill="var(--accent)">
      <path d={pathOf(over, axes)} fill="none" strokeWidth="1.75" strokeLinejoin="round" />
      {over.length === points.length ? null : (
        <path
          d={pathOf(rest, axes)}
          fill="none"
          strokeWidth="1.75"
          strokeDasharray="1 4"
          strokeLinecap="round"
        />
      )}
      {dots.map(([x, y]) => (y === null ? null : <circle key={x} cx={axes.x(x)} cy={axes.y(y)} r="2" />))}
    </g>
  );
}

/** Measurements between two gaps, which a line cannot show. */
function aloneAmong(points: readonly Point[]): readonly Point[] {
  const missing = (index: number) => (points[index]?.[1] ?? null) === null;
  return points.filter((_, index) => !missing(index) && missing(index - 1) && missing(index + 1));
}

interface GridProps {
  readonly axes: Axes;
  readonly frame: Frame;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
}

export function Grid({ axes, frame, formatX, formatY }: GridProps) {
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

export function Goal({
  y,
  frame,
  name,
}: {
  readonly y: number;
  readonly frame: Frame;
  readonly name: string;
}) {
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

export function Crosshair({
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

interface SpanProps {
  readonly span: readonly [from: number, to: number];
  readonly frame: Frame;
}

/** The part of the time axis being chosen, in pixels. */
export function Span({ span, frame }: SpanProps) {
  const [left, right] = [Math.min(...span), Math.max(...span)];
  return (
    <rect
      x={left}
      width={right - left}
      y={frame.top}
      height={frame.height - frame.top - frame.bottom}
      fill="var(--accent)"
      fillOpacity="0.15"
      stroke="var(--accent)"
      strokeOpacity="0.5"
    />
  );
}
