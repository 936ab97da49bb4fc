/**
 * Interference: voices that agree amplify each other, isolated ones are damped. In plain words, a factor on a voice's
 * weight that grows with the share of the *other* voices' weight behind the same answer.
 *
 *   r ≥ ½:  1 + 0.4 r        else:  max(floor, 0.25 + 1.5 r)
 *
 * 1. It acts inside one aggregation only; no memory and no trust is touched.
 * 2. Shares are measured after copies have been discounted, so nobody amplifies himself by repeating himself.
 * 3. An isolated voice with evidence (it quotes memories) keeps a path: its floor is higher.
 */

const ALIGNED = 0.5;
const GAIN = 0.4;
const FLOOR = 0.25;
const SLOPE = 1.5;
/** Floor for a voice that quotes what it rests on: damped, yet two such voices still outweigh one aligned one. */
const EVIDENCED_FLOOR = 0.7;

/** @param alignedShare 0 to 1: weight of the other voices with the same answer, as a share of all other voices. */
export function interferenceFactor(alignedShare: number, evidenced: boolean): number {
  if (alignedShare >= ALIGNED) return 1 + GAIN * alignedShare;
  return Math.max(evidenced ? EVIDENCED_FLOOR : FLOOR, FLOOR + SLOPE * alignedShare);
}
