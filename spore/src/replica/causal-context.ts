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
  /** Replica → the number of its dots seen beyond a gap, for those with a gap. */
  beyond(): Record<ReplicaId, number>;
  /** Everything as plain values, for `restore`: replica, contiguous counter, counters beyond a gap. */
  snapshot(): [ReplicaId, number, number[]][];
  restore(seen: readonly (readonly [ReplicaId, number, readonly number[]])[]): void;
}

/** By a loop: a million gaps do not fit into an argument list. */
function highestOf({ contiguous, beyond }: Seen): number {
  let highest = contiguous;
  for (const counter of beyond) highest = Math.max(highest, counter);
  return highest;
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
      if (counter === state.contiguous + 1 && state.beyond.size === 0) {
        state.contiguous = counter;
        return;
      }
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
      return state === undefined ? 0 : highestOf(state);
    },
    beyond() {
      return Object.fromEntries(
        [...seen].flatMap(([replica, { beyond }]) => (beyond.size === 0 ? [] : [[replica, beyond.size]])),
      );
    },
    snapshot: () => [...seen].map(([replica, { contiguous, beyond }]) => [replica, contiguous, [...beyond]]),
    restore(states) {
      for (const [replica, contiguous, beyond] of states) {
        seen.set(replica, { contiguous, beyond: new Set(beyond) });
      }
    },
  };
}
