/** Axes for the small charts: round ticks, and a path that leaves gaps where nothing was measured. */
import { scaleLinear, scaleTime } from "d3-scale";
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
  /** What lies below a pixel. */
  readonly xAt: (pixel: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

interface AxisWishes {
  readonly x: number;
  readonly y: number;
  /** The horizontal axis is time in ms: ticks stand at whole minutes, hours and days of the reader's clock. */
  readonly time: boolean;
}

export function axesFor(
  frame: Frame,
  xDomain: readonly [number, number],
  yDomain: readonly [number, number],
  wish: AxisWishes,
): Axes {
  const x = scaleLinear([xDomain[0], xDomain[1]], [frame.left, frame.width - frame.right]);
  const y = scaleLinear([yDomain[0], yDomain[1]], [frame.height - frame.bottom, frame.top]).nice(wish.y);
  const xTicks = wish.time
    ? scaleTime([xDomain[0], xDomain[1]], [0, 1]).ticks(wish.x).map(Number)
    : x.ticks(wish.x);
  return { x, y, xAt: (pixel) => x.invert(pixel), xTicks, yTicks: y.ticks(wish.y) };
}

/** Missing is a gap, not a zero. */
export function pathOf(points: readonly Point[], axes: Axes): string {
  const draw = line<Point>()
    .defined(([, y]) => y !== null)
    .x(([x]) => axes.x(x))
    .y(([, y]) => axes.y(y ?? 0));
  return draw([...points]) ?? "";
}
