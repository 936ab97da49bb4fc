/**
 * Whose stored entries are neither shown nor passed on: the commander's policy, as a condition on rows.
 *
 * Nothing is deleted: what is hidden is still held, still counts in the set's root, and is there again once the policy
 * changes its mind.
 */
import type { PublicKey, ReplicaId } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";

/** @param rows the number by which each replica is known in the tables; it may grow. */
export function createHiding(rows: ReadonlyMap<ReplicaId, number>) {
  let isHidden: (spore: PublicKey) => boolean = () => false;
  let hidden: readonly number[] = [];

  return {
    /** From now on; to be called again whenever the policy would answer otherwise. */
    hideWhen(policy: (spore: PublicKey) => boolean): void {
      isHidden = policy;
      hidden = [...rows].flatMap(([replica, row]) => (policy(replicaKey(replica)) ? [row] : []));
    },
    /** A replica came that was not there when the policy was set. */
    seen(replica: ReplicaId, row: number): void {
      if (isHidden(replicaKey(replica))) hidden = [...hidden, row];
    },
    isHidden: (spore: PublicKey): boolean => isHidden(spore),
    /** SQL that is true for rows of authors who are shown. Whole numbers of our own making, so nothing to bind. */
    condition: (): string => (hidden.length === 0 ? "1" : `replica NOT IN (${hidden.join(",")})`),
  };
}
