/**
 * Several answers held at once: a probability distribution over the clusters of an aggregation, kept until synthesis.
 *
 * The distribution itself comes from the rule (aggregate.ts in shared). Here it is put in the form in which prompts and
 * people see it, it is collapsed to one answer, and it is scored against the truth.
 */
import type { Aggregate, WeighedCluster } from "@synapse/shared/rule/aggregate.ts";

export interface Hypothesis {
  readonly text: string;
  /** Posterior probability; the rest up to 1 is "none of these". */
  readonly weight: number;
  readonly holders: readonly string[];
}

/** Hypotheses shown at once; more would not be read, by people or by models. */
export const HYPOTHESES_MAX = 8;

export function superpose({ clusters }: Aggregate): readonly Hypothesis[] {
  return clusters
    .slice(0, HYPOTHESES_MAX)
    .map(({ text, posterior, authors }) => ({ text, weight: posterior, holders: authors }));
}

/** The answer (largest posterior) and what is kept beside it as dissent. */
export function collapse({ clusters }: Aggregate): {
  readonly answer: WeighedCluster | null;
  readonly kept: readonly WeighedCluster[];
} {
  return { answer: clusters[0] ?? null, kept: clusters.slice(1) };
}

/** Uncertainty left, 0 (decided) to 1 (all alternatives, "none" among them, equally likely): normalised entropy. */
export function uncertainty({ clusters, none }: Aggregate): number {
  const probabilities = [...clusters.map(({ posterior }) => posterior), none].filter((p) => p > 0);
  if (probabilities.length < 2) return clusters.length === 0 ? 1 : 0;
  const entropy = probabilities.reduce((sum, p) => sum - p * Math.log(p), 0);
  return entropy / Math.log(clusters.length + 1);
}

/**
 * Brier score of a distribution over answers (Brier 1950): 0 perfect, 2 worst.
 * @param isTrue whether that cluster is the right answer; where none is, "none" is the truth.
 */
export function brierScore(
  clusters: readonly { readonly posterior: number }[],
  none: number,
  isTrue: (index: number) => boolean,
): number {
  const truths = clusters.map((_, index) => (isTrue(index) ? 1 : 0));
  const noneTrue = truths.every((truth) => truth === 0) ? 1 : 0;
  return clusters.reduce(
    (sum, { posterior }, index) => sum + (posterior - (truths[index] ?? 0)) ** 2,
    (none - noneTrue) ** 2,
  );
}
