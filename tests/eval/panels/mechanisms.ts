/**
 * Ablations of what acts while a task is worked on, on the simulated arm (debate.ts, knowledge-world.ts; their
 * assumptions are stated there): the same questions with the mechanism on and off, all else as it ships.
 *
 * A recorded answer cannot show these: it was given once, at one temperature, to nobody's objection.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { DECAY_PER_DAY } from "@synapse/spore/quantum/decoherence.ts";
import { FIXTURE_START_MS } from "@synapse/spore/retrieval/feed.fixture.ts";
import { DECLARED } from "@synapse/spore/settings/declared.ts";
import { type DebateQuestion, debateQuestions, simulatedDebater } from "../debate.ts";
import { Deliberation, type Mechanisms } from "../deliberation.ts";
import {
  isAnswered,
  knowledgeOf,
  makeWorld,
  type ReasonerHabits,
  simulatedReasoner,
} from "../knowledge-world.ts";
import type { Measurement, Panel } from "../panel.ts";
import { randomOf, shuffled } from "../random.ts";
import { errorModelOf } from "../simulated.ts";
import { keyOf } from "../spore.ts";
import { bootstrapMean } from "../statistics.ts";

const ACCURACIES = [0.5, 0.6, 0.7, 0.6, 0.5];
const QUESTIONS = 300;
const FACTS = 120;
const DAY_MS = 86_400_000;
const HABITS: ReasonerHabits = { overlooks: 0.15, wrong: 0.06 };

type Observed = { unit: string; value: number }[];

/** As the product ships. */
function shipped(): Mechanisms {
  return {
    annealing: DECLARED["quantum.annealing"].default,
    exploration: DECLARED["quantum.exploration"].default,
    superposition: DECLARED["quantum.superposition"].default,
    tunnelling: DECLARED["quantum.tunnelling"].default,
    decoherence: DECLARED["quantum.decoherence"].default,
    corroboration: DECLARED["quantum.decoherence_corroboration"].default,
  };
}

export const mechanisms: Panel = {
  name: "mechanisms",
  question: "Does each mechanism of the debate help? (simulated)",
  async run({ recorded, seeds, quick }) {
    const loading = Math.sin((Math.PI * errorModelOf(recorded).phi) / 2);
    const few = quick ? seeds.slice(0, 1) : seeds;
    const count = quick ? QUESTIONS / 10 : QUESTIONS;
    const sets = few.map((seed) => debateQuestions(count, ACCURACIES, loading, seed));
    const debated = async (id: string, one: Partial<Mechanisms>, other: Partial<Mechanisms>) =>
      await compared(id, sets, { ...shipped(), ...one }, { ...shipped(), ...other });
    return [
      await debated("debate.opinions", {}, { vote: true } as Partial<Mechanisms>),
      await debateOnKnowledge(few, quick),
      selfConsistency(
        sets,
        await Promise.all(sets.map((set) => answered(set, { ...shipped(), vote: true }))),
      ),
      await debated("ablation.annealing", { annealing: true }, { annealing: false }),
      await debated("ablation.superposition.shown", { superposition: true }, { superposition: false }),
      await debated("ablation.tunnelling", { tunnelling: true }, { tunnelling: false }),
      await decoherenceEffect(few),
      await corroborationEffect(few),
    ];
  },
};

interface Answered {
  readonly right: boolean;
  readonly cycles: number;
  /** Different right-or-wrong answers in the first cycle. */
  readonly early: number;
  readonly tunnelled: boolean;
}

async function answered(
  questions: readonly DebateQuestion[],
  { vote = false, ...mechanisms }: Partial<Mechanisms> & { readonly vote?: boolean },
): Promise<readonly Answered[]> {
  const byText = new Map(questions.map((question) => [question.text, question]));
  const models = ACCURACIES.map((_, place) => simulatedDebater(place, byText));
  const swarm = new Deliberation({ models, mechanisms, limits: { protocol: vote ? "vote" : "debate" } });
  const results: Answered[] = [];
  for (const { text, truth } of questions) {
    const outcome = await swarm.ask(text, false);
    const { rounds } = outcome.progress;
    results.push({
      right: outcome.text.includes(truth),
      cycles: outcome.cycles,
      early: rounds[0]?.aggregate.clusters.length ?? 0,
      tunnelled: rounds.some(({ event }) => event === "tunnelled"),
    });
  }
  await swarm.close();
  return results;
}

