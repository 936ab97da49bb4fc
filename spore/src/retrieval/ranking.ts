/**
 * The final order: relevance × decoherence × trust, then diversity. Pure.
 *
 *   base       = relevance · decoherence(kind, age, corroborations) · trust(author) · attention(id)
 *   diversity  = 1 − DAMPING · max(0, (s − S₀) / (1 − S₀))²   with s the largest share of terms had in common with a hit above
 *   score      = base · diversity
 *
 * Greedy as in maximal marginal relevance (Carbonell & Goldstein 1998), but only near-duplicates pay: two turns about
 * one thing are both wanted, five copies of one turn are not. A memory is no copy of what quotes it: an answer that was
 * given once must not hide what it rests on from whoever asks again. What quotes it steps back as a copy of it, though it
 * may fit the question better: whoever looks for a note wants the note, not what was once answered with it.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { overlapOf } from "./forward-row.ts";
import type { Candidate } from "./index-reader.ts";

/** How a spore weighs what it recalls, handed in: recall knows neither the trust lattice nor the quantum layer. */
export interface RecallWeights {
  /** 0 to 1: how much an entry of this kind and age, ms, that so many other houses say too, still counts. */
  decoherence(kind: Kind, ageMs: number, corroborations: number): number;
  /** Who stands behind an author; null: nobody is known, or it shall not count. Without it nothing corroborates. */
  houseOf?(author: PublicKey): PublicKey | null;
  /** 0 or more: what this author's word counts. */
  trust(author: PublicKey): number;
  /** Around 1: what is on the spore's mind, and what sums up others, comes a little more easily. */
  attention?(id: EntryId): number;
}

export interface RankedCandidate {
  readonly candidate: Candidate;
  readonly score: number;
  readonly explain: {
    readonly relevance: number;
    /** The parts of `relevance`: its own words, those around it, what it is about; who says it, whether it asks or explains. */
    readonly own: number;
    readonly context: number;
    readonly meaning: number;
    readonly sentence: number;
    readonly speaker: number;
    readonly asking: number;
    readonly explaining: number;
    readonly decoherence: number;
    readonly trust: number;
    readonly attention: number;
    readonly diversity: number;
  };
}

/** Texts sharing less of their words than this are different thoughts. */
const OVERLAP_FREE = 0.5;
/** An exact copy keeps a twentieth: it comes after everything that says something else. */
const DAMPING = 0.95;
/** A memory that counts less than this share of what quotes it is no better source: it may be hardly trusted. */
const SOURCE_SHARE = 0.5;
/** Hits below this rank are not compared: nobody reads so far, and comparing all pairs would cost more than the search. */
const COMPARED_MAX = 48;

/** Of two texts with this share of their words in common, both say the same. Higher than for copies: one number off is another claim. */
const SAME_CLAIM = 0.9;
/** Houses beyond this add nothing, or a crowd of keys would. */
const CORROBORATIONS_MAX = 2;

/** How many other houses say the same as each candidate, at most CORROBORATIONS_MAX; what one house repeats counts once. */
export function corroborationsOf(
  candidates: readonly Pick<Candidate, "author" | "terms">[],
  houseOf: RecallWeights["houseOf"],
): readonly number[] {
  const houses = candidates.map(({ author }) => houseOf?.(author) ?? null);
  if (new Set(houses.filter((house) => house !== null)).size < 2) return candidates.map(() => 0);
  return candidates.map(({ terms }, at) => {
    const agreeing = new Set<PublicKey>();
    for (const [other, house] of houses.entries()) {
      if (house === null || houses[at] === null || house === houses[at] || agreeing.has(house)) continue;
      if (overlapOf(terms, candidates[other]?.terms ?? terms) >= SAME_CLAIM) agreeing.add(house);
      if (agreeing.size === CORROBORATIONS_MAX) break;
    }
    return agreeing.size;
  });
}

export function diversityOf(overlap: number): number {
  const excess = Math.max(0, (overlap - OVERLAP_FREE) / (1 - OVERLAP_FREE));
  return 1 - DAMPING * excess ** 2;
}

interface Open {
  readonly candidate: Candidate;
  readonly base: number;
  diversity: number;
}

const score = ({ base, diversity }: Open): number => base * diversity;

/** @returns true where the best that is left had to be compared with memories that are left, and counts less now. */
function stepsBack(best: Open, open: readonly Open[]): boolean {
  if (best.candidate.kind === "memory") return false;
  const before = best.diversity;
  for (const { candidate, base, diversity } of open) {
    if (candidate.kind !== "memory" || base * diversity < SOURCE_SHARE * best.base * before) continue;
    best.diversity = Math.min(best.diversity, diversityOf(overlapOf(candidate.terms, best.candidate.terms)));
  }
  return best.diversity < before;
}

/** @param now ms since the epoch. @returns at most `k`, best first. */
export function rankCandidates(
  candidates: readonly Candidate[],
  weights: RecallWeights,
  now: number,
  k: number,
): readonly RankedCandidate[] {
  const corroborations = corroborationsOf(candidates, weights.houseOf);
  const open = candidates.map((candidate, at) => {
    const ageMs = Math.max(0, now - candidate.knownAt);
    const decoherence = weights.decoherence(candidate.kind, ageMs, corroborations[at] ?? 0);
    const trust = weights.trust(candidate.author);
    const attention = weights.attention?.(candidate.id) ?? 1;
    const base = candidate.relevance * decoherence * trust * attention;
    return { candidate, decoherence, trust, attention, base, diversity: 1 };
  });
  const ranked: RankedCandidate[] = [];
  while (ranked.length < k && open.length > 0) {
    let at = 0;
    for (const [index, item] of open.entries()) {
      if (score(item) > score(open[at] ?? item)) at = index;
    }
    const best = open[at];
    if (best === undefined) break;
    if (ranked.length <= COMPARED_MAX && stepsBack(best, open)) continue;
    const [chosen = best] = open.splice(at, 1);
    const { candidate, decoherence, trust, attention, diversity } = chosen;
    ranked.push({
      candidate,
      score: score(chosen),
      explain: {
        relevance: candidate.relevance,
        ...candidate.parts,
        decoherence,
        trust,
        attention,
        diversity,
      },
    });
    if (ranked.length > COMPARED_MAX) continue;
    for (const item of open) {
      if (item.candidate.kind === "memory" && candidate.kind !== "memory") continue;
      item.diversity = Math.min(
        item.diversity,
        diversityOf(overlapOf(candidate.terms, item.candidate.terms)),
      );
    }
  }
  return ranked;
}
