/** What the swarm is compared with. None of it is used by the product. */
import type { Question } from "./questions.ts";

type Answer = string | null | undefined;

/** Most voices win; a tie goes to the answer that comes first in a fixed scramble, so no letter is favoured. */
export function plurality(
  { id, answers }: Question,
  weights: readonly number[] = answers.map(() => 1),
): string | null {
  const scores = new Map<string, number>();
  for (const [index, answer] of answers.entries()) {
    if (typeof answer === "string") scores.set(answer, (scores.get(answer) ?? 0) + (weights[index] ?? 0));
  }
  let best: [string, number] | null = null;
  for (const [answer, score] of scores) {
    const wins =
      best === null ||
      score > best[1] ||
      (score === best[1] && before(`${id} ${answer}`, `${id} ${best[0]}`));
    if (wins) best = [answer, score];
  }
  return best?.[0] ?? null;
}

function before(a: string, b: string): boolean {
  return Bun.hash(a) < Bun.hash(b);
}

export function isCorrect(answer: Answer, truth: string): boolean {
  return answer === truth || (typeof answer === "string" && Number(answer) === Number(truth));
}

export function accuracyOf(questions: readonly Question[], model: number): number {
  const asked = questions.filter(({ answers }) => answers[model] !== undefined);
  return (
    asked.filter(({ answers, truth }) => isCorrect(answers[model], truth)).length / Math.max(1, asked.length)
  );
}

/** Independent log-odds: each voice by its own record on the graded questions (Nitzan & Paroush 1982). */
export function logOddsWeights(graded: readonly Question[], models: number): readonly number[] {
  return Array.from({ length: models }, (_, model) => {
    const right = graded.filter(({ answers, truth }) => isCorrect(answers[model], truth)).length;
    const accuracy = (right + 1) / (graded.length + 2);
    return Math.max(0, Math.log((accuracy * 9) / (1 - accuracy)));
  });
}

/** Dawid & Skene (1979) with one accuracy a voice, by EM, without any graded item. */
export function dawidSkene(questions: readonly Question[], models: number): readonly (string | null)[] {
  let accuracies = Array.from({ length: models }, () => 0.6);
  let guesses: (string | null)[] = [];
  for (let round = 0; round < 20; round += 1) {
    const weights = accuracies.map((accuracy) => Math.max(0, Math.log((accuracy * 9) / (1 - accuracy))));
    guesses = questions.map((question) => plurality(question, weights));
    accuracies = accuracies.map((_, model) => {
      const asked = questions.filter(({ answers }) => typeof answers[model] === "string");
      const agreed = questions.filter(
        ({ answers }, index) => typeof answers[model] === "string" && answers[model] === guesses[index],
      );
      return Math.min(0.98, (agreed.length + 1) / (asked.length + 2));
    });
  }
  return guesses;
}
