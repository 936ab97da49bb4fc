/**
 * Does diversity help? Panels of real models after 100 graded tasks, against the best single model in hindsight (chosen
 * on the very questions it is compared on, which no real user could do), a plain vote, log-odds and Dawid-Skene.
 */

import { err, ok, type Result } from "@synapse/shared/result.ts";
import { accuracyOf, dawidSkene, isCorrect, logOddsWeights, plurality } from "../baselines.ts";
import { type Measurement, notMeasurable, type Outcome, type Panel } from "../panel.ts";
import { lackingModels, type Matrix, type Recorded, restrict } from "../questions.ts";
import { randomOf, shuffled } from "../random.ts";
import { bootstrapMean, mcNemar } from "../statistics.ts";
import { rightOf, shortfall, split, trained } from "./recorded-run.ts";

const GRADED = 100;
const RANDOM_PANELS = 30;
const SHORT_BY = -0.005;
const RANDOM_SIZES = [3, 5, 7, 9, 12];

/** Seven families each; "free-tier" are models of the class that free API tiers serve. */
const NAMED_PANELS: readonly {
  readonly name: string;
  readonly data: "gsm8k" | "mmluPro";
  readonly models: readonly string[];
}[] = [
  {
    name: "free-tier",
    data: "gsm8k",
    models: [
      "gpt-3.5-turbo-0125",
      "Qwen2-7B-Instruct",
      "command-r-plus",
      "Yi-1.5-9B-Chat",
      "Meta-Llama-3-8B-Instruct",
      "reka-flash-20240226",
      "Mixtral-8x7B-Instruct-v0.1",
    ],
  },
  {
    name: "same-family",
    data: "gsm8k",
    models: [
      "Llama-3.1-405B-Inst@sambanova",
      "Llama-3.1-405B-Instruct-Turbo",
      "Meta-Llama-3-70B-Instruct",
      "Meta-Llama-3-8B-Instruct",
      "Meta-Llama-3.1-405B-Instruct@hyperbolic",
      "Meta-Llama-3.1-70B-Instruct",
      "Meta-Llama-3.1-8B-Instruct",
    ],
  },
  {
    name: "near-equal",
    data: "mmluPro",
    models: [
      "jamba-1.5-large",
      "Qwen1.5-72B-Chat",
      "Meta-Llama-3_1-8B-Instruct",
      "Yi-34B",
      "Mixtral-8x7B-Instruct-v0.1",
      "Phi-3-mini-4k-instruct",
      "c4ai-command-r-v01",
    ],
  },
  {
    name: "uneven",
    data: "mmluPro",
    models: [
      "gemini-1.5-flash-002",
      "Meta-Llama-3_1-70B-Instruct",
      "Qwen1.5-110B",
      "jamba-1.5-large",
      "Mixtral-8x7B-Instruct-v0.1",
      "Phi-3-mini-4k-instruct",
      "c4ai-command-r-v01",
    ],
  },
];

const WITH_VALUE = new Set(["free-tier", "near-equal"]);
const ALL = "all";
const RANDOM_ID = "diversity.random.margin";

export interface NamedPanel {
  readonly name: string;
  /** Its answers, or which of its models have none. */
  readonly matrix: Result<Matrix, string>;
}

export function namedPanels(recorded: Recorded): readonly NamedPanel[] {
  return NAMED_PANELS.map(({ name, data, models }) => {
    const lacking = lackingModels(recorded[data], models);
    if (lacking.length > 0)
      return { name, matrix: err(`needs answers of ${lacking.join(", ")} to ${TITLES[data]}`) };
    return { name, matrix: usable(restrict(recorded[data], models)) };
  });
}

const TITLES = { gsm8k: "GSM8K", mmluPro: "MMLU-Pro" } as const;

function usable(matrix: Matrix): Result<Matrix, string> {
  const short = shortfall(matrix, GRADED);
  return short === null ? ok(matrix) : err(short);
}

function idsOf(name: string): string[] {
  return [...(WITH_VALUE.has(name) ? [`diversity.${name}`] : []), `diversity.${name}.margin`];
}

export const diversity: Panel = {
  name: "diversity",
  question: "Does diversity help?",
  async run({ recorded, lacking, seeds }) {
    if (recorded === null) {
      const ids = [...NAMED_PANELS.map(({ name }) => name), ALL].flatMap(idsOf);
      return notMeasurable([...ids, RANDOM_ID], lacking);
    }
    const panels = [...namedPanels(recorded), { name: ALL, matrix: usable(recorded.mmluPro) }];
    const named = panels.flatMap(({ name, matrix }): Outcome[] =>
      matrix.ok ? comparePanel(name, matrix.value, seeds) : notMeasurable(idsOf(name), matrix.error),
    );
    const short = shortfall(recorded.mmluPro, GRADED, Math.max(...RANDOM_SIZES));
    if (short !== null) return [...named, ...notMeasurable([RANDOM_ID], short)];
    return [...named, randomPanels(recorded.mmluPro, seeds[0] ?? 1)];
  },
};

