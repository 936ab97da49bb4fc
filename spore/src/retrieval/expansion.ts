/**
 * `mode: "explore"`: a question widened by the words of its first hits (relevance model RM3, Abdul-Jaleel et al. 2004).
 *
 *   P(t) = Σ_d relevance(d) · tf(t, d) / len(d)   over the first hits;  each added term weighs rarity · share · P(t)
 *
 * It helps on topics and costs on facts and dialogue, where it pulls in what merely surrounds the answer, so it is
 * asked for and never the default.
 */
import { COUNT_SCALE, type ForwardRow } from "./forward-row.ts";
import { type WeighedTerm, weighTerms } from "./relevance.ts";

const FEEDBACK_ENTRIES = 10;
const FEEDBACK_TERMS = 12;
/** Together the added words weigh as much as this share of the question. */
const FEEDBACK_SHARE = 0.5;

export function expandTerms(
  terms: readonly WeighedTerm[],
  hits: readonly { readonly row: ForwardRow; readonly relevance: number }[],
  frequencies: (terms: readonly number[]) => ReadonlyMap<number, number>,
  total: number,
): readonly WeighedTerm[] {
  const asked = new Set(terms.flatMap((term) => term.alternates));
  const mass = new Map<number, number>();
  for (const { row, relevance } of hits.slice(0, FEEDBACK_ENTRIES)) {
    for (const [at, term] of row.terms.entries()) {
      if (asked.has(term)) continue;
      const share = (row.counts[at] ?? 0) / COUNT_SCALE / Math.max(1, row.length);
      mass.set(term, (mass.get(term) ?? 0) + relevance * share);
    }
  }
  const known = frequencies([...mass.keys()]);
  const added = weighTerms(
    [...mass.keys()].map((term) => ({ alternates: [term], count: mass.get(term) ?? 0 })),
    known,
    total,
  )
    .sort((a, b) => b.weight - a.weight)
    .slice(0, FEEDBACK_TERMS);
  const askedWeight = terms.reduce((sum, term) => sum + term.weight, 0);
  const addedWeight = added.reduce((sum, term) => sum + term.weight, 0);
  if (addedWeight === 0) return terms;
  const scale = (FEEDBACK_SHARE * askedWeight) / addedWeight;
  return [...terms, ...added.map((term) => ({ ...term, weight: term.weight * scale }))];
}
