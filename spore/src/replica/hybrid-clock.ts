/**
 * Hybrid logical clock (Kulkarni et al. 2014): never runs backwards, stays close to the wall clock, and orders what
 * happened after what was seen. Pure: the wall time is an argument.
 *
 * After a start it is folded again from what is stored, by the rule by which it was moved before: what this spore wrote
 * counts however far ahead it is of a wall clock that was set back since, what others wrote as it did when it came.
 */
import type { Entry, Hlc } from "@synapse/shared/contract/entry.ts";
import { type PublicKey, replicaKey } from "@synapse/shared/ids.ts";

/**
 * A peer's clock pulls ours forward by at most this. Without the bound one far-future entry would drag every spore's
 * clock with it for good.
 */
export const CLOCK_DRIFT_MAX_MS = 60_000;

export interface HybridClock {
  /** The time for a new local entry. `now` in ms. */
  tick(now: number): Hlc;
  /** Takes note of a time on an entry of `self` or of somebody else, stored here at `receivedAt`, ms. */
  note(stored: { readonly entry: Pick<Entry, "replica" | "clock">; readonly receivedAt: number }): void;
  /** Where it stands: nothing stamped here or followed is later. */
  snapshot(): Hlc;
  /** Nothing is stamped before this from now on. */
  resume(time: Hlc): void;
}

export function createHybridClock(self: PublicKey): HybridClock {
  let [ms, count]: Hlc = [0, 0];

  function resume([otherMs, otherCount]: Hlc): void {
    if (otherMs > ms) {
      ms = otherMs;
      count = otherCount;
    } else if (otherMs === ms) {
      count = Math.max(count, otherCount);
    }
  }

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
    note({ entry: { replica, clock }, receivedAt }) {
      if (replicaKey(replica) === self || clock[0] <= receivedAt + CLOCK_DRIFT_MAX_MS) resume(clock);
    },
    snapshot: () => [ms, count],
    resume,
  };
}
