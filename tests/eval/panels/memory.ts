/**
 * Does memory compound? Three simulated reasoners in a made-up world (knowledge-world.ts), each knowing a third of it,
 * answer questions along a chain of facts. What they agreed on is remembered and recalled by the product's own recall.
 *
 *   fresh      nothing remembered
 *   memory     after a thousand tasks about the same people; the questions asked now were never among them
 *   placebo    the same number of answers about people nobody asks about
 *   kept       the same memory, and each answer given to these questions is remembered for the next
 *   poisoned   as that, and a fifth of all that is remembered are false statements of a stranger: a wrong answer comes back
 *   no gossip  a third of the memory: what one of three spores would have answered by itself
 *
 * What the arm cannot show: whether real models use what they are shown as these reasoners do.
 */
import type { Body } from "@synapse/shared/contract/entry.ts";
import { FOREIGN_WEIGHT } from "@synapse/spore/compose/origin.ts";
import { Deliberation } from "../deliberation.ts";
import {
  isAnswered,
  type KnowledgeWorld,
  knowledgeOf,
  makeWorld,
  type ReasonerHabits,
  simulatedReasoner,
  type WorldQuestion,
} from "../knowledge-world.ts";
import type { Measurement, Panel } from "../panel.ts";
import { randomOf, shuffled } from "../random.ts";
import { keyOf } from "../spore.ts";
import { bootstrapMean } from "../statistics.ts";

const PEOPLE = 160;
const TASKS = 1_000;
const SPORES = 3;
const HABITS: ReasonerHabits = { overlooks: 0.15, wrong: 0.06 };
const HELD_HOPS = 4;
const POISON_SHARE = 0.2;
const LIAR = keyOf("a stranger who lies");

type Observed = { unit: string; value: number }[];
type Arm = "fresh" | "memory" | "placebo" | "kept" | "poisoned" | "no gossip";
/** Arms in which an answer may inform the next one. */
const KEEPING: ReadonlySet<Arm> = new Set(["kept", "poisoned"]);

export const memory: Panel = {
  name: "memory",
  question: "Does memory compound?",
  async run({ seeds, quick }) {
    const gain: Observed = [];
    const placebo: Observed = [];
    const unrelated: Observed = [];
    const poison: Observed = [];
    const flips: Observed = [];
    const accuracy = new Map<Arm, number[]>();
    for (const seed of quick ? seeds.slice(0, 1) : seeds) {
      const run = await runWorld(seed, quick ? TASKS / 10 : TASKS, quick ? PEOPLE / 4 : PEOPLE);
      for (const [arm, right] of run.related)
        accuracy.set(arm, [...(accuracy.get(arm) ?? []), ...right.map(Number)]);
      const of = (arm: Arm): readonly boolean[] => run.related.get(arm) ?? [];
      const [fresh, remembered, other, kept, poisoned] = [
        of("fresh"),
        of("memory"),
        of("placebo"),
        of("kept"),
        of("poisoned"),
      ];
      const note = (into: Observed, a: readonly boolean[], b: readonly boolean[]) => {
        for (const [index, right] of a.entries())
          into.push({ unit: `${seed} ${index}`, value: Number(right) - Number(b[index]) });
      };
      note(gain, remembered, fresh);
      note(placebo, other, fresh);
      note(poison, kept, poisoned);
      note(unrelated, run.unrelated.memory, run.unrelated.fresh);
      for (const [index, was] of fresh.entries())
        flips.push({ unit: `${seed} ${index}`, value: Number(was && !remembered[index]) });
    }
    const shown = [...accuracy]
      .map(([arm, right]) => `${arm} ${(right.reduce((sum, one) => sum + one, 0) / right.length).toFixed(3)}`)
      .join(", ");
    const absolute = (observed: Observed) => {
      const { value, low, high } = bootstrapMean(observed);
      return {
        value: Math.abs(value),
        low: Math.min(Math.abs(low), Math.abs(high)),
        high: Math.max(Math.abs(low), Math.abs(high)),
      };
    };
    const measured = (
      id: string,
      interval: { value: number; low: number; high: number },
      n: number,
      detail?: string,
    ): Measurement => ({
      id,
      ...interval,
      baseline: 0,
      n,
      ...(detail === undefined ? {} : { detail }),
    });
    return [
      measured("memory.gain", bootstrapMean(gain), gain.length, `accuracy: ${shown}`),
      measured("memory.placebo", absolute(placebo), placebo.length),
      measured("memory.unrelated", absolute(unrelated), unrelated.length),
      measured(
        "memory.poison",
        bootstrapMean(poison),
        poison.length,
        "a fifth of all that is remembered is false, by a stranger",
      ),
      measured("memory.flips", bootstrapMean(flips), flips.length),
    ];
  },
};

