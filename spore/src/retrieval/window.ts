/**
 * The semantic sliding window: the passages of most value per token that fit a fixed budget. Pure.
 *
 * Wherever recalled text fills a prompt or an answer, this fills it: the prompts of reasoning, synthesis and validation,
 * what the embedded reasoner reads and a dream holds side by side, `budget` of the API and `budget_tokens` of MCP. A caller that may use only some of
 * the hits (authors, agreement, labels) sifts them first and fills with the rest, so a budget is never spent on what is
 * not shown.
 *
 * Invariants:
 * 1. The size is the budget's, whatever the memory holds.
 * 2. Hits that stand next to each other in one document or conversation are one passage, in their order; every passage
 *    names the entries it was made from, all of one author.
 */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { RecallHit, RecallPassage, RecallWindow } from "./recall.ts";
import { cutToTokens, estimateTokens } from "./tokens.ts";

/** A hit that scores less than this share of the best one is noise, however short it is. */
const SCORE_SHARE_MIN = 0.15;
/** What a prompt spends on setting a passage apart: a number, a name, line breaks. */
export const PASSAGE_OVERHEAD_TOKENS = 8;
/** Value per token favours one-word hits; below this many tokens a passage is priced as if it had them. */
const PRICED_TOKENS_MIN = 24;
/**
 * The value of a hit is its score to this power: whether it is what was asked for falls faster than its score, and at 1 many
 * short hits of little worth crowd out a longer good one. Measured (docs/recall.md): 2 to 4 differ little, 1 holds less
 * of the evidence on all three collections.
 */
const VALUE_EXPONENT = 3;
/** Hits that any window chooses from, so that a few long ones leave a choice. */
const HITS_MIN = 64;
/** A hit costs hardly less than this, with what sets it apart. */
const HIT_TOKENS_MIN = 16;

/** How many hits a window of this budget, in tokens, chooses from: enough to fill it with short ones. */
export function hitsToFill(budget: number): number {
  return Math.max(HITS_MIN, Math.ceil(budget / HIT_TOKENS_MIN));
}

function select<L extends Label>(hits: readonly RecallHit<L>[], budget: number): RecallHit<L>[] {
  const sorted = [...hits].sort((a, b) => b.score - a.score);
  const best = sorted[0]?.score ?? 0;
  const priced = sorted
    .filter(({ score }) => score >= best * SCORE_SHARE_MIN)
    .map((hit, rank) => {
      const tokens = estimateTokens(hit.content) + PASSAGE_OVERHEAD_TOKENS;
      // The best hit comes first whatever it costs: the window exists to show it.
      const value = (hit.score / best) ** VALUE_EXPONENT / Math.max(PRICED_TOKENS_MIN, tokens);
      return { hit, tokens, value: rank === 0 ? Number.POSITIVE_INFINITY : value };
    })
    .sort((a, b) => b.value - a.value);
  const chosen: RecallHit<L>[] = [];
  let left = budget;
  for (const { hit, tokens } of priced) {
    if (tokens <= left) {
      chosen.push(hit);
      left -= tokens;
    } else if (chosen.length === 0 && left > PASSAGE_OVERHEAD_TOKENS) {
      const content = cutToTokens(hit.content, left - PASSAGE_OVERHEAD_TOKENS);
      if (content !== "") chosen.push({ ...hit, content });
      break;
    }
  }
  return chosen;
}

/** Neighbours together and in order; whatever is of no document is a run of its own. */
function runsOf<L extends Label>(hits: readonly RecallHit<L>[]): RecallHit<L>[][] {
  const documents = new Map<string, RecallHit<L>[]>();
  for (const hit of hits) {
    const key = hit.place === undefined ? hit.id : `${hit.author}\n${hit.place.document}`;
    documents.set(key, [...(documents.get(key) ?? []), hit]);
  }
  return [...documents.values()].flatMap((members) => {
    const runs: RecallHit<L>[][] = [];
    let last: number | null = null;
    for (const hit of members.sort((a, b) => (a.place?.index ?? 0) - (b.place?.index ?? 0))) {
      const index = hit.place?.index ?? 0;
      if (last !== null && index === last + 1) runs.at(-1)?.push(hit);
      else runs.push([hit]);
      last = index;
    }
    return runs;
  });
}

function toPassage<L extends Label>(members: readonly RecallHit<L>[]): RecallPassage<L> {
  const best = members.reduce((top, hit) => (hit.score > top.score ? hit : top));
  return { ...best, content: members.map(({ content }) => content).join("\n"), members };
}

/** @param budget tokens of all passages together, with what setting them apart costs. @returns passages, best first. */
export function fillWindow<L extends Label>(hits: readonly RecallHit<L>[], budget: number): RecallWindow<L> {
  const passages = runsOf(select(hits, budget))
    .map(toPassage)
    .sort((a, b) => b.score - a.score);
  const tokens = passages.reduce(
    (sum, { content }) => sum + estimateTokens(content) + PASSAGE_OVERHEAD_TOKENS,
    0,
  );
  return { passages, tokens };
}
