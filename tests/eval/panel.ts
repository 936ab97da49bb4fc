/** What a panel of the evaluation returns, and how it is held against the thresholds that were written down before. */
import { z } from "zod";
import type { Recorded } from "./questions.ts";
import type { Interval } from "./statistics.ts";
import thresholds from "./thresholds.json" with { type: "json" };

export interface Measurement extends Interval {
  /** A key of thresholds.json. */
  readonly id: string;
  /** What the value is compared with: a plain vote, the best single model, the same without the mechanism. */
  readonly baseline: number | null;
  /** Questions, or simulated decisions, behind the value. */
  readonly n: number;
  /** Other figures of the same run, for the table. */
  readonly detail?: string;
}

/** What cannot be measured with what is here: an outcome of its own, which is neither reached nor missed. */
export interface NotMeasurable {
  /** As a measurement of it would be called. */
  readonly id: string;
  /** What is lacking. */
  readonly reason: string;
}

export type Outcome = Measurement | NotMeasurable;

export interface PanelResult extends Measurement {
  readonly goal: number;
  /** The goal is an upper limit. */
  readonly atMost: boolean;
  /** Set for a mechanism: passed then means that its default agrees with its measured effect. */
  readonly ships: "on" | "off" | null;
  readonly passed: boolean;
  /** Passed, and the whole interval lies on the right side too. */
  readonly certain: boolean;
}

export interface PanelContext {
  /** Null where there are none. */
  readonly recorded: Recorded | null;
  /** Why there are none. */
  readonly lacking: string;
  readonly seeds: readonly number[];
  /** A smaller form of the long panels, to see that they run. */
  readonly quick: boolean;
}

export interface Panel {
  readonly name: string;
  readonly question: string;
  run(context: PanelContext): Promise<readonly Outcome[]>;
}

const goals = z
  .record(
    z.string(),
    z.strictObject({
      goal: z.number(),
      atMost: z.boolean().optional(),
      /** For a mechanism: the default it ships with. An effect clearly above zero must ship on, any other off. */
      ships: z.enum(["on", "off"]).optional(),
    }),
  )
  .parse(thresholds);

export function notMeasurable(ids: readonly string[], reason: string): NotMeasurable[] {
  return ids.map((id) => ({ id, reason }));
}

/** A mean of nothing is no value, whichever panel it slipped through. */
export function isMeasured(outcome: Outcome): outcome is Measurement {
  return !("reason" in outcome) && outcome.n > 0 && Number.isFinite(outcome.value);
}

export function judge(measurement: Measurement): PanelResult {
  const threshold = goals[measurement.id];
  if (threshold === undefined) throw new Error(`thresholds.json has no goal for ${measurement.id}`);
  const { goal, atMost = false, ships = null } = threshold;
  const { value, low, high } = measurement;
  const judged = { ...measurement, goal, atMost, ships };
  if (ships !== null) {
    const clears = low > goal;
    return { ...judged, passed: clears === (ships === "on"), certain: true };
  }
  const reached = (bound: number): boolean => (atMost ? bound <= goal : bound >= goal);
  return { ...judged, passed: reached(value), certain: reached(atMost ? high : low) };
}