async function compared(
  id: string,
  sets: readonly (readonly DebateQuestion[])[],
  on: Partial<Mechanisms>,
  off: Partial<Mechanisms>,
): Promise<Measurement> {
  const observed: Observed = [];
  const sums = {
    on: 0,
    off: 0,
    cyclesOn: 0,
    cyclesOff: 0,
    earlyOn: 0,
    earlyOff: 0,
    left: 0,
    rescued: 0,
    lost: 0,
  };
  for (const [set, questions] of sets.entries()) {
    const [withIt, without] = [await answered(questions, on), await answered(questions, off)];
    for (const [index, a] of withIt.entries()) {
      const b = without[index] as Answered;
      observed.push({ unit: `${set} ${index}`, value: Number(a.right) - Number(b.right) });
      sums.on += Number(a.right);
      sums.off += Number(b.right);
      sums.cyclesOn += a.cycles;
      sums.cyclesOff += b.cycles;
      sums.earlyOn += a.early;
      sums.earlyOff += b.early;
      sums.left += Number(a.tunnelled);
      sums.rescued += Number(a.right && !b.right);
      sums.lost += Number(!a.right && b.right);
    }
  }
  const n = observed.length;
  const per = (value: number, digits = 2): string => (value / n).toFixed(digits);
  return {
    id,
    ...bootstrapMean(observed),
    baseline: sums.off / n,
    n,
    detail: `accuracy ${per(sums.on, 3)} with, ${per(sums.off, 3)} without; put right ${sums.rescued}, put wrong ${sums.lost}; cycles ${per(sums.cyclesOn)} and ${per(sums.cyclesOff)}; different answers in the first cycle ${per(sums.earlyOn)} and ${per(sums.earlyOff)}${sums.left > 0 ? `; left an answer ${sums.left} times` : ""}`,
  };
}

/** Facts of which half were replaced by newer ones, asked for once a year is over: is the first hit the one that holds? */
async function decoherenceEffect(seeds: readonly number[]): Promise<Measurement> {
  const observed: Observed = [];
  const found = { on: 0, off: 0 };
  for (const seed of seeds) {
    const right = await Promise.all([true, false].map((decoherence) => firstHits(seed, decoherence)));
    for (const [index, on] of (right[0] ?? []).entries()) {
      const off = right[1]?.[index] ?? false;
      observed.push({ unit: `${seed} ${index}`, value: Number(on) - Number(off) });
      found.on += Number(on);
      found.off += Number(off);
    }
  }
  const n = observed.length;
  return {
    id: "ablation.decoherence",
    ...bootstrapMean(observed),
    baseline: found.off / n,
    n,
    detail: `first hit is the fact that holds today: ${(found.on / n).toFixed(3)} with, ${(found.off / n).toFixed(3)} without; half of the facts were replaced by newer ones, λ ${DECAY_PER_DAY.memory} a day`,
  };
}

