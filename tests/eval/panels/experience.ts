/**
 * Does experience compound? All recorded MMLU-Pro models, strangers at first; after n graded tasks the rest of the
 * questions is answered. The baseline is the same spore with nothing graded. The first 3,000 of each shuffle are for learning whatever n is, so all sizes meet the same test.
 */
import { notMeasurable, type Outcome, type Panel } from "../panel.ts";
import { EvaluatedSpore } from "../spore.ts";
import { bootstrapMean } from "../statistics.ts";
import { rightOf, split, trained } from "./recorded-run.ts";

const SIZES = [25, 100, 3_000];

function idOf(size: number): string {
  return `experience.${size}`;
}

export const experience: Panel = {
  name: "experience",
  question: "Does experience compound?",
  async run({ recorded, lacking, seeds }) {
    if (recorded === null) return notMeasurable(SIZES.map(idOf), lacking);
    const matrix = recorded.mmluPro;
    const learnable = Math.min(3_000, Math.floor(matrix.questions.length / 2));
    const results: Outcome[] = [];
    const fresh: { unit: string; value: number }[] = [];
    for (const size of SIZES) {
      if (size > learnable) {
        const reason = `needs ${2 * size} questions; there are ${matrix.questions.length}`;
        results.push(...notMeasurable([idOf(size)], reason));
        continue;
      }
      const observed: { unit: string; value: number }[] = [];
      for (const seed of seeds) {
        const { graded, held } = split(matrix, seed, size, learnable);
        const spore = trained(matrix, graded);
        const stranger = size === SIZES[0] ? new EvaluatedSpore() : null;
        for (const question of held) {
          observed.push({ unit: question.id, value: rightOf(spore, matrix, question) ? 1 : 0 });
          if (stranger !== null) {
            fresh.push({ unit: question.id, value: rightOf(stranger, matrix, question) ? 1 : 0 });
          }
        }
      }
      results.push({
        id: idOf(size),
        ...bootstrapMean(observed),
        baseline: bootstrapMean(fresh).value,
        n: observed.length,
      });
    }
    return results;
  },
};
