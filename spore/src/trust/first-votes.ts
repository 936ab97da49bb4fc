/** Which of an author's answers to a task is its vote. */
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { GradedItem } from "./joint-weights.ts";

export interface Answer {
  readonly id: EntryId;
  readonly author: PublicKey;
  readonly cycle: number;
}

/** The earliest answer of each author; later ones repeat what the others said. */
export function firstVotes(
  answers: readonly Answer[],
  clusterOf: ReadonlyMap<string, string>,
  counts: (author: PublicKey) => boolean,
): GradedItem["votes"] {
  const first = new Map<PublicKey, Answer>();
  for (const answer of answers) {
    const known = first.get(answer.author);
    const earlier =
      known === undefined ||
      answer.cycle < known.cycle ||
      (answer.cycle === known.cycle && answer.id < known.id);
    if (earlier && counts(answer.author)) first.set(answer.author, answer);
  }
  return [...first.values()].map(({ author, id }) => ({ author, answer: clusterOf.get(id) ?? null }));
}
