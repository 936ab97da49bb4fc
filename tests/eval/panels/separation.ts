/**
 * Does trust separate good, noisy and hostile peers? 60 voices right with .8, 20 with .6, 20 hostile ones that give one
 * common wrong answer on 70 % of the questions and behave well on the rest.
 */
import type { Measurement, Panel } from "../panel.ts";
import type { Matrix } from "../questions.ts";
import { randomOf, shuffled } from "../random.ts";
import { type Behaviour, type ErrorModel, errorModelOf, simulate } from "../simulated.ts";
import { type EvaluatedSpore, keyOf, NOW } from "../spore.ts";
import { areaUnderCurve, bootstrapMean, quantile } from "../statistics.ts";
import { rightOf, trained } from "./recorded-run.ts";

const GOOD = 60;
const NOISY = 20;
const HOSTILE = 20;
const ORACLE_ITEMS = 2_000;
const TEST_ITEMS = 1_500;
const REGRET_PANEL = 7;

function swarmOf(model: ErrorModel, count: number, seed: number): Matrix {
  const behaviours: Behaviour[] = [
    ...Array.from({ length: GOOD }, () => ({ kind: "honest", accuracy: 0.8 }) as const),
    ...Array.from({ length: NOISY }, () => ({ kind: "honest", accuracy: 0.6 }) as const),
    ...Array.from({ length: HOSTILE }, () => ({ kind: "colluding", share: 0.7, accuracy: 0.8 }) as const),
  ];
  const names = behaviours.map((_, index) => `voice ${index}`);
  return simulate(names, behaviours, count, model, randomOf(seed));
}

function scores(spore: EvaluatedSpore, matrix: Matrix): readonly { mean: number; lower: number }[] {
  const view = spore.ledger.view(NOW);
  return matrix.models.map((name) => view.score(keyOf(name), null));
}

export const separation: Panel = {
  name: "separation",
  question: "Does trust separate?",
  async run({ recorded, seeds }) {
    const model = errorModelOf(recorded);
    const detail = `simulated: phi ${model.phi.toFixed(2)}, same error ${model.sameError.toFixed(2)}`;
    const collected = new Map<string, { unit: string; value: number }[]>();
    const note = (id: string, seed: number, value: number): void => {
      collected.set(id, [...(collected.get(id) ?? []), { unit: `${seed}`, value }]);
    };
    for (const seed of seeds) {
      const matrix = swarmOf(model, 200, seed);
      for (const items of [30, 100, 200]) {
        const spore = trained(matrix, matrix.questions.slice(0, items));
        const seen = scores(spore, matrix);
        const lower = seen.map((score) => score.lower);
        if (items < 200)
          note(`separation.auc.${items}`, seed, areaUnderCurve(lower.slice(0, GOOD), lower.slice(GOOD)));
        if (items === 100) note("separation.spread", seed, quantile(lower, 0.9) - quantile(lower, 0.1));
        if (items === 200)
          note(
            "separation.calibration",
            seed,
            calibrationError(
              seen.map(({ mean }) => mean),
              model,
              seed,
            ),
          );
      }
      note("separation.regret", seed, regret(model, seed));
    }
    return [...collected].map(
      ([id, values]): Measurement => ({
        id,
        ...bootstrapMean(values),
        baseline: null,
        n: values.length * (GOOD + NOISY + HOSTILE),
        detail,
      }),
    );
  },
};

/** Mean distance between a voice's trust and how often it is right on fresh questions. */
function calibrationError(means: readonly number[], model: ErrorModel, seed: number): number {
  const fresh = swarmOf(model, TEST_ITEMS, seed + 10_000);
  const distances = means.map((mean, voice) => {
    const right = fresh.questions.filter(({ answers, truth }) => answers[voice] === truth).length;
    return Math.abs(mean - right / TEST_ITEMS);
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

/** Accuracy lost against weights from 2,000 graded items, for a random panel that has seen 200. */
function regret(model: ErrorModel, seed: number): number {
  const all = swarmOf(model, ORACLE_ITEMS + TEST_ITEMS, seed + 20_000);
  const chosen = shuffled(
    all.models.map((_, index) => index),
    randomOf(seed),
  ).slice(0, REGRET_PANEL);
  const panel: Matrix = {
    models: chosen.map((index) => all.models[index] ?? ""),
    questions: all.questions.map((question) => ({
      ...question,
      answers: chosen.map((index) => question.answers[index]),
    })),
  };
  const held = panel.questions.slice(ORACLE_ITEMS);
  const [learnt, oracle] = [200, ORACLE_ITEMS].map((items) => {
    const spore = trained(panel, panel.questions.slice(0, items));
    return held.filter((question) => rightOf(spore, panel, question)).length / held.length;
  }) as [number, number];
  return oracle - learnt;
}
