/**
 * Relevance fades with age, memory does not: a factor on a recall score.
 *
 *   factor = max(.15, e^(−λ · age)),   λ divided by (1 + corroborations)
 *
 * 1. Nothing is deleted and the factor never reaches zero: an old memory that fits is still found.
 * 2. Reading a memory never changes its factor, so asking twice gives the same answer.
 * 3. Independent corroboration slows fading; repetition by the same author does not count (the caller counts authors).
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";

export const DECOHERENCE_FLOOR = 0.15;
const MS_PER_DAY = 86_400_000;

/**
 * λ per day. What was said by people and what was concluded from it lasts; a thought between tasks does not.
 * Thoughts and contributions keep the classic .10; a record of fact fades twenty times as slowly.
 */
export const DECAY_PER_DAY: Readonly<Record<Kind, number>> = {
  memory: 0.005,
  task: 0.02,
  synthesis: 0.01,
  answer: 0.01,
  contribution: 0.1,
  thought: 0.1,
  evidence: 0,
  retraction: 0,
  key: 0,
  proposal: 0.05,
};

export function decoherence(kind: Kind, ageMs: number, corroborations: number): number {
  const days = Math.max(0, ageMs) / MS_PER_DAY;
  const rate = DECAY_PER_DAY[kind] / (1 + Math.max(0, corroborations));
  return Math.max(DECOHERENCE_FLOOR, Math.exp(-rate * days));
}
