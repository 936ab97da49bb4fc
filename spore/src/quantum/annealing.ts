/**
 * A cosine temperature schedule: hot while hypotheses are wanted, cold when an answer is.
 *
 *   T(p) = T_cold + (T_hot − T_cold) · (1 + cos πp) / 2,   p = (cycle − 1) ÷ (budget − 1)
 *
 * The metaphor is simulated annealing (Kirkpatrick et al. 1983); the effect is the sampling temperature of a model call
 * and how far recall looks beyond its best hits.
 *
 * 1. p runs over the cycles that can really happen, so the last cycle of every budget is cold.
 * 2. A reheat (after tunnelling) concerns one task, and restarts its schedule over the cycles it has left.
 */

export const T_HOT = 1.0;
export const T_COLD = 0.3;

export interface Anneal {
  /** From 1. */
  readonly cycle: number;
  /** Cycles this task may take. */
  readonly budget: number;
  /** The cycle in which the task was last reheated, null if never. */
  readonly reheatedAt: number | null;
}

/** Sampling temperature, between T_COLD and T_HOT. */
export function temperature({ cycle, budget, reheatedAt }: Anneal): number {
  const start = reheatedAt ?? 1;
  const span = Math.max(0, budget - start);
  const progress = span === 0 ? 1 : Math.min(1, Math.max(0, (cycle - start) / span));
  return T_COLD + ((T_HOT - T_COLD) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** Share of a recall budget spent beyond the best hits: a quarter when hot, nothing when cold. */
export function explorationShare(state: Anneal): number {
  return (0.25 * (temperature(state) - T_COLD)) / (T_HOT - T_COLD);
}