function comparePanel(name: string, matrix: Matrix, seeds: readonly number[]): Measurement[] {
  const swarm: { unit: string; value: number }[] = [];
  const margin: { unit: string; value: number }[] = [];
  const others = { best: 0, plurality: 0, logOdds: 0, dawidSkene: 0 };
  let [onlySwarm, onlyBest] = [0, 0];
  for (const seed of seeds) {
    const { graded, held } = split(matrix, seed, GRADED);
    const spore = trained(matrix, graded);
    const best = matrix.models
      .map((_, model) => accuracyOf(held, model))
      .reduce((a, b, i, all) => (b > (all[a] ?? 0) ? i : a), 0);
    const logOdds = logOddsWeights(graded, matrix.models.length);
    const skene = dawidSkene(held, matrix.models.length);
    for (const [index, question] of held.entries()) {
      const right = rightOf(spore, matrix, question);
      const alone = isCorrect(question.answers[best], question.truth);
      swarm.push({ unit: question.id, value: right ? 1 : 0 });
      if (question.answers[best] !== undefined) {
        margin.push({ unit: question.id, value: (right ? 1 : 0) - (alone ? 1 : 0) });
        others.best += alone ? 1 : 0;
        if (right && !alone) onlySwarm += 1;
        if (alone && !right) onlyBest += 1;
      }
      others.plurality += isCorrect(plurality(question), question.truth) ? 1 : 0;
      others.logOdds += isCorrect(plurality(question, logOdds), question.truth) ? 1 : 0;
      others.dawidSkene += isCorrect(skene[index], question.truth) ? 1 : 0;
    }
  }
  const share = (count: number): string => (count / swarm.length).toFixed(3);
  const bestSingle = others.best / Math.max(1, margin.length);
  const detail = `best ${bestSingle.toFixed(3)}, vote ${share(others.plurality)}, log-odds ${share(others.logOdds)}, Dawid-Skene ${share(others.dawidSkene)}; McNemar against the best, per seed p = ${mcNemar(Math.round(onlySwarm / seeds.length), Math.round(onlyBest / seeds.length)).toPrecision(2)}`;
  const value = bootstrapMean(swarm);
  const measurements: Measurement[] = [
    {
      id: `diversity.${name}.margin`,
      ...bootstrapMean(margin),
      baseline: bestSingle,
      n: margin.length,
      detail: `swarm ${value.value.toFixed(3)}, ${detail}`,
    },
  ];
  if (WITH_VALUE.has(name)) {
    measurements.unshift({
      id: `diversity.${name}`,
      ...value,
      baseline: others.plurality / swarm.length,
      n: swarm.length,
    });
  }
  return measurements;
}

/** Thirty panels nobody picked: mean margin over the best member, and how many fall short. */
function randomPanels(matrix: Matrix, seed: number): Measurement {
  const margins: { unit: string; value: number }[] = [];
  let short = 0;
  for (let index = 0; index < RANDOM_PANELS; index += 1) {
    const size = RANDOM_SIZES[index % RANDOM_SIZES.length] ?? 7;
    const models = shuffled(matrix.models, randomOf(seed * 1_000 + index))
      .slice(0, size)
      .sort();
    const panel = restrict(matrix, models);
    const { graded, held } = split(panel, seed + index, GRADED);
    const spore = trained(panel, graded);
    const best = models
      .map((_, model) => accuracyOf(held, model))
      .reduce((a, b, i, all) => (b > (all[a] ?? 0) ? i : a), 0);
    const asked = held.filter(({ answers }) => answers[best] !== undefined);
    const right = asked.filter((question) => rightOf(spore, panel, question)).length;
    const alone = asked.filter(({ answers, truth }) => isCorrect(answers[best], truth)).length;
    const margin = (right - alone) / asked.length;
    margins.push({ unit: String(index), value: margin });
    if (margin < SHORT_BY) short += 1;
  }
  return {
    id: RANDOM_ID,
    ...bootstrapMean(margins),
    baseline: 0,
    n: RANDOM_PANELS,
    detail: `${short} of ${RANDOM_PANELS} panels more than half a point below their best member`,
  };
}
