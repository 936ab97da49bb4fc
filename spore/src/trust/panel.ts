/**
 * The weights of one panel: what the joint fit says, held inside the limits that keep strangers from buying influence.
 *
 * 1. Capability before influence: voices without a graded record together hold at most UNPROVEN_SHARE of the weight as
 *    soon as a proven voice or one of this commander's own is in the panel, however many keys they come with. The
 *    commander's own spores are no strangers: what they are worth is the joint fit's matter.
 * 2. With many keys no other operator holds more than the heaviest of them alone would, or OPERATOR_SHARE of all weight:
 *    competence may lead, numbers may not.
 * 3. With nothing graded and everybody of one house, all voices weigh 1: a fresh swarm is a plain vote.
 */

export interface PanelVoice {
  readonly author: string;
  readonly operator: string;
  /** From the joint fit, ≥ 0. */
  readonly weight: number;
  /** Has earned at least the tier "observer" by graded items. */
  readonly proven: boolean;
  /** One of this commander's own spores. */
  readonly own: boolean;
}

const UNPROVEN_SHARE = 0.04;
const OPERATOR_SHARE = 1 / 3;

/** @returns the weight of each author. */
export function panelWeights(voices: readonly PanelVoice[]): ReadonlyMap<string, number> {
  const weights = new Map(voices.map(({ author, weight }) => [author, Math.max(0, weight)]));
  const proven = voices.filter((voice) => voice.proven);
  if (voices.some(({ proven: graded, own }) => graded || own)) {
    const strangers = voices.filter((voice) => !voice.proven && !voice.own);
    limitShare(weights, strangers, voices, UNPROVEN_SHARE);
  }
  const operators = new Set(proven.map(({ operator }) => operator));
  if (operators.size < 2) return weights;
  for (const operator of [...operators].sort()) {
    const house = voices.filter((voice) => voice.operator === operator);
    if (!house.some(({ own }) => own))
      limitShare(weights, house, voices, OPERATOR_SHARE, heaviest(weights, house));
  }
  return weights;
}

function heaviest(weights: ReadonlyMap<string, number>, group: readonly PanelVoice[]): number {
  return Math.max(...group.map(({ author }) => weights.get(author) ?? 0));
}

/** Scales the group down until it holds at most this share of all weight, or `allowed` if that is more; never up. */
function limitShare(
  weights: Map<string, number>,
  group: readonly PanelVoice[],
  all: readonly PanelVoice[],
  share: number,
  allowed = 0,
): void {
  const sum = (voices: readonly PanelVoice[]): number =>
    voices.reduce((total, { author }) => total + (weights.get(author) ?? 0), 0);
  const held = sum(group);
  const rest = sum(all) - held;
  const limit = Math.max(allowed, (share / (1 - share)) * rest);
  if (held <= limit || rest <= 0) return;
  for (const { author } of group) weights.set(author, ((weights.get(author) ?? 0) * limit) / held);
}
