/**
 * Does each mechanism help? The same questions with and without it, on recorded answers, over the named panels and all
 * models together. An effect whose interval does not lie above zero ships switched off.
 */
import { brierScore } from "@synapse/spore/quantum/superposition.ts";
import { isCorrect, logOddsWeights, plurality } from "../baselines.ts";
import { type Measurement, notMeasurable, type Panel } from "../panel.ts";
import type { Matrix } from "../questions.ts";
import { randomOf } from "../random.ts";
import { EvaluatedSpore, isRight, keyOf, type RuleOptions } from "../spore.ts";
import { bootstrapMean } from "../statistics.ts";
import { namedPanels } from "./diversity.ts";
import { repliesTo, rightOf, shortfall, split, trained } from "./recorded-run.ts";
import { withSybils } from "./robustness.ts";

const GRADED = 100;
const TOPIC_GRADED = 1_000;
const CLONES = 6;
/** Enough that a pair may count as entangled, few enough that a record of one's own says little. */
const NEWCOMER_GRADED = 15;
/** Draws of newcomers for each seed, and questions asked in each. */
const DRAWS = 4;
const DRAW_QUESTIONS = 1_000;

type Observed = { unit: string; value: number }[];

export const ablation: Panel = {
  name: "ablation",
  question: "Does each mechanism help?",
  async run({ recorded, lacking, seeds }) {
    if (recorded === null) return notMeasurable([...PANEL_IDS, PRIOR_ID, TOPICS_ID], lacking);
    const { mmluPro } = recorded;
    const named = namedPanels(recorded);
    const panels = named.flatMap(({ name, matrix }) => (matrix.ok ? [{ name, matrix: matrix.value }] : []));
    const all = [...panels, { name: "all", matrix: mmluPro }];
    const free = panels.find(({ name }) => name === "free-tier");
    const few = shortfall(mmluPro, GRADED);
    const fewTopics = shortfall(mmluPro, TOPIC_GRADED);
    const missing = named.flatMap(({ name, matrix }) => (matrix.ok ? [] : [`${name} ${matrix.error}`]));
    return [
      // Over fewer panels they would be other figures than the goals were set for.
      ...(free === undefined || missing.length > 0 || few !== null
        ? notMeasurable(PANEL_IDS, missing.join("; ") || (few ?? ""))
        : [
            interference(all, seeds),
            superposition(all, seeds),
            entanglement(free.matrix, seeds),
            benignEntanglement(panels, seeds),
            jointWeights(all, seeds),
          ]),
      ...(few === null ? [partnersLend(mmluPro, seeds)] : notMeasurable([PRIOR_ID], few)),
      ...(fewTopics === null ? [topics(mmluPro, seeds)] : notMeasurable([TOPICS_ID], fewTopics)),
    ];
  },
};

/** What is measured over the named panels. */
const PANEL_IDS = [
  "ablation.interference",
  "ablation.superposition",
  "ablation.entanglement",
  "ablation.entanglement.benign",
  "ablation.joint-weights",
];
const PRIOR_ID = "ablation.entanglement.prior";
const TOPICS_ID = "ablation.topics";

type Panels = readonly { readonly name: string; readonly matrix: Matrix }[];

function effect(id: string, observed: Observed, detail: string): Measurement {
  return { id, ...bootstrapMean(observed), baseline: 0, n: observed.length, detail };
}

function interference(panels: Panels, seeds: readonly number[]): Measurement {
  const observed: Observed = [];
  let [rescued, lost] = [0, 0];
  for (const { name, matrix } of panels) {
    for (const seed of seeds) {
      const { graded, held } = split(matrix, seed, GRADED);
      const spore = trained(matrix, graded);
      for (const question of held) {
        const replies = repliesTo(matrix, question);
        const plain = isRight(spore.answer(question, replies, { interference: false }), question);
        const amplified = isRight(spore.answer(question, replies, { interference: true }), question);
        if (amplified && !plain) rescued += 1;
        if (plain && !amplified) lost += 1;
        observed.push({ unit: `${name} ${question.id}`, value: Number(amplified) - Number(plain) });
      }
    }
  }
  return effect(
    "ablation.interference",
    observed,
    `accuracy with less without; answers put right ${rescued}, put wrong ${lost}`,
  );
}

/** Brier score of the plain vote's shares less that of the posterior: positive where the posterior knows better. */
function superposition(panels: Panels, seeds: readonly number[]): Measurement {
  const observed: Observed = [];
  let [posterior, shares] = [0, 0];
  for (const { name, matrix } of panels) {
    for (const seed of seeds) {
      const { graded, held } = split(matrix, seed, GRADED);
      const spore = trained(matrix, graded);
      for (const question of held) {
        const { clusters, none } = spore.answer(question, repliesTo(matrix, question));
        if (clusters.length === 0) continue;
        const right = (index: number): boolean => isCorrect(clusters[index]?.value, question.truth);
        const votes = clusters.reduce((sum, { members }) => sum + members.length, 0);
        const vote = clusters.map(({ members }) => ({ posterior: members.length / votes }));
        const [own, plain] = [brierScore(clusters, none, right), brierScore(vote, 0, right)];
        posterior += own;
        shares += plain;
        observed.push({ unit: `${name} ${question.id}`, value: plain - own });
      }
    }
  }
  return effect(
    "ablation.superposition",
    observed,
    `Brier score: posterior ${(posterior / observed.length).toFixed(3)}, vote shares ${(shares / observed.length).toFixed(3)}`,
  );
}

