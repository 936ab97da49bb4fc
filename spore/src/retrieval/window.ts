/**
 * The semantic sliding window: the passages of most value per token that fit a fixed budget. Pure.
 *
 * The size is the same whatever the memory holds. Hits that stand next to each other in one document or conversation are
 * joined into one passage in their order, and every passage names the entries it was made from.
 */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { RecallHit, RecallPassage, RecallWindow } from "./recall.ts";

/** A hit that scores less than this share of the best one is noise, however short it is. */
const SCORE_SHARE_MIN = 0.15;
/** What a prompt spends on setting a passage apart: a number, a name, line breaks. */
const PASSAGE_OVERHEAD_TOKENS = 8;
/** Value per token favours one-word hits; below this many tokens a passage is priced as if it had them. */
const PRICED_TOKENS_MIN = 24;

/** Where a hit stands in its document, if it is part of one. */
export interface Placed {
  readonly hit: RecallHit;
  readonly document: string | null;
  readonly position: number;
}

/** About 4 characters a token in ASCII, 2 in other alphabets, 1 in scripts whose characters are words or syllables. */
function tokensOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 0.27 : code < 0x2e80 ? 0.5 : 1;
}

/** Tokens that a text costs. Model tokenisers differ by some 15 %; this errs to the large side. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const character of text) tokens += tokensOf(character);
  return Math.ceil(tokens);
}

/** The longest start of the text, cut at a space where there is one, that costs at most `budget` tokens. */
export function cutToTokens(text: string, budget: number): string {
  let tokens = 0;
  let end = 0;
  for (const character of text) {
    tokens += tokensOf(character);
    if (tokens > budget) {
      const space = text.lastIndexOf(" ", end);
      return text.slice(0, space > end / 2 ? space : end);
    }
    end += character.length;
  }
  return text;
}

function select(placed: readonly Placed[], budget: number): Placed[] {
  const best = placed[0]?.hit.score ?? 0;
  const priced = placed
    .filter(({ hit }) => hit.score >= best * SCORE_SHARE_MIN)
    .map((item, rank) => {
      const tokens = estimateTokens(item.hit.content) + PASSAGE_OVERHEAD_TOKENS;
      // The best hit comes first whatever it costs: the window exists to show it.
      const value =
        rank === 0 ? Number.POSITIVE_INFINITY : item.hit.score / Math.max(PRICED_TOKENS_MIN, tokens);
      return { item, tokens, value };
    })
    .sort((a, b) => b.value - a.value);
  const chosen: Placed[] = [];
  let left = budget;
  for (const { item, tokens } of priced) {
    if (tokens <= left) {
      chosen.push(item);
      left -= tokens;
    } else if (chosen.length === 0 && left > PASSAGE_OVERHEAD_TOKENS) {
      const content = cutToTokens(item.hit.content, left - PASSAGE_OVERHEAD_TOKENS);
      if (content !== "") chosen.push({ ...item, hit: { ...item.hit, content } });
      break;
    }
  }
  return chosen;
}

function isNext(a: Placed, b: Placed): boolean {
  return a.document !== null && a.document === b.document && b.position === a.position + 1;
}

function toPassage(run: readonly Placed[]): RecallPassage {
  const best = run.reduce((top, item) => (item.hit.score > top.hit.score ? item : top));
  const members: readonly EntryId[] = run.map(({ hit }) => hit.id);
  return { ...best.hit, content: run.map(({ hit }) => hit.content).join("\n"), members };
}

/** The hits of most value per token that fit the budget, each by itself, best first: what a prompt cites one by one. */
export function chooseHits<L extends Label>(
  hits: readonly RecallHit<L>[],
  budget: number,
): readonly RecallHit<L>[] {
  const chosen = select(
    hits.map((hit) => ({ hit, document: null, position: 0 })),
    budget,
  );
  return chosen.map(({ hit }) => hit as RecallHit<L>).sort((a, b) => b.score - a.score);
}

/** @param placed hits, best first. @param budget tokens of all passages together, with what setting them apart costs. */
export function fillWindow(placed: readonly Placed[], budget: number): RecallWindow {
  const inOrder = select(placed, budget).sort(
    (a, b) => (a.document ?? "").localeCompare(b.document ?? "") || a.position - b.position,
  );
  const runs: Placed[][] = [];
  for (const item of inOrder) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && isNext(last, item)) run.push(item);
    else runs.push([item]);
  }
  const passages = runs.map(toPassage).sort((a, b) => b.score - a.score);
  const tokens = passages.reduce(
    (sum, { content }) => sum + estimateTokens(content) + PASSAGE_OVERHEAD_TOKENS,
    0,
  );
  return { passages, tokens };
}
