/** Intervals and tests, each by the plain textbook method named beside it. */
import { randomOf } from "./random.ts";

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1_000;

/**
 * Mean with a 95 % percentile bootstrap interval (Efron 1979). The observations of one unit (a question seen under
 * several seeds) stay together, so repeated questions do not narrow the interval.
 */
export function bootstrapMean(
  observations: readonly { readonly unit: string; readonly value: number }[],
): Interval {
  const units = new Map<string, { sum: number; count: number }>();
  for (const { unit, value } of observations) {
    const known = units.get(unit) ?? { sum: 0, count: 0 };
    units.set(unit, { sum: known.sum + value, count: known.count + 1 });
  }
  const list = [...units.values()];
  const meanOf = (pick: (index: number) => number): number => {
    let [sum, count] = [0, 0];
    for (let index = 0; index < list.length; index += 1) {
      const unit = list[pick(index)];
      sum += unit?.sum ?? 0;
      count += unit?.count ?? 0;
    }
    return count === 0 ? 0 : sum / count;
  };
  const random = randomOf(20_260_101);
  const means = Array.from({ length: RESAMPLES }, () => meanOf(() => Math.floor(random() * list.length)));
  means.sort((a, b) => a - b);
  const at = (share: number): number => means[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))] ?? 0;
  return { value: meanOf((index) => index), low: at(0.025), high: at(0.975) };
}

/** Exact two-sided McNemar test on the discordant pairs: probability of a split at least this uneven by chance. */
export function mcNemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  const k = Math.min(onlyA, onlyB);
  if (n === 0) return 1;
  let logTerm = -n * Math.log(2);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log(n - i + 1) - Math.log(i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}

/** Area under the ROC curve: chance that a positive scores above a negative, ties counting half. */
export function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number {
  let wins = 0;
  for (const positive of positives) {
    for (const negative of negatives) wins += positive > negative ? 1 : positive === negative ? 0.5 : 0;
  }
  return wins / (positives.length * negatives.length);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
