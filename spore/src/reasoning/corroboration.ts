/**
 * What several operators say independently counts more than what one says often. Pure.
 *
 * A memory of a stranger starts with the low weight of its origin. Each further operator that says the same, in nearly
 * the same words, raises it; copies of one operator raise nothing. One's own memories stay as they are: even fully
 * corroborated, strangers do not outvote what the commander remembered.
 */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { termsOf } from "../llm/terms.ts";
import type { RecallHit } from "../retrieval/recall.ts";

/** Words in common, as a share of all words of both, from which two memories say the same; one other word is another claim. */
const SAME_STATEMENT = 0.8;
/**
 * What a second and a third operator add; more add nothing, or a crowd of keys would. Both together bring a stranger's
 * .35 to just below one's own 1.
 */
const STEP = 0.9;
const FURTHER_MAX = 2;

/** The hits with their scores raised by corroboration, best first again. @param operatorOf null: unknown. */
export function corroborate<L extends Label>(
  hits: readonly RecallHit<L>[],
  own: PublicKey,
  operatorOf: (author: PublicKey) => PublicKey | null,
): readonly RecallHit<L>[] {
  const foreign = hits.flatMap((hit) => {
    const operator = operatorOf(hit.author);
    return operator === null || operator === own
      ? []
      : [{ hit, operator, terms: new Set(termsOf(hit.content)) }];
  });
  if (new Set(foreign.map(({ operator }) => operator)).size < 2) return hits;
  const factorOf = new Map(
    foreign.map(({ hit, operator, terms }) => {
      const agreeing = new Set(
        foreign
          .filter((other) => other.operator !== operator && jaccard(terms, other.terms) >= SAME_STATEMENT)
          .map((other) => other.operator),
      );
      return [hit.id, 1 + STEP * Math.min(FURTHER_MAX, agreeing.size)] as const;
    }),
  );
  return hits
    .map((hit) => {
      const corroboration = factorOf.get(hit.id) ?? 1;
      return corroboration === 1
        ? hit
        : { ...hit, score: hit.score * corroboration, explain: { ...hit.explain, corroboration } };
    })
    .sort((a, b) => b.score - a.score);
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  const all = a.size + b.size - common;
  return all === 0 ? 0 : common / all;
}
