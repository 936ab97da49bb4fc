/**
 * How much of the graded evidence a window of recall holds for its budget of tokens, beside the first hits that fit it.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Recall } from "@synapse/spore/retrieval/recall.ts";
import { estimateTokens } from "@synapse/spore/retrieval/tokens.ts";
import { PASSAGE_OVERHEAD_TOKENS } from "@synapse/spore/retrieval/window.ts";
import type { BenchRow } from "./result.ts";
import type { Question } from "./retrieval-sets.ts";

/** Tokens: a remark of an agent, a prompt's memories, what the embedded reasoner reads. */
const BUDGETS = [300, 1_200, 2_400] as const;
/** Enough hits for the largest budget. */
const HITS = 200;

interface Shares {
  window: number;
  first: number;
  tokens: number;
}

export interface WindowFigures {
  readonly byBudget: ReadonlyMap<number, Shares>;
  questions: number;
}

export function emptyFigures(): WindowFigures {
  return {
    byBudget: new Map(BUDGETS.map((budget) => [budget, { window: 0, first: 0, tokens: 0 }])),
    questions: 0,
  };
}

/** Adds one question. @param indexes which text an entry is. */
export async function measureWindows(
  recall: Recall,
  { text, relevant }: Question,
  indexes: ReadonlyMap<EntryId, number>,
  figures: WindowFigures,
): Promise<void> {
  const shareOf = (ids: readonly EntryId[]): number =>
    ids.filter((id) => relevant.has(indexes.get(id) ?? -1)).length / relevant.size;
  const labels = ["cluster"] as const;
  const hits = await recall.search({ text, k: HITS, labels });
  figures.questions += 1;
  for (const [budget, sums] of figures.byBudget) {
    const { passages, tokens } = await recall.window({ text, labels }, budget);
    sums.window += shareOf(passages.flatMap(({ members }) => members.map(({ id }) => id)));
    sums.tokens += tokens;
    let left = budget;
    const first: EntryId[] = [];
    for (const { id, content } of hits) {
      left -= estimateTokens(content) + PASSAGE_OVERHEAD_TOKENS;
      if (left < 0) break;
      first.push(id);
    }
    sums.first += shareOf(first);
  }
}

export function windowRows(name: string, { byBudget, questions }: WindowFigures): BenchRow[] {
  return [...byBudget].map(([budget, { window, first, tokens }]) => ({
    quantity: `${name} evidence in a window of ${budget} tokens (${Math.round(tokens / questions)} used)`,
    value: window / questions,
    unit: "share",
    ...(first === 0 || window === 0
      ? {}
      : { baseline: { of: "the first hits that fit", value: first / questions }, ratio: window / first }),
  }));
}
