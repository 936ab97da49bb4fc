/**
 * Is it robust? Hostile minorities, camouflaged copies, strangers with a thousand keys, and peers that turn after a long
 * good record. The loss is what the attack takes from the same honest panel, question by question.
 *
 * The limit, stated: all of this rests on graded items. With nothing graded a majority of strangers is the majority;
 * a peer that lies only where nobody ever grades is not found by grading.
 */
import { present } from "@synapse/shared/assert.ts";
import { dawidSkene, isCorrect } from "../baselines.ts";
import { type Measurement, notMeasurable, type Outcome, type Panel } from "../panel.ts";
import { type Matrix, type Question, type Recorded, restrict } from "../questions.ts";
import { randomOf, shuffled } from "../random.ts";
import { type ErrorModel, errorModelOf } from "../simulated.ts";
import { EvaluatedSpore, keyOf, NOW } from "../spore.ts";
import { bootstrapMean, quantile } from "../statistics.ts";
import { itemsOf, type Swarm, soonest } from "../turncoat-limit.ts";
import { namedPanels } from "./diversity.ts";
import { repliesTo, rightOf, shortfall, split, trained } from "./recorded-run.ts";

const GRADED = 100;
const HONEST = 21;
const SYBILS = 200;
const STRANGERS = 1_000;
const TURNCOAT_RUNS = 60;
/** Of a turncoat before it turns, and of those it is graded beside. */
const LOYAL_ACCURACY = 0.8;
const LOYAL_ITEMS = 200;
const TURN_ITEMS = 60;
/** Who answer the same tasks. */
const OTHERS = 6;
/** What a quicker detector costs, as shares of steady peers; the first is about what the product's one costs. */
const SUSPECTED_SHARES = [0.05, 0.1, 0.3, 0.5];

const HOSTILE_SHARES = [0.1, 0.3, 0.49];
const hostileId = (share: number): string => `robustness.hostile.${Math.round(share * 100)}`;
const SYBIL_IDS = ["robustness.sybil.200", "robustness.sybil.influence"];
const RECORDED_IDS = [...HOSTILE_SHARES.map(hostileId), ...SYBIL_IDS];

type Observed = { unit: string; value: number }[];

export const robustness: Panel = {
  name: "robustness",
  question: "Is it robust?",
  async run({ recorded, lacking, seeds }) {
    const results = recorded === null ? notMeasurable(RECORDED_IDS, lacking) : onRecorded(recorded, seeds);
    const model = errorModelOf(recorded);
    results.push(turncoats("robustness.turncoat", model, "wrong at once, after 200 at .8", () => 1));
    results.push(
      turncoats(
        "robustness.turncoat.slow",
        model,
        "wrong in .23 of items, then one in 30 more each time, up to .9",
        (item) => Math.min(0.9, 0.2 + item / 30),
      ),
    );
    return results;
  },
};

function onRecorded(recorded: Recorded, seeds: readonly number[]): Outcome[] {
  const few = shortfall(recorded.gsm8k, GRADED, HONEST);
  const hostile =
    few === null
      ? HOSTILE_SHARES.map((share) => hostileMinority(recorded.gsm8k, share, seeds))
      : notMeasurable(HOSTILE_SHARES.map(hostileId), few);
  const free = present(
    namedPanels(recorded).find(({ name }) => name === "free-tier"),
    "one of the named panels",
  ).matrix;
  const sybils = free.ok
    ? [camouflagedSybils(free.value, seeds), strangersInfluence(free.value)]
    : notMeasurable(SYBIL_IDS, free.error);
  return [...hostile, ...sybils];
}

/** The worse of two strategies: always wrong together; wrong together on half the questions, right as often as not else. */
function hostileMinority(matrix: Matrix, share: number, seeds: readonly number[]): Measurement {
  const strategies = [1, 0.5].map((plotShare) => {
    const losses: Observed = [];
    let unanchored = 0;
    for (const seed of seeds) {
      const honest = restrict(matrix, shuffled(matrix.models, randomOf(seed)).slice(0, HONEST).sort());
      const hostile = Math.round((share / (1 - share)) * HONEST);
      const attacked = withColluders(honest, hostile, plotShare, seed);
      losses.push(...pairedLoss(honest, attacked, seed));
      const skene = dawidSkene(attacked.questions, attacked.models.length);
      unanchored +=
        attacked.questions.filter(({ truth }, index) => isCorrect(skene[index], truth)).length /
        attacked.questions.length;
    }
    return { ...bootstrapMean(losses), n: losses.length, unanchored: unanchored / seeds.length };
  });
  const worst = strategies.reduce((a, b) => (b.value > a.value ? b : a));
  return {
    id: hostileId(share),
    ...worst,
    baseline: null,
    detail: `${Math.round((share / (1 - share)) * HONEST)} colluders among ${HONEST} honest models, worse of two strategies; unanchored Dawid-Skene right on ${worst.unanchored.toFixed(3)}`,
  };
}

function withColluders(honest: Matrix, count: number, plotShare: number, seed: number): Matrix {
  const random = randomOf(seed + 7_000);
  const names = Array.from({ length: count }, (_, index) => `colluder ${index}`);
  const questions = honest.questions.map((question) => {
    const plot = random() < plotShare;
    return {
      ...question,
      answers: [...question.answers, ...names.map(() => (plot ? wrongAnswer(question) : question.truth))],
    };
  });
  return { models: [...honest.models, ...names], questions };
}

