/** Where a memory comes from, as a weight in recall: taint by origin, lifted or lowered by what its author is known for. */
import type { TrustScore } from "../trust/lattice.ts";

/**
 * What a stranger's memory counts beside one of the commander's own. Low enough that a copy of an own memory with one
 * word exchanged never outranks the original, high enough that a stranger is heard where nothing of one's own speaks.
 */
export const FOREIGN_WEIGHT = 0.35;
/** Lower bound of trust from which a foreign author begins to be more than a stranger: the tier "observer". */
const KNOWN_FROM = 0.2;

export function originWeight(own: boolean, { mean, lower }: Pick<TrustScore, "mean" | "lower">): number {
  if (own) return 1;
  // Worse than a stranger, of whom one half is expected: it sinks with what was found out.
  if (mean < 0.5) return FOREIGN_WEIGHT * 2 * mean;
  return FOREIGN_WEIGHT + (1 - FOREIGN_WEIGHT) * Math.max(0, (lower - KNOWN_FROM) / (1 - KNOWN_FROM));
}
