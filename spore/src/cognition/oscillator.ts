/**
 * NeuralOscillator: which band of thinking is due at a tick. Plainly: a scheduler with five periods. Pure.
 *
 * | band  | every | what runs in it                                                      |
 * |-------|-------|----------------------------------------------------------------------|
 * | gamma | 1     | what arrived is taken in: surprise measured, then learnt             |
 * | beta  | 3     | curiosity orders what comes next; primes fade                        |
 * | alpha | 5     | what was learnt is offered to the wall; free thought when idle       |
 * | theta | 10    | dreams: replay, links, contradictions, summaries                     |
 * | delta | 25    | audit of one's own calibration, search for emergence                 |
 *
 * Reasoning on tasks is not scheduled here: the task board works the moment something arrives, and the bands above
 * gamma yield to it.
 */
export const BANDS = ["gamma", "beta", "alpha", "theta", "delta"] as const;
export type Band = (typeof BANDS)[number];

export const BAND_PERIODS: Readonly<Record<Band, number>> = {
  gamma: 1,
  beta: 3,
  alpha: 5,
  theta: 10,
  delta: 25,
};

/** The bands due at a tick, fastest first. Tick 0 is before the first one: nothing is due. */
export function bandsAt(tick: number): Band[] {
  return tick <= 0 ? [] : BANDS.filter((band) => tick % BAND_PERIODS[band] === 0);
}
