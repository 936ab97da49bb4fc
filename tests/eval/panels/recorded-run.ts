/** One run on recorded answers: grade some questions, answer the rest, remember who was right. */

import type { Matrix, Question } from "../questions.ts";
import { randomOf, shuffled } from "../random.ts";
import { EvaluatedSpore, isRight, keyOf, type Reply, type RuleOptions } from "../spore.ts";

export function repliesTo(matrix: Matrix, { answers }: Question): readonly Reply[] {
  return matrix.models.flatMap((model, index) => {
    const value = answers[index];
    return value === undefined ? [] : [{ author: keyOf(model), value }];
  });
}

/** Why these answers are too few for a run that grades this many of their questions; null where they are not. */
export function shortfall({ models, questions }: Matrix, graded: number, modelsLeast = 2): string | null {
  if (models.length < modelsLeast) return `needs ${modelsLeast} models; there are ${models.length}`;
  if (questions.length <= graded) return `needs more than ${graded} questions; there are ${questions.length}`;
  return null;
}

export interface Split {
  readonly graded: readonly Question[];
  readonly held: readonly Question[];
}

/** The first `graded` of a seeded shuffle are learnt from; those after `heldFrom` are answered. */
export function split(matrix: Matrix, seed: number, graded: number, heldFrom = graded): Split {
  const questions = shuffled(matrix.questions, randomOf(seed));
  return { graded: questions.slice(0, graded), held: questions.slice(heldFrom) };
}

export function trained(matrix: Matrix, graded: readonly Question[], options?: RuleOptions): EvaluatedSpore {
  const spore = new EvaluatedSpore(options);
  for (const question of graded) spore.learn(question, repliesTo(matrix, question));
  return spore;
}

export function rightOf(spore: EvaluatedSpore, matrix: Matrix, question: Question): boolean {
  return isRight(spore.answer(question, repliesTo(matrix, question)), question);
}
