/**
 * A chance to leave a premature answer: the task goes back to diverge, reheated, for one more look.
 *
 *   P = a · (1 − mean confidence) · (1 + max adversarial doubt) · (1 + split of the trusted),   at most .92
 *
 * where a is the agreement (leaving matters only where there is something to leave), doubt is 1 − confidence of a
 * contribution in the adversarial role, and the split is the share of trusted weight outside the largest cluster.
 *
 * 1. Never in the first cycle: there is no answer to leave yet.
 * 2. At most once in TUNNEL_COOLDOWN_CYCLES for one task; other tasks are not concerned.
 * 3. A sure, unopposed answer is never left: confidence 1 gives P = 0.
 */

export const TUNNEL_PROBABILITY_MAX = 0.92;
/** Below this a roll of the dice would only add noise. */
export const TUNNEL_PROBABILITY_MIN = 0.18;
export const TUNNEL_FROM_CYCLE = 2;
export const TUNNEL_COOLDOWN_CYCLES = 3;

export interface TunnelState {
  readonly cycle: number;
  readonly agreement: number;
  readonly confidences: readonly number[];
  readonly adversarialConfidences: readonly number[];
  /** 0 to 1: weight of peers at tier "peer" or above that is outside the largest cluster. */
  readonly trustedDissent: number;
  /** The cycle of this task's last tunnelling, null if none. */
  readonly lastCycle: number | null;
}

export function tunnelProbability(state: TunnelState): number {
  const { confidences, adversarialConfidences, agreement, trustedDissent } = state;
  if (confidences.length === 0) return 0;
  const mean = confidences.reduce((sum, confidence) => sum + confidence, 0) / confidences.length;
  const doubt = adversarialConfidences.reduce((most, confidence) => Math.max(most, 1 - confidence), 0);
  return Math.min(TUNNEL_PROBABILITY_MAX, agreement * (1 - mean) * (1 + doubt) * (1 + trustedDissent));
}

/** @param random uniform in [0, 1), drawn by the caller. */
export function tunnels(state: TunnelState, random: number): boolean {
  if (state.cycle < TUNNEL_FROM_CYCLE) return false;
  if (state.lastCycle !== null && state.cycle - state.lastCycle < TUNNEL_COOLDOWN_CYCLES) return false;
  const probability = tunnelProbability(state);
  return probability >= TUNNEL_PROBABILITY_MIN && random < probability;
}
