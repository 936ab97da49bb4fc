/**
 * A circuit breaker: what fails is left alone for a while, then one call tries whether it is back. Pure.
 *
 * | state     | calls pass | a success | a failure                          |
 * |-----------|------------|-----------|------------------------------------|
 * | closed    | all        | closed    | open, once there were enough       |
 * | open      | none       | –         | –                                  |
 * | half-open | one at a time | closed | open again, for longer             |
 *
 * Open turns into half-open by time alone, so there is no timer to lose.
 */
import { backoffMs } from "./backoff.ts";

export interface Breaker {
  /** Failures in a row. */
  readonly failures: number;
  /** ms since the epoch; null while closed. */
  readonly openUntil: number | null;
}

export const CLOSED: Breaker = { failures: 0, openUntil: null };

export type BreakerState = "closed" | "open" | "half_open";

export function breakerState({ openUntil }: Breaker, nowMs: number): BreakerState {
  if (openUntil === null) return "closed";
  return nowMs < openUntil ? "open" : "half_open";
}

/** @param tolerated failures in a row that do not open it yet */
export function afterFailure(breaker: Breaker, tolerated: number, nowMs: number, random: number): Breaker {
  const failures = breaker.failures + 1;
  if (failures <= tolerated && breaker.openUntil === null) return { failures, openUntil: null };
  return { failures, openUntil: nowMs + backoffMs(failures - 1 - tolerated, random) };
}
