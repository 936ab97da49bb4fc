/**
 * What has been seen of each replica: a version vector (all counters up to n) plus the dots beyond a gap.
 *
 * Pure. A gap is information: something exists that has not arrived yet. Two different entries on one dot cannot be
 * told here, only that the dot was taken: the replica then compares ids.
 */
import type { ReplicaId } from "@synapse/shared/ids.ts";
import type { Dot } from "./dot.ts";

interface Seen {
  contiguous: number;
  /** Counters above `contiguous + 1`. */
  readonly beyond: Set<number>;
}

export interface CausalContext {
  add(dot: Dot): void;
  has(dot: Dot): boolean;
  /** Replica → highest counter without a gap before it. */
  vector(): Record<ReplicaId, number>;
  /** The highest counter seen of a replica, gaps or not; 0 if none. */
  highest(replica: ReplicaId): number;
  /** The number of dots seen beyond a gap, over all replicas. */
  gaps(): number;
}

export function createCausalContext(): CausalContext {
  const seen = new Map<ReplicaId, Seen>();
  return {
    add({ replica, counter }) {
      let state = seen.get(replica);
      if (state === undefined) {
        state = { contiguous: 0, beyond: new Set() };
        seen.set(replica, state);
      }
      if (counter <= state.contiguous) return;
      state.beyond.add(counter);
      while (state.beyond.delete(state.contiguous + 1)) state.contiguous++;
    },
    has({ replica, counter }) {
      const state = seen.get(replica);
      return state !== undefined && (counter <= state.contiguous || state.beyond.has(counter));
    },
    vector() {
      return Object.fromEntries([...seen].map(([replica, state]) => [replica, state.contiguous]));
    },
    highest(replica) {
      const state = seen.get(replica);
      return state === undefined ? 0 : Math.max(state.contiguous, ...state.beyond);
    },
    gaps() {
      let total = 0;
      for (const state of seen.values()) total += state.beyond.size;
      return total;
    },
  };
}
