/**
 * Notices when a peer stops being what its record says: a change detector over its graded items (Page's CUSUM, 1954).
 *
 * A long good record would otherwise shield a peer that turns: 200 right answers outweigh 20 wrong ones in any average.
 * The test accumulates the likelihood ratio of "worse and worse than before" against "as good as before": four fifths as good
 * at first, a fifth after sixteen items. That finds who turns slowly sooner than one level would, and who turns at once as
 * soon. How good a peer would be at an item depends on the item, too (item-ease.ts): being wrong where all others were right
 * tells more than being wrong where most were.
 *
 * 1. An alarm makes the evidence before the change almost worthless; what came after decides alone. It can be earned anew.
 * 2. Suspicion does the same, sooner, and is withdrawn where the peer turns out to be what it was: acting early costs a
 *    steady peer a few items, where an early alarm would cost it its record.
 * 3. A steady peer rarely alarms, once in some 80,000 items, and is suspected about once in 2,500.
 * 4. Only the sequence, the weights and the eases matter, so every spore with the same evidence finds the same change.
 *
 * Limit: a peer that is right wherever it is graded and wrong elsewhere shows no change. Secret probes are the answer to
 * that, not statistics.
 */
import { lowerBoundOf } from "./beta.ts";

export interface GradedStep {
  /** A peer is compared with itself in the same field: weak in a new one is not a betrayal in the old. */
  readonly topic: string;
  readonly positive: boolean;
  /** Items; discounted by the trust in whoever graded. */
  readonly weight: number;
  /** By how much it was easier than usual, in log-odds; 0 where nobody else was graded on it. */
  readonly ease: number;
}

const ALARM = 8;
/**
 * Lower finds a slow turn sooner and suspects more steady peers: within 200 items 1 in 12 here, 1 in 10 at 4.2, 1 in 15 at
 * 4.6. What no threshold could do better: tests/eval/turncoat-limit.ts.
 */
const SUSPICION = 4.4;
/** How good a peer that turns is, as a share of its record: at the first item, and from the last on; evenly less between. */
const TURNING = { first: 0.8, last: 0.2, items: 16 };
/** A peer that was never right more often than this has no reputation to betray. */
const RATE_MIN = 0.3;
/** Certainty is never believed: one error must not be infinitely surprising. */
const RATE_MAX = 0.95;
/** What evidence before a change still counts for. */
export const STALE_SHARE = 0.05;

/** Items before there is a record that could be betrayed; and those by which a field's rate leans on the overall one. */
const RECORD_MIN = 10;

interface Rate {
  readonly positive: number;
  readonly total: number;
}
const NO_RATE: Rate = { positive: 0, total: 0 };
/** No topic contains a line break. */
const ALL_TOPICS = "\n";

/** @returns index of the first step after the last change, detected or suspected; 0 if there was none. */
export function changePoint(steps: readonly GradedStep[]): number {
  const watch = new ChangeWatch();
  for (const step of steps) watch.add(step);
  return watch.since;
}

/** The detector as a fold: one step after the other, in the order in which they happened. */
export class ChangeWatch {
  /** Steps since the sum was last 0. They join the record only once it is again, or a change is sure. */
  #unsettled: GradedStep[] = [];
  #records = new Map<string, Rate>();
  #count = 0;
  #sum = 0;
  /** Items since the sum was last 0, by weight: what hardly counts must not make the turn look older. */
  #age = 0;
  #from = 0;

  add(step: GradedStep): void {
    this.#sum = Math.max(0, this.#sum + step.weight * surprise(step, this.#records, this.#age));
    this.#age += step.weight;
    this.#unsettled.push(step);
    this.#count += 1;
    if (this.#sum >= ALARM) {
      this.#from = this.#start;
      this.#records = new Map();
      this.#sum = 0;
    }
    if (this.#sum > 0) return;
    this.#age = 0;
    for (const settled of this.#unsettled) addTo(this.#records, settled);
    this.#unsettled = [];
  }

  /** What `changePoint` says of the steps so far. */
  get since(): number {
    return this.#sum >= SUSPICION ? this.#start : this.#from;
  }

  get #start(): number {
    return this.#count - this.#unsettled.length;
  }
}

/**
 * Log-likelihood ratio of "turning" against "as good as its record".
 *
 * @param age items since the turn began, if it is one
 */
function surprise(
  { positive, topic, ease }: GradedStep,
  records: ReadonlyMap<string, Rate>,
  age: number,
): number {
  const overall = records.get(ALL_TOPICS) ?? NO_RATE;
  const field = records.get(topic) ?? NO_RATE;
  if (field.total < RECORD_MIN / 2 || overall.total < RECORD_MIN) return 0;
  const general = (1 + overall.positive) / (2 + overall.total);
  const own = { positive: field.positive, negative: field.total - field.positive };
  const leaning = {
    positive: own.positive + RECORD_MIN * general,
    negative: own.negative + RECORD_MIN * (1 - general),
  };
  // Lower bounds: a short record must not be betrayed by ordinary bad luck. And never more than the field itself has
  // shown: whoever began weak in a new one has nothing there to betray, however good he is elsewhere.
  const rate = Math.min(lowerBoundOf(leaning), lowerBoundOf(own));
  if (rate < RATE_MIN) return 0;
  const expected = Math.min(RATE_MAX, 1 / (1 + ((1 - rate) / rate) * Math.exp(-ease)));
  const { first, last, items } = TURNING;
  const left = first + (last - first) * Math.min(1, age / items);
  return positive ? Math.log(left) : Math.log((1 - left * expected) / (1 - expected));
}

function addTo(records: Map<string, Rate>, { topic, positive, weight }: GradedStep): void {
  for (const key of [topic, ALL_TOPICS]) {
    const { positive: right, total } = records.get(key) ?? NO_RATE;
    records.set(key, { positive: right + (positive ? weight : 0), total: total + weight });
  }
}
