/** Axes for the small charts: round ticks, and a path that leaves gaps where nothing was measured. */
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Point = readonly [x: number, y: number | null];

export interface Axes {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

export function axesFor(
  frame: Frame,
  xDomain: readonly [number, number],
  yDomain: readonly [number, number],
  ticks: { readonly x: number; readonly y: number },
): Axes {
  const x = scaleLinear([xDomain[0], xDomain[1]], [frame.left, frame.width - frame.right]);
  const y = scaleLinear([yDomain[0], yDomain[1]], [frame.height - frame.bottom, frame.top]).nice(ticks.y);
  return { x, y, xTicks: x.ticks(ticks.x), yTicks: y.ticks(ticks.y) };
}

/** Missing is a gap, not a zero. */
export function pathOf(points: readonly Point[], axes: Axes): string {
  const draw = line<Point>()
    .defined(([, y]) => y !== null)
    .x(([x]) => axes.x(x))
    .y(([, y]) => axes.y(y ?? 0));
  return draw([...points]) ?? "";
}
