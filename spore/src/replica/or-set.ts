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
  /** Takes note that `retractor` retracted these ids, whether or not their entries have arrived yet. */
  retract(retractor: PublicKey, targets: readonly EntryId[]): void;
  mayRetract(retractor: PublicKey, author: PublicKey): boolean;
  isVisible(id: EntryId, author: PublicKey): boolean;
  /** The number of ids that any retraction names. */
  retractedCount(): number;
}

export function createVisibility(operatorOf: OperatorOf): Visibility {
  const retractors = new Map<EntryId, Set<PublicKey>>();

  function mayRetract(retractor: PublicKey, author: PublicKey): boolean {
    if (retractor === author) return true;
    const operator = operatorOf(retractor);
    return operator !== null && operator === operatorOf(author);
  }

  return {
    mayRetract,
    retract(retractor, targets) {
      for (const target of targets) {
        const known = retractors.get(target);
        if (known) known.add(retractor);
        else retractors.set(target, new Set([retractor]));
      }
    },
    isVisible(id, author) {
      const by = retractors.get(id);
      return by === undefined || ![...by].some((retractor) => mayRetract(retractor, author));
    },
    retractedCount: () => retractors.size,
  };
}
