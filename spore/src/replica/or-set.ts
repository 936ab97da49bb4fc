/**
 * Visibility as an observed-remove set (Shapiro et al. 2011), folded from entries.
 *
 * Every entry is its own add, and a retraction names the ids it has observed; so an add that was concurrent with the
 * removal survives: add wins. A retraction is in force over entries of the same author, or of a spore of the same
 * operator, and over nothing else: hiding somebody else's words is not a right of the network. Nothing is deleted;
 * this is a view.
 *
 * Pure, commutative, associative, idempotent: the same entries give the same visible set in any order.
 */
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";

/** The operator behind a spore key, or null where no certificate is known. */
export type OperatorOf = (spore: PublicKey) => PublicKey | null;

export interface Visibility {
  /** Takes note that the entry `by` of `retractor` retracts these ids, whether or not their entries have arrived yet. */
  retract(by: EntryId, retractor: PublicKey, targets: readonly EntryId[]): void;
  /** A fork that no longer belongs to the set: it is not shown, and what it retracted is not retracted by it. */
  displace(id: EntryId): void;
  /** It belongs to the set again: what had displaced it is gone. */
  readmit(id: EntryId): void;
  mayRetract(retractor: PublicKey, author: PublicKey): boolean;
  isVisible(id: EntryId, author: PublicKey): boolean;
}

/** Two prove a fork; more would prove nothing else. */
const KEPT_ON_A_DOT = 2;

/**
 * Of different entries on one dot, those that belong to the set: the two lowest ids, whichever came first (forks.ts says
 * why). Ascending.
 */
export function keptOnDot(ids: Iterable<EntryId>): EntryId[] {
  return [...new Set(ids)].sort().slice(0, KEPT_ON_A_DOT);
}

export function createVisibility(operatorOf: OperatorOf): Visibility {
  /** Target → retracting entry → its author. */
  const retractions = new Map<EntryId, Map<EntryId, PublicKey>>();
  const displaced = new Set<EntryId>();

  function mayRetract(retractor: PublicKey, author: PublicKey): boolean {
    if (retractor === author) return true;
    const operator = operatorOf(retractor);
    return operator !== null && operator === operatorOf(author);
  }

  return {
    mayRetract,
    retract(by, retractor, targets) {
      for (const target of targets) {
        const known = retractions.get(target);
        if (known) known.set(by, retractor);
        else retractions.set(target, new Map([[by, retractor]]));
      }
    },
    displace(id) {
      displaced.add(id);
    },
    readmit(id) {
      displaced.delete(id);
    },
    isVisible(id, author) {
      if (displaced.has(id)) return false;
      for (const [by, retractor] of retractions.get(id) ?? []) {
        if (!displaced.has(by) && mayRetract(retractor, author)) return false;
      }
      return true;
    },
  };
}
