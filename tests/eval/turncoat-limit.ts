/**
 * How soon a peer that turns could be noticed at all, by a detector that knows what no real one does: how often the peer
 * was right before, and how the turn goes on once it has begun. Only when it began is left to find. It sees how the others
 * did on each item, as the product does (item-ease.ts).
 *
 * The likelihood ratio of that turn against a steady peer is summed over all moments at which it may have begun (Shiryaev
 * 1963, Roberts 1966), which on average finds a change about as soon as is possible for a number of false alarms (Pollak
 * 1985). What it cannot do, no rule that reads the same grades should be asked for.
 */
import { easeOf } from "@synapse/spore/trust/item-ease.ts";
import { isCorrect } from "./baselines.ts";
import type { Question } from "./questions.ts";
import { randomOf } from "./random.ts";
import { type ErrorModel, simulate } from "./simulated.ts";
import { quantile } from "./statistics.ts";

const STEADY_ITEMS = 200;
const TURN_ITEMS = 60;
const RUNS = 500;
/** The surest that even this detector may be of one item: its model of the others is a simple one. */
const EXPECTED_MAX = 0.97;

/** A peer and the others it is graded beside, all of them right as often; who turns answers as it likes from then on. */
export interface Swarm {
  /** Share of items that each is right on before the turn. */
  readonly accuracy: number;
  /** Besides the peer itself. */
  readonly others: number;
  readonly model: ErrorModel;
}

/** One graded item: whether the peer was right, and how likely it was to be. */
interface Item {
  readonly right: boolean;
  readonly expected: number;
}

/** @param count items, of which the first answer is the peer's */
export function itemsOf(swarm: Swarm, count: number, random: () => number): readonly Question[] {
  const names = Array.from({ length: 1 + swarm.others }, (_, index) => `peer ${index}`);
  const honest = names.map(() => ({ kind: "honest", accuracy: swarm.accuracy }) as const);
  return simulate(names, honest, count, swarm.model, random).questions;
}

/**
 * Graded items until a turn is noticed, in 95 of 100 runs.
 *
 * @param wrongShare how often it is wrong, at the first item after the turn, the second, …
 * @param suspected shares of steady peers that may be suspected within 200 items, one figure each
 */
export function soonest(
  swarm: Swarm,
  wrongShare: (item: number) => number,
  suspected: readonly number[],
): readonly number[] {
  const wrong = Array.from({ length: TURN_ITEMS }, (_, item) => wrongShare(item + 1));
  const runs = Array.from({ length: RUNS }, (_, run) => {
    const random = randomOf(run + 1);
    const steady = itemsOf(swarm, TURN_ITEMS + STEADY_ITEMS, random).map((item) => graded(swarm, item));
    const turning = itemsOf(swarm, 2 * TURN_ITEMS, random).map((item, at) => {
      const honest = graded(swarm, item);
      const after = wrong[at - TURN_ITEMS];
      return after === undefined ? honest : { ...honest, right: random() >= after };
    });
    return {
      most: Math.max(...doubts(steady, wrong).slice(TURN_ITEMS)),
      turned: doubts(turning, wrong).slice(TURN_ITEMS),
    };
  });
  const steady = runs.map(({ most }) => most);
  return suspected.map((share) => {
    const alarm = quantile(steady, 1 - share);
    const delays = runs.map(({ turned }) => {
      const noticed = turned.findIndex((value) => value > alarm);
      return noticed < 0 ? TURN_ITEMS : noticed + 1;
    });
    return quantile(delays, 0.95);
  });
}

function graded({ accuracy, others }: Swarm, { answers, truth }: Question): Item {
  const [right = false, ...besides] = answers.map((answer) => isCorrect(answer, truth));
  const ease = easeOf(besides.filter(Boolean).length, others * accuracy, others);
  const odds = (accuracy / (1 - accuracy)) * Math.exp(ease);
  return { right, expected: Math.min(EXPECTED_MAX, odds / (1 + odds)) };
}

/** After each item: the likelihood ratios of a turn that began at this item, the one before, … summed. */
function doubts(items: readonly Item[], wrong: readonly number[]): readonly number[] {
  /** Likelihood ratio of a turn that began so many items ago. */
  let begun: number[] = [];
  return items.map(({ right, expected }) => {
    begun = [1, ...begun.slice(0, wrong.length - 1)].map((ratio, age) => {
      const errs = wrong[age] as number;
      return ratio * (right ? (1 - errs) / expected : errs / (1 - expected));
    });
    return begun.reduce((sum, ratio) => sum + ratio, 0);
  });
}
