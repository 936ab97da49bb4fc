/**
 * The confidence that goes with an answer, from what its supporters stated. Pure.
 *
 *   confidence = mass · (1 − (1 − c̄)ⁿ)
 *
 * mass is the winner's share of all weight, c̄ the mean confidence its members stated, weighted like their votes, and n
 * how many independent voices those members are worth (Kish's effective number with correlation). Copies of one voice
 * give that voice's own confidence, whatever their number; independent voices make an answer surer; dissent makes it
 * less sure. Until answers are graded it rests on what was stated, so it is as good as the spores' own calibration.
 */

export interface Supporter {
  readonly author: string;
  /** As used in the tally. */
  readonly weight: number;
  /** As stated, 0 to 1. */
  readonly confidence: number;
}

export function answerConfidence(
  supporters: readonly Supporter[],
  mass: number,
  correlation: (a: string, b: string) => number,
): number {
  const total = supporters.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return 0;
  const sorted = supporters.toSorted((a, b) => (a.author < b.author ? -1 : 1));
  const stated = sorted.reduce((sum, { weight, confidence }) => sum + weight * confidence, 0) / total;
  let square = 0;
  for (const a of sorted) {
    for (const b of sorted) {
      square +=
        a.weight * b.weight * (a === b || a.author === b.author ? 1 : correlation(a.author, b.author));
    }
  }
  const voices = (total * total) / square;
  return Math.min(1, Math.max(0, mass * (1 - (1 - stated) ** voices)));
}
