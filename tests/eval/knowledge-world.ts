/**
 * A made-up world of facts in which answers can be known for certain: people work at firms, firms are based in towns,
 * towns lie in provinces, provinces use a coin. A question asks along that chain.
 *
 * Stated assumptions of this arm. A reasoner knows a third of the facts by heart, a few of them wrongly; it reads what
 * its prompt holds (memories, what others claimed) and nothing else; what is marked as coming from outside it uses where
 * its own way has a gap, as the prompt asks; each thing it would need it overlooks with a fixed chance, drawn anew each cycle; what it can put together without a gap it answers, else it claims what it knows and
 * abstains. Nothing of it looks at the right answer. Its prompts, recall, rounds and syntheses are the product's own.
 */
import { ok } from "@synapse/shared/result.ts";
import type { ChatModel } from "@synapse/spore/llm/provider.ts";

export interface Fact {
  readonly subject: string;
  readonly relation: Relation;
  readonly object: string;
}

export const RELATIONS = ["works at", "is based in", "lies in", "pays with"] as const;
export type Relation = (typeof RELATIONS)[number];

export interface WorldQuestion {
  readonly text: string;
  readonly subject: string;
  /** Relations followed, from the person on. */
  readonly hops: number;
  readonly truth: string;
}

export interface KnowledgeWorld {
  readonly facts: readonly Fact[];
  readonly people: readonly string[];
  question(person: string, hops: number): WorldQuestion;
}

const ASKS = [
  (person: string) => `At which firm does ${person} work?`,
  (person: string) => `In which town does ${person} work?`,
  (person: string) => `In which province does ${person} work?`,
  (person: string) => `With which coin do people pay where ${person} works?`,
];
const SAYS = [
  (person: string, object: string) => `${person} works at ${object}.`,
  (person: string, object: string) => `${person} works in the town of ${object}.`,
  (person: string, object: string) => `${person} works in the province of ${object}.`,
  (person: string, object: string) => `Where ${person} works people pay with ${object}.`,
];

const SYLLABLES =
  "ba be bi bo bra dra fe fen ga gor ha hel ir ka kel la lim lo ma mir na nor or pel ra rin sa sol ta tor ul va vel wen ya zan".split(
    " ",
  );

function nameOf(random: () => number, taken: Set<string>): string {
  for (;;) {
    const parts = Array.from({ length: 3 }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)] ?? "");
    const name = parts.join("").replace(/^./u, (letter) => letter.toUpperCase());
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

export function makeWorld(random: () => number, size: number, taken: Set<string>): KnowledgeWorld {
  const names = (count: number): string[] => Array.from({ length: count }, () => nameOf(random, taken));
  const people = Array.from({ length: size }, () => `${nameOf(random, taken)} ${nameOf(random, taken)}`);
  const levels = [people, names(Math.ceil(size / 3)), names(Math.ceil(size / 8)), names(6), names(4)];
  const facts = RELATIONS.flatMap((relation, level) =>
    (levels[level] ?? []).map((subject) => {
      const objects = levels[level + 1] ?? [];
      return { subject, relation, object: objects[Math.floor(random() * objects.length)] ?? "" };
    }),
  );
  const next = new Map(facts.map(({ subject, object }) => [subject, object]));
  return {
    facts,
    people,
    question(person, hops) {
      let truth = person;
      for (let hop = 0; hop < hops; hop += 1) truth = next.get(truth) ?? "";
      return { text: ASKS[hops - 1]?.(person) ?? "", subject: person, hops, truth };
    },
  };
}

export function factText({ subject, relation, object }: Fact): string {
  return `${subject} ${relation} ${object}.`;
}

export interface ReasonerHabits {
  /** Chance to overlook one thing in one cycle. */
  readonly overlooks: number;
  /** Share of what it knows that it knows wrongly. */
  readonly wrong: number;
}

/** A third of the facts, the same objects shuffled where a fact is known wrongly. */
export function knowledgeOf(
  world: KnowledgeWorld,
  part: number,
  parts: number,
  { wrong }: ReasonerHabits,
  random: () => number,
): readonly Fact[] {
  return world.facts
    .filter((_, index) => index % parts === part)
    .map((fact) => {
      if (random() >= wrong) return fact;
      const same = world.facts.filter(({ relation }) => relation === fact.relation);
      return { ...fact, object: same[Math.floor(random() * same.length)]?.object ?? fact.object };
    });
}

/** Conclusions about a person: how far along the chain, and where that is. */
interface Reached {
  readonly hops: number;
  readonly place: string;
}

