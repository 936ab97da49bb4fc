/**
 * What each voice should weigh by its graded accuracy alone: where the joint fit (joint-weights.ts) starts from, and what
 * it is pulled to.
 *
 * Accuracies are pulled to the panel's mean by as much as chance could explain (empirical Bayes, Morris 1983), and a
 * weight falls off exponentially with the distance to the best. How steeply, the graded items say: it is one number for
 * all voices, so few items can tell, where they cannot yet tell one voice from another. They may flatten the usual slope
 * and never sharpen it: sharper, a few items could silence the many (docs/evaluation.md).
 *
 * With nothing graded all weigh 1.
 */
import { BACKGROUND_CORRELATION } from "@synapse/shared/rule/aggregate.ts";

export interface AccuracyRecord {
  /** Items, discounted. */
  readonly right: number;
  readonly items: number;
}

export interface WeightPrior {
  /** One for each record, ≥ 0. */
  readonly weights: readonly number[];
  /** Of an author without a record. */
  readonly unknown: number;
}

export interface GradedPanel {
  readonly records: readonly AccuracyRecord[];
  /** Votes in an item, on average. */
  readonly panelSize: number;
  /** 0 with nothing graded, rising to 1. */
  readonly knownShare: number;
  /** Negative log-likelihood of the graded items under these weights. */
  readonly misfit: (weights: readonly number[]) => number;
}

/** Usual steepness in accuracy: larger panels share more errors, so weak voices must fade faster. */
const STEEPNESS_BASE = 3.5;
const STEEPNESS_PER_LOG_SIZE = 1.3;
/** Log-likelihood that it costs to leave the usual steepness by a factor of e. */
const STEEPNESS_PULL = 40;
/** Steps of the search, as logarithms of a factor. */
const STEEPNESS_STEPS = [0.2, 0.1, 0.05];
/** How much more a voice weighs when all is known about it; single items then move it less in proportion. */
const KNOWN_GAIN = 0.4;
/** Taken off: a voice far below the best adds nothing but the errors it shares. */
const OFFSET = 0.1;
/** Spread of true accuracy that a new panel is assumed to have, and how many authors' worth that assumption is. */
const USUAL_SPREAD = 0.07;
const USUAL_SPREAD_AUTHORS = 4;
/** Up to this size accuracies are pulled by all that chance explains; then by its root less, down to half from 28 on. */
const FULL_PULL_SIZE = 7;
const PULL_SHARE_MIN = 0.5;

export function priorWeights({ records, panelSize, knownShare, misfit }: GradedPanel): WeightPrior {
  const accuracies = shrunkAccuracies([...records, { right: 0, items: 0 }], panelSize);
  const best = Math.max(...accuracies);
  const usual = STEEPNESS_BASE + STEEPNESS_PER_LOG_SIZE * Math.log(panelSize);
  const weightsAt = (steepness: number): number[] =>
    accuracies.map((accuracy) =>
      Math.max(0, (Math.exp(steepness * (accuracy - best)) - OFFSET) / (1 - OFFSET)),
    );
  const steepness = fitSteepness(usual, (tried) => misfit(weightsAt(tried).slice(0, -1)));
  const weights = weightsAt(steepness).map((weight) => weight * (1 + KNOWN_GAIN * knownShare));
  return { weights: weights.slice(0, -1), unknown: weights.at(-1) ?? 1 };
}

/** The steepness that explains the graded items best, pulled to the usual one and never above it. */
function fitSteepness(usual: number, misfit: (steepness: number) => number): number {
  const cost = (flatter: number): number =>
    flatter < 0
      ? Number.POSITIVE_INFINITY
      : misfit(usual * Math.exp(-flatter)) + STEEPNESS_PULL * flatter ** 2;
  let at = 0;
  let least = cost(at);
  for (const step of STEEPNESS_STEPS.flatMap((size) => [size, -size])) {
    // The pull grows without bound, so this ends.
    for (let next = cost(at + step); next < least; next = cost(at + step)) {
      at += step;
      least = next;
    }
  }
  return usual * Math.exp(-at);
}

/**
 * Accuracies pulled to their mean by the share of their spread that chance explains; less in a large panel. Luck evens
 * out over many voices, while the pull draws all of them together and the best ones most.
 */
function shrunkAccuracies(records: readonly AccuracyRecord[], panelSize: number): number[] {
  const known = records.filter(({ items }) => items > 0);
  if (known.length === 0) return records.map(() => 0.5);
  const total = known.reduce((sum, { items }) => sum + items, 0);
  const mean = known.reduce((sum, { right }) => sum + right, 0) / total;
  // Voices judged on the same items share their luck: only what correlation leaves over is sampling noise between them.
  const variance = Math.max(0.01, mean * (1 - mean)) * (1 - BACKGROUND_CORRELATION);
  const observed = known.reduce((sum, { right, items }) => sum + (right / items - mean) ** 2, 0);
  const byChance = known.reduce((sum, { items }) => sum + variance / items, 0) / known.length;
  const freedom = Math.max(0, known.length - 1);
  const spread =
    (observed - freedom * byChance + USUAL_SPREAD_AUTHORS * USUAL_SPREAD ** 2) /
    (freedom + USUAL_SPREAD_AUTHORS);
  const share = Math.min(1, Math.max(PULL_SHARE_MIN, Math.sqrt(FULL_PULL_SIZE / panelSize)));
  const pull = share * Math.max(1, variance / Math.max(1e-4, spread));
  return records.map(({ right, items }) => (right + pull * mean) / (items + pull));
}
