/**
 * Simulated debaters, for mechanisms that act while a task is worked on: temperature, the distribution shown, and the
 * chance to leave a premature answer. They speak through the product's prompts, reading, rounds and rule.
 *
 * Stated assumptions. A question has a truth and a tempting wrong answer whose pull all debaters feel (as models' errors
 * agree in recorded data). A debater has a belief over the answers and samples from it at the temperature it is asked
 * with: p^(1/T), normalised, which is what sampling temperature means. Reading others moves its belief by a fixed share
 * towards the distribution it is shown, or towards their plain vote where none is shown. It states the belief in what it
 * says as its confidence, shaken by noise. After a blind cycle it starts from its own belief again. Every draw is taken
 * from the question, the debater and the cycle, so two arms meet the same luck.
 */
import { ok } from "@synapse/shared/result.ts";
import type { ChatModel } from "@synapse/spore/llm/provider.ts";
import { randomOf } from "./random.ts";
import { probit } from "./simulated.ts";

export interface DebateQuestion {
  readonly text: string;
  readonly truth: string;
  /** Belief of each debater before it hears anybody. */
  readonly beliefs: readonly ReadonlyMap<string, number>[];
}

const OPTIONS = ["Amber", "Basalt", "Cobalt", "Dolomite", "Emerald", "Feldspar"];
/** How far reading others moves a belief: .4 of the way, as conformity studies of debating models find a third to half. */
const INFLUENCE = 0.4;
const CONFIDENCE_NOISE = 0.12;
/** How peaked a belief is: the share of its log-odds that skill and difficulty decide. */
const SHARPNESS = 1.6;

export function debateQuestions(
  count: number,
  accuracies: readonly number[],
  loading: number,
  seed: number,
): readonly DebateQuestion[] {
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, (_, index) => {
    const difficulty = normal();
    const truth = OPTIONS[Math.floor(random() * OPTIONS.length)] as string;
    const wrong = OPTIONS.filter((option) => option !== truth);
    const tempting = wrong[Math.floor(random() * wrong.length)] as string;
    const beliefs = accuracies.map((accuracy) => {
      const margin = probit(accuracy) + Math.sqrt(loading) * difficulty + Math.sqrt(1 - loading) * normal();
      const scores = OPTIONS.map((option) =>
        option === truth ? SHARPNESS * margin : option === tempting ? 0 : -1.2 + 0.5 * normal(),
      );
      return softmax(new Map(OPTIONS.map((option, at) => [option, scores[at] ?? 0])));
    });
    return { text: `Which mineral is sample ${seed}-${index}?`, truth, beliefs };
  });
}

/** The debater with this place among the beliefs of each question. */
export function simulatedDebater(place: number, questions: ReadonlyMap<string, DebateQuestion>): ChatModel {
  return {
    async ask({ messages, temperature }) {
      const prompt = messages.map(({ content }) => content).join("\n");
      const text = /Which mineral is sample [\d-]+\?/u.exec(prompt)?.[0] ?? "";
      const question = questions.get(text);
      const cycle = /cycle (\d+)\./u.exec(prompt)?.[1] ?? "1";
      const own = question?.beliefs[place] ?? new Map<string, number>();
      const heard = standingIn(prompt) ?? votesIn(prompt);
      const belief = heard === null ? own : mixed(own, heard);
      const random = randomOf(Number(Bun.hash(`${text} ${place} ${cycle}`) % 4_294_967_296n));
      const said = sample(belief, temperature, random);
      const noise = (random() + random() + random() - 1.5) * 2 * CONFIDENCE_NOISE;
      const confidence = Math.min(0.99, Math.max(0.05, (belief.get(said) ?? 0) + noise));
      return ok({
        text: JSON.stringify({ hypothesis: `It is ${said}.`, claims: [], citations: [], confidence }),
        provider: "simulated",
        model: `debater-${place}`,
        tokensIn: 0,
        tokensOut: 0,
        latencyMs: 0,
        costUsd: 0,
      });
    },
  };
}

/** The distribution in the prompt's own data block, where the product shows one. */
function standingIn(prompt: string): ReadonlyMap<string, number> | null {
  const block = /<data name="standing">\n([\s\S]*?)\n<\/data>/u.exec(prompt)?.[1];
  if (block === undefined) return null;
  const shares = new Map<string, number>();
  for (const [, option, share] of block.matchAll(/It is (\w+)\.","share":([\d.]+)/gu)) {
    shares.set(option ?? "", Number(share));
  }
  return shares.size === 0 ? null : normalised(shares);
}

function votesIn(prompt: string): ReadonlyMap<string, number> | null {
  const block = /<data name="contributions">\n([\s\S]*?)\n<\/data>/u.exec(prompt)?.[1];
  if (block === undefined) return null;
  const votes = new Map<string, number>();
  for (const [, option = ""] of block.matchAll(/"position":"It is (\w+)\./gu)) {
    votes.set(option, (votes.get(option) ?? 0) + 1);
  }
  return votes.size === 0 ? null : normalised(votes);
}

function mixed(own: ReadonlyMap<string, number>, heard: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(
    OPTIONS.map((option) => [
      option,
      (1 - INFLUENCE) * (own.get(option) ?? 0) + INFLUENCE * (heard.get(option) ?? 0),
    ]),
  );
}

function sample(belief: ReadonlyMap<string, number>, temperature: number, random: () => number): string {
  const heated = normalised(
    new Map([...belief].map(([option, p]) => [option, p ** (1 / Math.max(0.05, temperature))])),
  );
  let left = random();
  for (const [option, p] of heated) {
    left -= p;
    if (left <= 0) return option;
  }
  return OPTIONS[0] as string;
}

function softmax(scores: ReadonlyMap<string, number>): Map<string, number> {
  return normalised(new Map([...scores].map(([option, score]) => [option, Math.exp(score)])));
}

function normalised(weights: ReadonlyMap<string, number>): Map<string, number> {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return new Map([...weights].map(([option, weight]) => [option, total === 0 ? 0 : weight / total]));
}