async function runWorld(seed: number, tasks: number, size: number) {
  const random = randomOf(seed * 7_919);
  const taken = new Set<string>();
  const world = makeWorld(random, size, taken);
  const [asked, others] = [world.people.slice(0, size / 2), world.people.slice(size / 2)];
  const models = Array.from({ length: SPORES }, (_, part) =>
    simulatedReasoner(`model-${part}`, knowledgeOf(world, part, SPORES, HABITS, random), HABITS),
  );
  const swarm = () =>
    new Deliberation({ models, trustOf: (author) => (author === LIAR ? FOREIGN_WEIGHT : 1) });
  const history = swarm();
  for (let task = 0; task < tasks; task += 1) {
    const person = asked[Math.floor(random() * asked.length)] ?? "";
    await history.ask(world.question(person, 1 + Math.floor(random() * (HELD_HOPS - 1))).text);
  }
  const remembered = history.conclusions();
  await history.close();

  const held = (people: readonly string[]) => people.map((person) => world.question(person, HELD_HOPS));
  const arms: Readonly<Record<Arm, (spores: Deliberation) => void>> = {
    fresh: () => {},
    memory: (spores) => learn(spores, remembered),
    placebo: (spores) => learn(spores, placeboOf(remembered, world, random, taken)),
    kept: (spores) => learn(spores, remembered),
    poisoned(spores) {
      learn(spores, remembered);
      for (const lie of liesAbout(
        world,
        asked,
        (remembered.length * POISON_SHARE) / (1 - POISON_SHARE),
        random,
      ))
        spores.remember(lie, LIAR, { label: "public" });
    },
    "no gossip": (spores) =>
      learn(
        spores,
        remembered.filter((_, index) => index % SPORES === 0),
      ),
  };
  const related = new Map<Arm, boolean[]>();
  const unrelated = { fresh: [] as boolean[], memory: [] as boolean[] };
  for (const [arm, fill] of Object.entries(arms) as [Arm, (spores: Deliberation) => void][]) {
    const spores = swarm();
    fill(spores);
    await spores.recall.settled();
    related.set(arm, await answers(spores, held(asked), KEEPING.has(arm)));
    if (arm === "fresh" || arm === "memory") unrelated[arm] = await answers(spores, held(others), false);
    await spores.close();
  }
  return { related, unrelated };
}

function learn(spores: Deliberation, bodies: readonly Body<"synthesis">[]): void {
  for (const body of bodies) spores.conclude(body);
}

async function answers(
  spores: Deliberation,
  questions: readonly WorldQuestion[],
  keep: boolean,
): Promise<boolean[]> {
  const right: boolean[] = [];
  for (const question of questions) {
    const { text, converged } = await spores.ask(question.text, keep);
    right.push(converged && isAnswered(text, question));
  }
  return right;
}

/** The same answers with every person and place called otherwise. */
function placeboOf(
  remembered: readonly Body<"synthesis">[],
  world: KnowledgeWorld,
  random: () => number,
  taken: Set<string>,
): readonly Body<"synthesis">[] {
  const other = makeWorld(random, world.people.length, taken);
  const renamed = new Map<string, string>();
  const names = shuffled(
    other.facts.flatMap(({ subject, object }) => [subject, object]),
    random,
  );
  for (const { subject, object } of world.facts) {
    for (const name of [subject, object])
      if (!renamed.has(name)) renamed.set(name, names[renamed.size] ?? "Nobody");
  }
  return remembered.map((body) => ({
    ...body,
    text: body.text.replace(/\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)?/gu, (name) => renamed.get(name) ?? name),
  }));
}

function liesAbout(
  world: KnowledgeWorld,
  people: readonly string[],
  count: number,
  random: () => number,
): readonly string[] {
  return Array.from({ length: Math.round(count) }, () => {
    const person = people[Math.floor(random() * people.length)] ?? "";
    const hops = 1 + Math.floor(random() * HELD_HOPS);
    const truth = world.question(person, hops);
    const places = world.people.map((other) => world.question(other, hops).truth);
    const wrong = places.filter((place) => place !== truth.truth);
    const false_ = wrong[Math.floor(random() * wrong.length)] ?? "";
    const said = ["works at", "works in the town of", "works in the province of"][hops - 1];
    return said === undefined
      ? `Where ${truth.subject} works people pay with ${false_}.`
      : `${truth.subject} ${said} ${false_}.`;
  });
}
