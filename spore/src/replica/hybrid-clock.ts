/**
 * Hybrid logical clock (Kulkarni et al. 2014): never runs backwards, stays close to the wall clock, and orders what
 * happened after what was seen. Pure: the wall time is an argument.
 */
import type { Hlc } from "@synapse/shared/contract/entry.ts";

/**
 * A peer's clock pulls ours forward by at most this. Without the bound one far-future entry would drag every spore's
 * clock with it for good.
 */
export const CLOCK_DRIFT_MAX_MS = 60_000;

export interface HybridClock {
  /** The time for a new local entry. `now` in ms. */
  tick(now: number): Hlc;
  /** Takes note of a time seen on somebody else's entry. */
  observe(time: Hlc, now: number): void;
}

export function createHybridClock(start: Hlc = [0, 0]): HybridClock {
  let [ms, count] = start;
  return {
    tick(now) {
      if (now > ms) {
        ms = now;
        count = 0;
      } else {
        count++;
      }
      return [ms, count];
    },
    observe([otherMs, otherCount], now) {
      if (otherMs > now + CLOCK_DRIFT_MAX_MS) return;
      if (otherMs > ms) {
        ms = otherMs;
        count = otherCount;
      } else if (otherMs === ms) {
        count = Math.max(count, otherCount);
      }
    },
  };
}
