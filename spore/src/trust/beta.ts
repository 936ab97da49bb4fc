/**
 * Belief in a yes-or-no ability from evidence for and against: the Beta distribution (Jøsang & Ismail 2002).
 *
 * 1. No evidence is no merit: the mean is ½ but the lower bound, which alone gives rank, is near 0.
 * 2. More evidence for never lowers either number, more against never raises one.
 */

export interface Belief {
  /** Evidence for and against, in items; not whole where it was discounted or has faded. */
  readonly positive: number;
  readonly negative: number;
}

export const NO_BELIEF: Belief = { positive: 0, negative: 0 };

/** One-sided 90 %: one peer in ten is truly below its lower bound. */
const LOWER_Z = 1.2816;

export const TIERS = ["stranger", "observer", "contributor", "peer", "commander"] as const;
export type Tier = (typeof TIERS)[number];
const TIER_FROM: Readonly<Record<Tier, number>> = {
  stranger: 0,
  observer: 0.2,
  contributor: 0.4,
  peer: 0.6,
  commander: 0.8,
};

/** Mean of Beta(1 + positive, 1 + negative). */
export function meanOf({ positive, negative }: Belief): number {
  return (1 + positive) / (2 + positive + negative);
}

/** Mean less 1.28 standard deviations, at least 0. */
export function lowerBoundOf(belief: Belief): number {
  const n = 2 + belief.positive + belief.negative;
  const mean = meanOf(belief);
  return Math.max(0, mean - LOWER_Z * Math.sqrt((mean * (1 - mean)) / (n + 1)));
}

/** 0 without evidence, 1 for certainty: what the lower bound says beyond what it says of a stranger. */
export function earnedOf(belief: Belief): number {
  const stranger = lowerBoundOf(NO_BELIEF);
  return Math.max(0, (lowerBoundOf(belief) - stranger) / (1 - stranger));
}

export function tierOf(lowerBound: number): Tier {
  return TIERS.findLast((tier) => lowerBound >= TIER_FROM[tier]) ?? "stranger";
}

export function addBelief(a: Belief, b: Belief, share = 1): Belief {
  return { positive: a.positive + share * b.positive, negative: a.negative + share * b.negative };
}