/** The free-tier panel against 200 camouflaged copies of one member: what the copy discount wins back. */
function entanglement(honest: Matrix, seeds: readonly number[]): Measurement {
  const observed = seeds.flatMap((seed) =>
    difference("free-tier", withSybils(honest, seed), seed, {}, { entanglement: false }),
  );
  return effect(
    "ablation.entanglement",
    observed,
    "accuracy under 200 camouflaged copies, with less without the copy discount",
  );
}

/** Every panel with its last member copied six times over, honestly: the discount must cost nothing. */
function benignEntanglement(panels: Panels, seeds: readonly number[]): Measurement {
  const observed = panels.flatMap(({ name, matrix }) =>
    seeds.flatMap((seed) => difference(name, withClones(matrix), seed, {}, { entanglement: false })),
  );
  return effect(
    "ablation.entanglement.benign",
    observed,
    `panels with ${CLONES} honest copies of one member`,
  );
}

/**
 * All models, of which half are newcomers that took part in the last graded tasks only: what it brings that partners who
 * succeed together lend each other evidence. Which models are newcomers decides more than which questions are asked, so
 * the interval is over draws of newcomers and graded tasks, not over questions.
 */
function partnersLend(matrix: Matrix, seeds: readonly number[]): Measurement {
  const observed: Observed = [];
  for (const seed of seeds.flatMap((one) => Array.from({ length: DRAWS }, (_, draw) => one + 1_000 * draw))) {
    const { graded, held } = split(matrix, seed, GRADED);
    const random = randomOf(seed + 61_000);
    const newcomers = new Set(matrix.models.filter(() => random() < 0.5).map(keyOf));
    const learnt = (options: RuleOptions): EvaluatedSpore => {
      const spore = new EvaluatedSpore(options);
      for (const [at, question] of graded.entries()) {
        const isLate = at >= GRADED - NEWCOMER_GRADED;
        spore.learn(
          question,
          repliesTo(matrix, question).filter(({ author }) => isLate || !newcomers.has(author)),
        );
      }
      return spore;
    };
    const [withIt, without] = [learnt({ lends: true }), learnt({ lends: false })];
    for (const question of held.slice(0, DRAW_QUESTIONS)) {
      observed.push({
        unit: `draw ${seed}`,
        value: Number(rightOf(withIt, matrix, question)) - Number(rightOf(without, matrix, question)),
      });
    }
  }
  return effect(
    PRIOR_ID,
    observed,
    `accuracy where half of the voices are newcomers with ${NEWCOMER_GRADED} of ${GRADED} graded tasks, over ${seeds.length * DRAWS} draws of both`,
  );
}

function withClones(matrix: Matrix): Matrix {
  const last = matrix.models.length - 1;
  const names = Array.from({ length: CLONES }, (_, index) => `clone ${index}`);
  return {
    models: [...matrix.models, ...names],
    questions: matrix.questions.map((question) => ({
      ...question,
      answers: [...question.answers, ...names.map(() => question.answers[last])],
    })),
  };
}

function difference(
  name: string,
  matrix: Matrix,
  seed: number,
  on: RuleOptions,
  off: RuleOptions,
  size = GRADED,
): Observed {
  const { graded, held } = split(matrix, seed, size);
  const [withIt, without] = [trained(matrix, graded, on), trained(matrix, graded, off)];
  return held.map((question) => ({
    unit: `${name} ${question.id}`,
    value: Number(rightOf(withIt, matrix, question)) - Number(rightOf(without, matrix, question)),
  }));
}

/** Jointly fitted weights against independent log-odds from the same graded items. */
function jointWeights(panels: Panels, seeds: readonly number[]): Measurement {
  const observed: Observed = [];
  for (const { name, matrix } of panels) {
    for (const seed of seeds) {
      const { graded, held } = split(matrix, seed, GRADED);
      const spore = trained(matrix, graded);
      const weights = logOddsWeights(graded, matrix.models.length);
      for (const question of held) {
        const alone = isCorrect(plurality(question, weights), question.truth);
        observed.push({
          unit: `${name} ${question.id}`,
          value: Number(rightOf(spore, matrix, question)) - Number(alone),
        });
      }
    }
  }
  return effect(
    "ablation.joint-weights",
    observed,
    "accuracy against independent log-odds from the same grades",
  );
}

function topics(matrix: Matrix, seeds: readonly number[]): Measurement {
  const observed = seeds.flatMap((seed) =>
    difference("all", matrix, seed, {}, { topics: false }, TOPIC_GRADED),
  );
  return effect(
    TOPICS_ID,
    observed,
    `competence by topic against one weight for all, after ${TOPIC_GRADED} graded tasks`,
  );
}