function wrongAnswer({ truth, form }: Question): string {
  if (form.type === "choice") return form.options.find((option) => option !== truth) ?? truth;
  return String(Number(truth) + 1);
}

function pairedLoss(honest: Matrix, attacked: Matrix, seed: number): Observed {
  const [clean, dirty] = [split(honest, seed, GRADED), split(attacked, seed, GRADED)];
  const [before, after] = [trained(honest, clean.graded), trained(attacked, dirty.graded)];
  return clean.held.map((question, index) => {
    const attackedQuestion = dirty.held[index] as Question;
    const was = rightOf(before, honest, question) ? 1 : 0;
    return { unit: question.id, value: was - (rightOf(after, attacked, attackedQuestion) ? 1 : 0) };
  });
}

/** Two hundred copies that answer like the first member, but plot together on three questions in ten. */
export function withSybils(honest: Matrix, seed: number): Matrix {
  const random = randomOf(seed + 9_000);
  const names = Array.from({ length: SYBILS }, (_, index) => `sybil ${index}`);
  const questions = honest.questions.map((question) => {
    const answer = random() < 0.3 ? wrongAnswer(question) : (question.answers[0] ?? null);
    return { ...question, answers: [...question.answers, ...names.map(() => answer)] };
  });
  return { models: [...honest.models, ...names], questions };
}

function camouflagedSybils(honest: Matrix, seeds: readonly number[]): Measurement {
  const losses: Observed = [];
  for (const seed of seeds) losses.push(...pairedLoss(honest, withSybils(honest, seed), seed));
  return {
    id: "robustness.sybil.200",
    ...bootstrapMean(losses),
    baseline: null,
    n: losses.length,
    detail: `${SYBILS} copies against ${honest.models.length} honest models`,
  };
}

/** Share of the weight that a thousand ungraded keys hold in a panel of proven voices. */
function strangersInfluence(honest: Matrix): Measurement {
  const { graded, held } = split(honest, 1, GRADED);
  const spore = trained(honest, graded);
  const names = Array.from({ length: STRANGERS }, (_, index) => keyOf(`stranger ${index}`));
  const shares: Observed = held.slice(0, 20).map((question) => {
    const strangers = names.map((author) => ({ author, value: wrongAnswer(question) }));
    const { voices } = spore.answer(question, [...repliesTo(honest, question), ...strangers]);
    const total = voices.reduce((sum, { weight }) => sum + weight, 0);
    const proven = new Set(honest.models.map(keyOf));
    const held = voices.reduce(
      (sum, { author, weight }) => (proven.has(author as never) ? sum : sum + weight),
      0,
    );
    return { unit: question.id, value: held / total };
  });
  return {
    id: "robustness.sybil.influence",
    ...bootstrapMean(shares),
    baseline: STRANGERS / (STRANGERS + honest.models.length),
    n: shares.length,
  };
}

/**
 * Graded items until a peer that turned has lost its tier: the 95th percentile over many runs. The baseline is the
 * soonest that any detector could be.
 *
 * @param wrongShare how often it is wrong, at the first item after the turn, the second, …
 */
function turncoats(
  id: string,
  model: ErrorModel,
  turn: string,
  wrongShare: (item: number) => number,
): Measurement {
  const delays = (others: number): readonly number[] =>
    Array.from({ length: TURNCOAT_RUNS }, (_, run) =>
      itemsUntilDemoted({ accuracy: LOYAL_ACCURACY, others, model }, wrongShare, run),
    );
  const [needed, alone] = [delays(OTHERS), delays(0)];
  const best = soonest({ accuracy: LOYAL_ACCURACY, others: OTHERS, model }, wrongShare, SUSPECTED_SHARES);
  return {
    id,
    value: quantile(needed, 0.95),
    low: quantile(needed, 0.5),
    high: Math.max(...needed),
    baseline: best[0] ?? null,
    n: TURNCOAT_RUNS,
    detail: `95th percentile of graded items until the tier is lost, beside ${OTHERS} others: ${turn}; interval: median to maximum; graded alone ${quantile(alone, 0.95)}; known beforehand it takes ${best.join(", ")} where ${SUSPECTED_SHARES.join(", ")} of steady peers may be suspected within 200 items`,
  };
}

export function itemsUntilDemoted(swarm: Swarm, wrongShare: (item: number) => number, run: number): number {
  const items = itemsOf(swarm, LOYAL_ITEMS + TURN_ITEMS, randomOf(run + 1));
  const random = randomOf(run + 5_000);
  const spore = new EvaluatedSpore();
  const learn = (question: Question) =>
    spore.learn(
      question,
      question.answers.map((value, index) => ({ author: keyOf(`peer ${index}`), value: value ?? null })),
    );
  for (const question of items.slice(0, LOYAL_ITEMS)) learn(question);
  const tier = (): string => spore.ledger.view(NOW + 1_000_000).score(keyOf("peer 0"), null).tier;
  const before = tier();
  for (const [at, question] of items.slice(LOYAL_ITEMS).entries()) {
    const own = random() < wrongShare(at + 1) ? wrongAnswer(question) : question.truth;
    learn({ ...question, answers: [own, ...question.answers.slice(1)] });
    if (tier() !== before) return at + 1;
  }
  return TURN_ITEMS;
}