async function firstHits(seed: number, decoherence: boolean): Promise<boolean[]> {
  const random = randomOf(seed + 31_000);
  const now = FIXTURE_START_MS + 365 * DAY_MS;
  const swarm = new Deliberation({ models: [], mechanisms: { decoherence }, now: () => now });
  const facts: { question: string; truth: string }[] = [];
  for (let index = 0; index < FACTS; index += 1) {
    const [thing, place] = [`depot ${seed}${index}`, () => `shelf ${Math.floor(random() * 900) + 100}`];
    const at = FIXTURE_START_MS + Math.floor(random() * 300) * DAY_MS;
    const [first, second] = [place(), place()];
    // Said in the same words: only age can tell which of the two holds.
    swarm.remember(`The spare keys of ${thing} lie on ${first}.`, undefined, { at });
    const replaced = index % 2 === 0;
    if (replaced) {
      const later = at + Math.floor(random() * (now - at - DAY_MS));
      swarm.remember(`The spare keys of ${thing} lie on ${second}.`, undefined, { at: later });
    }
    facts.push({ question: `Where do the spare keys of ${thing} lie?`, truth: replaced ? second : first });
  }
  await swarm.recall.settled();
  const right: boolean[] = [];
  for (const { question, truth } of facts) {
    const [hit] = await swarm.recall.search({ text: question, k: 5, labels: ["cluster"], kinds: ["memory"] });
    right.push(hit?.content.includes(truth) === true);
  }
  await swarm.close();
  return right;
}

/**
 * Facts that several operators tell. Half were replaced later, and of the rest a fifth was later told wrong by somebody:
 * the shares of the other worlds here. What was true when it was told is repeated by each of two other operators with
 * probability one half, a mistake by nobody. Is the first hit the one that holds, with fading slowed by who repeats it?
 */
async function corroborationEffect(seeds: readonly number[]): Promise<Measurement> {
  const observed: Observed = [];
  const sums = { replaced: 0, replacedItems: 0, mistaken: 0, mistakenItems: 0, off: 0 };
  for (const seed of seeds) {
    const facts = toldFacts(seed);
    const on = await firstHitsOf(facts, { decoherence: true, corroboration: true });
    const off = await firstHitsOf(facts, { decoherence: true, corroboration: false });
    for (const [index, { fate }] of facts.entries()) {
      const value = Number(on[index]) - Number(off[index]);
      observed.push({ unit: `${seed} ${index}`, value });
      sums.off += Number(off[index]);
      if (fate === "kept") continue;
      sums[fate] += value;
      sums[`${fate}Items`] += 1;
    }
  }
  const n = observed.length;
  return {
    id: "ablation.decoherence.corroboration",
    ...bootstrapMean(observed),
    baseline: sums.off / n,
    n,
    detail: `first hit is the fact that holds today, with less without: where a later statement is news ${(sums.replaced / sums.replacedItems).toFixed(3)}, where it is a mistake ${(sums.mistaken / sums.mistakenItems).toFixed(3)}`,
  };
}

interface ToldFact {
  readonly question: string;
  readonly truth: string;
  readonly fate: "kept" | "replaced" | "mistaken";
  readonly told: readonly { readonly text: string; readonly author: PublicKey; readonly at: number }[];
}

const TELLERS = ["one", "another", "a third"].map((name) => keyOf(`operator ${name}`));
const MISTAKEN_SHARE = 0.2;
const REPEATED_SHARE = 0.5;
/** Whoever repeats something does so within a month. */
const REPEATED_WITHIN_DAYS = 30;

function toldFacts(seed: number): readonly ToldFact[] {
  const random = randomOf(seed + 47_000);
  const end = FIXTURE_START_MS + 365 * DAY_MS;
  return Array.from({ length: FACTS }, (_, index) => {
    const thing = `depot ${seed}${index}`;
    const fate = index % 2 === 0 ? "replaced" : random() < MISTAKEN_SHARE ? "mistaken" : "kept";
    const [first, second] = [0, 1].map(() => `shelf ${Math.floor(random() * 900) + 100}`);
    const at = FIXTURE_START_MS + Math.floor(random() * 300) * DAY_MS;
    const later = at + Math.floor(random() * (end - at - DAY_MS));
    const told = (place: string | undefined, when: number, isTrue: boolean) => {
      const [author, ...others] = shuffled(TELLERS, random);
      const repeats = others.filter(() => isTrue && random() < REPEATED_SHARE);
      return [author as PublicKey, ...repeats].map((teller, repeat) => ({
        text: `The spare keys of ${thing} lie on ${place}.`,
        author: teller,
        at: Math.min(end, when + (repeat === 0 ? 0 : Math.floor(random() * REPEATED_WITHIN_DAYS) * DAY_MS)),
      }));
    };
    return {
      question: `Where do the spare keys of ${thing} lie?`,
      truth: String(fate === "replaced" ? second : first),
      fate,
      told: [...told(first, at, true), ...(fate === "kept" ? [] : told(second, later, fate === "replaced"))],
    } as const;
  });
}