export function simulatedReasoner(
  name: string,
  known: readonly Fact[],
  { overlooks }: ReasonerHabits,
): ChatModel {
  return {
    async ask({ messages }) {
      const prompt = messages.map(({ content }) => content).join("\n");
      const asked = readQuestion(prompt);
      const cycle = /cycle (\d+)\./u.exec(prompt)?.[1];
      // The same thing is overlooked in every arm, so that arms differ by what they remember and by nothing else.
      const notices = (text: string): boolean =>
        Number(Bun.hash(`${name} ${asked?.person} ${asked?.hops} ${cycle} ${text}`) % 10_000n) >=
        overlooks * 10_000;
      const [inside, outside] = [false, true].map((marked) =>
        prompt
          .split("\n")
          .filter((line) => line.includes('"origin":"outside"') === marked)
          .flatMap((line) => [...line.matchAll(STATEMENT)].map((match) => match[0]))
          .filter(notices),
      ) as [string[], string[]];
      const noticed = known.filter((fact) => notices(factText(fact)));
      const own = asked && conclude(asked, [...inside.flatMap(toFact), ...noticed], inside, known);
      const all = [...inside, ...outside];
      const reply =
        asked === null || own === null
          ? nothing([])
          : own.abstain && outside.length > 0
            ? conclude(asked, [...inside.flatMap(toFact), ...noticed, ...outside.flatMap(toFact)], all, known)
            : own;
      return ok({
        text: JSON.stringify(reply),
        provider: "simulated",
        model: name,
        tokensIn: 0,
        tokensOut: 0,
        latencyMs: 0,
        costUsd: 0,
      });
    },
  };
}

const NAME = "\\p{Lu}\\p{L}+(?: \\p{Lu}\\p{L}+)?";
const STATEMENT = new RegExp(
  `(?:Where ${NAME} works people pay with|${NAME} (?:works at|works in the town of|works in the province of|is based in|lies in|pays with)) \\p{Lu}\\p{L}+\\.`,
  "gu",
);
const SHORTCUTS: readonly (readonly [RegExp, number])[] = [
  [new RegExp(`^(${NAME}) works at (\\p{Lu}\\p{L}+)\\.$`, "u"), 1],
  [new RegExp(`^(${NAME}) works in the town of (\\p{Lu}\\p{L}+)\\.$`, "u"), 2],
  [new RegExp(`^(${NAME}) works in the province of (\\p{Lu}\\p{L}+)\\.$`, "u"), 3],
  [new RegExp(`^Where (${NAME}) works people pay with (\\p{Lu}\\p{L}+)\\.$`, "u"), 4],
];

function toFact(statement: string): Fact[] {
  const match = new RegExp(`^(${NAME}) (${RELATIONS.join("|")}) (\\p{Lu}\\p{L}+)\\.$`, "u").exec(statement);
  return match ? [{ subject: match[1] ?? "", relation: match[2] as Relation, object: match[3] ?? "" }] : [];
}

function readQuestion(prompt: string): { person: string; hops: number } | null {
  for (const [index, ask] of ASKS.entries()) {
    const pattern = ask("(@)").replace(/[.?]/gu, "\\$&").replace("(@)", `(${NAME})`);
    const person = new RegExp(pattern, "u").exec(prompt)?.[1];
    if (person !== undefined) return { person, hops: index + 1 };
  }
  return null;
}

function conclude(
  { person, hops }: { person: string; hops: number },
  facts: readonly Fact[],
  read: readonly string[],
  known: readonly Fact[],
) {
  // What was concluded before is as good as having walked there; of several, what is said first in the prompt.
  let best: Reached = { hops: 0, place: person };
  for (const statement of read) {
    for (const [pattern, reached] of SHORTCUTS) {
      const match = pattern.exec(statement);
      if (match?.[1] !== person || reached > hops || reached <= best.hops) continue;
      best = { hops: reached, place: match[2] ?? "" };
    }
  }
  const first = new Map<string, Fact>();
  for (const fact of facts) if (!first.has(fact.subject)) first.set(fact.subject, fact);
  const used: Fact[] = [];
  while (best.hops < hops) {
    const fact = first.get(best.place);
    if (fact === undefined || fact.relation !== RELATIONS[best.hops]) break;
    used.push(fact);
    best = { hops: best.hops + 1, place: fact.object };
  }
  // What it knows of the places on the way is worth saying also where its own chain has a gap.
  const told = known.filter(
    ({ subject }) => used.some(({ object }) => object === subject) || subject === person,
  );
  const claims = [...new Set([...used, ...told].map(factText))];
  if (best.hops > 0) claims.unshift(SAYS[best.hops - 1]?.(person, best.place) ?? "");
  return best.hops === hops
    ? { hypothesis: SAYS[hops - 1]?.(person, best.place) ?? "", claims, confidence: 0.8, abstain: false }
    : nothing(claims);
}

function nothing(claims: readonly string[]) {
  return { hypothesis: "", claims: claims.slice(0, 8), confidence: 0.2, abstain: true };
}

export function isAnswered(text: string, { truth }: WorldQuestion): boolean {
  return new RegExp(`\\b${truth}\\b`, "u").test(text);
}
