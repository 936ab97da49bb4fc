/**
 * Notices when a peer stops being what its record says: a change detector over its graded items (Page's CUSUM, 1954).
 *
 * A long good record would otherwise shield a peer that turns: 200 right answers outweigh 20 wrong ones in any average.
 * The test accumulates the likelihood ratio of "half as good as before" against "as good as before".
 *
 * 1. An alarm makes the evidence before the change almost worthless; what came after decides alone. It can be earned anew.
 * 2. A steady peer rarely alarms: about once in e^ALARM ≈ 3,000 items.
 * 3. Only the sequence and the weights matter, so every spore with the same evidence finds the same change.
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
}

const ALARM = 8;
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

/** @returns index of the first step after the last detected change; 0 if there was none. */
export function changePoint(steps: readonly GradedStep[]): number {
  let from = 0;
  let start = 0;
  let sum = 0;
  let records = new Map<string, Rate>();
  for (const [index, step] of steps.entries()) {
    sum = Math.max(0, sum + step.weight * surprise(step, records));
    if (sum === 0) {
      for (const settled of steps.slice(start, index + 1)) addTo(records, settled);
      start = index + 1;
    } else if (sum >= ALARM) {
      from = start;
      records = new Map();
      for (const settled of steps.slice(start, index + 1)) addTo(records, settled);
      start = index + 1;
      sum = 0;
    }
  }
  return from;
}

/** Log-likelihood ratio of "half as good as its record" against "as good as its record". */
function surprise({ positive, topic }: GradedStep, records: ReadonlyMap<string, Rate>): number {
  const overall = records.get(ALL_TOPICS) ?? NO_RATE;
  const field = records.get(topic) ?? NO_RATE;
  if (field.total < RECORD_MIN / 2 || overall.total < RECORD_MIN) return 0;
  const general = (1 + overall.positive) / (2 + overall.total);
  // The lower bound: a short record must not be betrayed by ordinary bad luck.
  const record = {
    positive: field.positive + RECORD_MIN * general,
    negative: field.total - field.positive + RECORD_MIN * (1 - general),
  };
  const rate = Math.min(RATE_MAX, lowerBoundOf(record));
  if (rate < RATE_MIN) return 0;
  return positive ? Math.log(0.5) : Math.log((1 - rate / 2) / (1 - rate));
}

function addTo(records: Map<string, Rate>, { topic, positive, weight }: GradedStep): void {
  for (const key of [topic, ALL_TOPICS]) {
    const { positive: right, total } = records.get(key) ?? NO_RATE;
    records.set(key, { positive: right + (positive ? weight : 0), total: total + weight });
  }
}
