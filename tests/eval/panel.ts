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

export interface PanelResult extends Measurement {
  readonly goal: number;
  /** The goal is an upper limit. */
  readonly atMost: boolean;
  readonly passed: boolean;
  /** Passed, and the whole interval lies on the right side too. */
  readonly certain: boolean;
}

export interface PanelContext {
  /** Null where no recorded answers were found: those panels say so and do not count as passed. */
  readonly recorded: Recorded | null;
  readonly seeds: readonly number[];
}

export interface Panel {
  readonly name: string;
  readonly question: string;
  run(context: PanelContext): Promise<readonly Measurement[]>;
}

const goals = z
  .record(
    z.string(),
    z.strictObject({ goal: z.number(), atMost: z.boolean().optional(), note: z.string().optional() }),
  )
  .parse(thresholds);

export function judge(measurement: Measurement): PanelResult {
  const threshold = goals[measurement.id];
  if (threshold === undefined) throw new Error(`thresholds.json has no goal for ${measurement.id}`);
  const { goal, atMost = false } = threshold;
  const reached = (value: number): boolean => (atMost ? value <= goal : value >= goal);
  return {
    ...measurement,
    goal,
    atMost,
    passed: reached(measurement.value),
    certain: reached(atMost ? measurement.high : measurement.low),
  };
}
