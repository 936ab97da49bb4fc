/** Where a memory comes from, as a weight: taint by origin, before anything else is known about its author. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Replica } from "../replica/replica.ts";

/**
 * What a stranger's memory counts beside one of the commander's own. Low enough that a copy of an own memory with one
 * word exchanged never outranks the original, high enough that a stranger is heard where nothing of one's own speaks.
 */
export const FOREIGN_WEIGHT = 0.35;

export function originWeight(
  replica: Pick<Replica, "certificateOf" | "self">,
): (author: PublicKey) => number {
  return (author) => (replica.certificateOf(author)?.operator === replica.self.operator ? 1 : FOREIGN_WEIGHT);
}
