/**
 * How soon a peer that turns could be noticed at all, by a detector that knows what no real one does: how often the peer
 * was right before, and how the turn goes on once it has begun. Only when it began is left to find.
 *
 * The likelihood ratio of that turn against a steady peer is summed over all moments at which it may have begun (Shiryaev
 * 1963, Roberts 1966), which on average finds a change about as soon as is possible for a number of false alarms (Pollak
 * 1985). What it cannot do, no rule that reads the same grades should be asked for.
 */
import { randomOf } from "./random.ts";
import { quantile } from "./statistics.ts";

const STEADY_ITEMS = 200;
const TURN_ITEMS = 60;
const RUNS = 500;

/**
 * Graded items until a turn is noticed, in 95 of 100 runs.
 *
 * @param usualWrong share of items in which the peer was wrong before
 * @param wrongShare how often it is wrong, at the first item after the turn, the second, …
 * @param suspected shares of steady peers that may be suspected within 200 items, one figure each
 */
export function soonest(
  usualWrong: number,
  wrongShare: (item: number) => number,
  suspected: readonly number[],
): readonly number[] {
  const random = randomOf(1);
  const ratios = Array.from({ length: TURN_ITEMS }, (_, item) => {
    const wrong = wrongShare(item + 1);
    return { wrong: wrong / usualWrong, right: (1 - wrong) / (1 - usualWrong) };
  });
  const steady = Array.from({ length: RUNS }, () => {
    const errors = Array.from({ length: TURN_ITEMS + STEADY_ITEMS }, () => random() < usualWrong);
    return Math.max(...doubts(errors, ratios).slice(TURN_ITEMS));
  });
  const turned = Array.from({ length: RUNS }, () => {
    const errors = Array.from(
      { length: 2 * TURN_ITEMS },
      (_, item) => random() < (item < TURN_ITEMS ? usualWrong : wrongShare(item - TURN_ITEMS + 1)),
    );
    return doubts(errors, ratios).slice(TURN_ITEMS);
  });
  return suspected.map((share) => {
    const alarm = quantile(steady, 1 - share);
    const delays = turned.map((doubt) => {
      const noticed = doubt.findIndex((value) => value > alarm);
      return noticed < 0 ? TURN_ITEMS : noticed + 1;
    });
    return quantile(delays, 0.95);
  });
}

/** After each item: the likelihood ratios of a turn that began at this item, the one before, … summed. */
function doubts(
  errors: readonly boolean[],
  ratios: readonly { readonly wrong: number; readonly right: number }[],
): readonly number[] {
  /** Likelihood ratio of a turn that began so many items ago. */
  let begun: number[] = [];
  return errors.map((isWrong) => {
    begun = [1, ...begun.slice(0, ratios.length - 1)].map((ratio, age) => {
      const { wrong, right } = ratios[age] as (typeof ratios)[number];
      return ratio * (isWrong ? wrong : right);
    });
    return begun.reduce((sum, ratio) => sum + ratio, 0);
  });
}
