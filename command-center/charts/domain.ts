/** The span of an axis: what was measured, what must be in view, and room around a line that does not move. Pure. */

/** A flat line stands in the middle of its value's own neighbourhood, and a count never gets an axis below zero. */
const FLAT_ROOM = 0.5;

/** @param within what must be in view at least. */
export function domainOf(
  values: readonly number[],
  within: readonly number[] = [],
): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of [...values, ...within]) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const room = Math.abs(low) * FLAT_ROOM;
  // Nought, or so near it that half of it is nought.
  if (room === 0) return [Math.min(0, low), 1];
  return low > 0 ? [Math.max(0, low - room), high + room] : [low - room, Math.min(0, high + room)];
}

/** Whole ticks for whole numbers: there is no half spore. */
export function wholeTicks(ticks: readonly number[], values: readonly number[]): readonly number[] {
  return values.every(Number.isInteger) ? ticks.filter(Number.isInteger) : ticks;
}

/**
 * Change per minute of a counter that only grows while its process runs. A drop is a restart: the counter began again,
 * and what it counted since is all that is known.
 */
export function ratePerMinute(
  points: readonly (readonly [at: number, value: number | null])[],
): readonly (readonly [at: number, value: number | null])[] {
  return points.map(([at, value], index) => {
    const [before, was] = points[index - 1] ?? [at, null];
    if (value === null || was === null || at <= before) return [at, null] as const;
    const grown = value >= was ? value - was : value;
    return [at, (grown * 60_000) / (at - before)] as const;
  });
}