async function firstHitsOf(
  facts: readonly ToldFact[],
  mechanisms: Pick<Mechanisms, "decoherence" | "corroboration">,
): Promise<boolean[]> {
  const now = FIXTURE_START_MS + 365 * DAY_MS;
  const swarm = new Deliberation({ models: [], mechanisms, now: () => now });
  for (const { told } of facts) for (const { text, author, at } of told) swarm.remember(text, author, { at });
  await swarm.recall.settled();
  const right: boolean[] = [];
  for (const { question, truth } of facts) {
    const [hit] = await swarm.recall.search({ text: question, k: 5, labels: ["cluster"], kinds: ["memory"] });
    right.push(hit?.content.includes(truth) === true);
  }
  await swarm.close();
  return right;
}

/** Where each knows a third, debate puts together what no blind vote can. */
async function debateOnKnowledge(seeds: readonly number[], quick: boolean): Promise<Measurement> {
  const observed: Observed = [];
  const right = { debate: 0, vote: 0 };
  for (const seed of seeds) {
    const random = randomOf(seed * 104_729);
    const world = makeWorld(random, quick ? 20 : 100, new Set());
    const models = [0, 1, 2].map((part) =>
      simulatedReasoner(`model-${part}`, knowledgeOf(world, part, 3, HABITS, random), HABITS),
    );
    for (const [index, person] of world.people.entries()) {
      const question = world.question(person, 2);
      const outcome = { debate: false, vote: false };
      for (const protocol of ["debate", "vote"] as const) {
        const swarm = new Deliberation({ models, mechanisms: shipped(), limits: { protocol } });
        const { text, converged } = await swarm.ask(question.text, false);
        outcome[protocol] = converged && isAnswered(text, question);
        right[protocol] += Number(outcome[protocol]);
        await swarm.close();
      }
      observed.push({ unit: `${seed} ${index}`, value: Number(outcome.debate) - Number(outcome.vote) });
    }
  }
  const n = observed.length;
  return {
    id: "ablation.debate",
    ...bootstrapMean(observed),
    baseline: right.vote / n,
    n,
    detail: `questions over two facts that different reasoners know: ${(right.debate / n).toFixed(3)} with debate, ${(right.vote / n).toFixed(3)} with the blind vote alone`,
  };
}

/** The panel's one vote each against the best member asked as often as the panel is large. */
function selfConsistency(
  sets: readonly (readonly DebateQuestion[])[],
  panel: readonly (readonly Answered[])[],
): Measurement {
  const calls = ACCURACIES.length;
  const best = ACCURACIES.indexOf(Math.max(...ACCURACIES));
  const observed: Observed = [];
  let alone = 0;
  for (const [set, questions] of sets.entries()) {
    for (const [index, { beliefs, truth }] of questions.entries()) {
      const random = randomOf(set * 100_003 + index);
      const belief = [...(beliefs[best] ?? [])];
      const votes = new Map<string, number>();
      for (let call = 0; call < calls; call += 1) {
        let left = random();
        const said = belief.find(([, share]) => {
          left -= share;
          return left <= 0;
        })?.[0];
        if (said !== undefined) votes.set(said, (votes.get(said) ?? 0) + 1);
      }
      const [top] = [...votes].sort((a, b) => b[1] - a[1]);
      const right = top?.[0] === truth;
      alone += Number(right);
      observed.push({ unit: `${set} ${index}`, value: Number(panel[set]?.[index]?.right) - Number(right) });
    }
  }
  return {
    id: "diversity.self-consistency",
    ...bootstrapMean(observed),
    baseline: alone / observed.length,
    n: observed.length,
    detail: `${calls} unlike debaters once each, blind, against the best of them asked ${calls} times at temperature 1`,
  };
}
