/**
 * Does each part of spontaneous cognition help? The product's own parts with and without what they decide, in a
 * simulated world where what is true is known (cognition-world.ts, and small worlds here). Without any model.
 *
 * An effect whose interval does not lie above zero ships switched off. The oscillator is no mechanism but a clock: its
 * panels are the bounds it keeps.
 */

import { CONSOLIDATED_FACTOR } from "@synapse/spore/cognition/cognition.ts";
import { Curiosity } from "@synapse/spore/cognition/curiosity.ts";
import {
  choosePair,
  type Remembered,
  TermRarity,
  termSet,
} from "@synapse/spore/cognition/default-mode-network.ts";
import { drawReplay, dreamOf, type Replayable } from "@synapse/spore/cognition/dream-replay.ts";
import { type Claim, findConvergence } from "@synapse/spore/cognition/emergence-detector.ts";
import { audit, chooseDoubt, type Graded } from "@synapse/spore/cognition/metacognitive-auditor.ts";
import { analyze } from "@synapse/spore/retrieval/analyzer.ts";
import { belongTogether, type WorldFact, worldOf } from "../cognition-world.ts";
import type { Measurement, Panel } from "../panel.ts";
import { randomOf, shuffled } from "../random.ts";
import { bootstrapMean } from "../statistics.ts";
import { openThinkingSpore } from "../thinking-spore.ts";
import { priming } from "./priming.ts";

type Observed = { unit: string; value: number }[];

const CANDIDATES = 12;
const TICKS = 600;

export const cognition: Panel = {
  name: "cognition",
  question: "Does thinking unasked help? (simulated world, no model)",
  async run({ seeds }) {
    return [
      await freeThought(seeds),
      dreamPriority(seeds),
      await consolidation(seeds),
      curiosity(seeds),
      metacognition(seeds),
      emergence(seeds),
      await priming(),
      ...(await leftAlone(seeds)),
    ];
  },
};

function effect(id: string, observed: Observed, detail: string): Measurement {
  return { id, ...bootstrapMean(observed), baseline: 0, n: observed.length, detail };
}

/** As the intake takes them: words without numbers. */
const termsOf = (text: string) => analyze(text.replaceAll(/\p{N}+/gu, " ")).terms;

function rarityOf(facts: readonly WorldFact[]): TermRarity {
  const rarity = new TermRarity();
  for (const { text } of facts) rarity.add(termSet(text));
  return rarity;
}

/** Pairs chosen by tension against pairs drawn at random from the same recalled neighbours: which belong together? */
async function freeThought(seeds: readonly number[]): Promise<Measurement> {
  const observed: Observed = [];
  let [chosen, drawn] = [0, 0];
  for (const seed of seeds) {
    const world = worldOf(seed);
    const spore = await openThinkingSpore(seed);
    const random = randomOf(seed);
    const ids = world.map(({ text }) => spore.feed.remember(text).id);
    await spore.recall.settled();
    const rarity = rarityOf(world);
    const factOf = new Map<string, WorldFact>(ids.map((id, at) => [id, world[at] as WorldFact]));
    for (const [at, fact] of world.entries()) {
      if (fact.subject < 0) continue;
      const hits = await spore.recall.search({
        text: fact.text,
        k: CANDIDATES,
        labels: ["cluster"],
        kinds: ["memory"],
      });
      const others = hits.filter(({ id }) => id !== ids[at] && factOf.has(id));
      const seed_: Remembered = { id: ids[at] as string, content: fact.text };
      const pair = choosePair<Remembered>(seed_, others, rarity, () => false);
      const lot = others[Math.floor(random() * others.length)];
      if (lot === undefined) continue;
      const isGood = (id: string | undefined) => Number(belongTogether(fact, factOf.get(id ?? "") ?? fact));
      chosen += isGood(pair?.b.id);
      drawn += isGood(lot.id);
      observed.push({ unit: `${seed} ${at}`, value: isGood(pair?.b.id) - isGood(lot.id) });
    }
    await spore.close();
  }
  const share = (count: number) => (count / observed.length).toFixed(3);
  return effect(
    "cognition.free-thought",
    observed,
    `pairs that belong together: by tension ${share(chosen)}, at random among the same neighbours ${share(drawn)}`,
  );
}

/** Subjects summed up within a budget of replays: drawn by surprise × trust, against uniformly. */
function dreamPriority(seeds: readonly number[]): Measurement {
  const REPLAYS = 20;
  const observed: Observed = [];
  let [prioritised, uniform] = [0, 0];
  for (const seed of seeds) {
    for (let run = 0; run < 10; run++) {
      const random = randomOf(seed * 100 + run);
      const facts = shuffled(worldOf(seed * 100 + run), random);
      const curiosity = new Curiosity();
      const rarity = rarityOf(facts);
      const items = facts.map(
        ({ text }, at): Replayable => ({
          id: `${at}`,
          content: text,
          surprise: curiosity.notice(`${at}`, "a", termsOf(text), at).novelty,
          trust: 1,
          at,
          replays: 0,
        }),
      );
      const subjects = (draw: (items: readonly Replayable[]) => Replayable | undefined): number => {
        let pool = items;
        const found = new Set<number>();
        for (let at = 0; at < REPLAYS; at++) {
          const item = draw(pool);
          if (item === undefined) break;
          pool = pool.map((one) => (one === item ? { ...one, replays: one.replays + 1 } : one));
          const fact = facts[Number(item.id)] as WorldFact;
          const related = items.filter(({ id }) => belongTogether(fact, facts[Number(id)] as WorldFact));
          if (fact.subject >= 0 && dreamOf(item, related, rarity).length > 0) found.add(fact.subject);
        }
        return found.size;
      };
      const [own, plain] = [
        subjects((pool) => drawReplay(pool, 1, random)[0]),
        subjects((pool) => pool[Math.floor(random() * pool.length)]),
      ];
      prioritised += own;
      uniform += plain;
      observed.push({ unit: `${seed} ${run}`, value: own - plain });
    }
  }
  const mean = (sum: number) => (sum / observed.length).toFixed(2);
  return effect(
    "cognition.dream",
    observed,
    `subjects about which ${REPLAYS} replays found something: by priority ${mean(prioritised)}, drawn uniformly ${mean(uniform)}`,
  );
}

/** What the first two hits tell about a place: with the summaries that dreams made of it, and without. */
async function consolidation(seeds: readonly number[]): Promise<Measurement> {
  const HITS = 2;
  const observed: Observed = [];
  let [withThem, without] = [0, 0];
  for (const seed of seeds) {
    const facts = worldOf(seed).filter(({ contradicts }) => contradicts === null);
    const rarity = rarityOf(facts);
    const summaries = new Set<string>();
    const spore = await openThinkingSpore(seed, (id) => (summaries.has(id) ? CONSOLIDATED_FACTOR : 1));
    for (const { text } of facts) spore.feed.remember(text);
    const towns = [...Map.groupBy(facts, ({ subject }) => subject)].filter(([subject]) => subject >= 0);
    await spore.recall.settled();
    const told = async (town: string, own: readonly WorldFact[]): Promise<number> => {
      const hits = await spore.recall.search({
        text: `What is known about ${town}?`,
        k: HITS,
        labels: ["cluster", "private"],
        kinds: ["memory", "thought"],
      });
      return own.filter(({ text }) => hits.some(({ content }) => content.includes(text))).length / own.length;
    };
    const before = new Map<number, number>();
    for (const [subject, own] of towns) before.set(subject, await told(own[0]?.names[0] ?? "", own));
    for (const [, own] of towns) {
      const [first, ...rest] = own.map(({ text }, at) => ({ id: `${at}`, content: text }));
      const found = first && dreamOf(first, rest, rarity).find(({ kind }) => kind === "summary");
      if (found?.kind !== "summary") continue;
      const body = { form: "dream" as const, content: found.text, novelty: 1, details: { found: "summary" } };
      summaries.add(spore.feed.add("thought", body, { label: "private" }).id);
    }
    await spore.recall.settled();
    for (const [subject, own] of towns) {
      const [after, plain] = [await told(own[0]?.names[0] ?? "", own), before.get(subject) ?? 0];
      withThem += after;
      without += plain;
      observed.push({ unit: `${seed} ${subject}`, value: after - plain });
    }
    await spore.close();
  }
  const share = (sum: number) => (sum / observed.length).toFixed(3);
  return effect(
    "cognition.consolidation",
    observed,
    `facts about a place told by the first ${HITS} hits: with summaries ${share(withThem)}, without ${share(without)}`,
  );
}

/** What a fixed number of questions teaches: the most interesting of the open ones next, against any of them. */
function curiosity(seeds: readonly number[]): Measurement {
  const ASKED = 40;
  const OPEN = 5;
  const observed: Observed = [];
  let [ordered, any] = [0, 0];
  for (const seed of seeds) {
    for (let run = 0; run < 10; run++) {
      const facts = worldOf(seed * 31 + run).filter(({ subject }) => subject >= 0);
      // A question names what it is about: the first words of the fact that would answer it.
      const question = (fact: WorldFact) => fact.text.split(" ").slice(0, 4).join(" ");
      const learnt = (isOrdered: boolean): number => {
        const random = randomOf(seed * 31 + run);
        const mind = new Curiosity();
        const known = new Set<string>();
        for (let at = 0; at < ASKED; at++) {
          const open = Array.from(
            { length: OPEN },
            () => facts[Math.floor(random() * facts.length)] as WorldFact,
          );
          const [next] = isOrdered ? mind.order(open, (fact) => termsOf(question(fact))) : open;
          if (next === undefined) continue;
          mind.notice(`${at}`, "a", termsOf(next.text), at);
          known.add(next.text);
        }
        return known.size;
      };
      const [own, plain] = [learnt(true), learnt(false)];
      ordered += own;
      any += plain;
      observed.push({ unit: `${seed} ${run}`, value: own - plain });
    }
  }
  const mean = (sum: number) => (sum / observed.length).toFixed(1);
  return effect(
    "cognition.curiosity",
    observed,
    `distinct facts learnt from ${ASKED} questions, ${OPEN} open at a time: by interest ${mean(ordered)}, any ${mean(any)}`,
  );
}

/** Is the topic it asks about really a weak one? Against asking about any topic. */
function metacognition(seeds: readonly number[]): Measurement {
  const TOPICS = 8;
  const GRADED = 12;
  const observed: Observed = [];
  let [audited, any] = [0, 0];
  for (const seed of seeds) {
    for (let run = 0; run < 40; run++) {
      const random = randomOf(seed * 1_000 + run);
      const topics = Array.from({ length: TOPICS }, (_, at) => ({
        topic: `topic ${at}`,
        accuracy: 0.3 + 0.65 * random(),
        confidence: 0.5 + 0.45 * random(),
      }));
      const graded = topics.flatMap(({ topic, accuracy, confidence }): Graded[] =>
        Array.from({ length: GRADED }, () => ({ topic, confidence, correct: random() < accuracy })),
      );
      const isWeak = (topic: string | undefined) =>
        Number(
          topics.some(
            (one) => one.topic === topic && (one.accuracy < 0.6 || one.confidence - one.accuracy > 0.2),
          ),
        );
      const doubts = shuffled(topics, random).map(({ topic }) => ({ topic, question: topic, sources: [] }));
      const [own, plain] = [isWeak(chooseDoubt(doubts, audit(graded))?.topic), isWeak(doubts[0]?.topic)];
      audited += own;
      any += plain;
      observed.push({ unit: `${seed} ${run}`, value: own - plain });
    }
  }
  const share = (count: number) => (count / observed.length).toFixed(3);
  return effect(
    "cognition.metacognition",
    observed,
    `questions about a truly weak topic: after the audit ${share(audited)}, about any topic ${share(any)}`,
  );
}

/**
 * Told apart: three who found it for themselves, and three of whom two repeat. Against counting heads. The cases are
 * labelled by the detector's own definition: it shows that the code keeps to it, not what a report is worth.
 */
function emergence(seeds: readonly number[]): Measurement {
  const observed: Observed = [];
  let [right, counted] = [0, 0];
  const KINDS = ["independent", "one source", "heard from another", "two only"] as const;
  for (const seed of seeds) {
    for (let run = 0; run < 40; run++) {
      const random = randomOf(seed * 500 + run);
      const facts = worldOf(seed).filter(({ subject }) => subject >= 0);
      const fact = facts[run % facts.length] as WorldFact;
      const kind = KINDS[Math.floor(random() * KINDS.length)] as (typeof KINDS)[number];
      const wording = [
        fact.text,
        `Clearly, ${fact.text[0]?.toLowerCase()}${fact.text.slice(1)}`,
        fact.text.replace(".", ", it seems."),
      ];
      const task = { id: "t", text: "What is known here?" };
      const authors = kind === "two only" ? ["a", "b", "b"] : ["a", "b", "c"];
      const claims = authors.map(
        (author, at): Claim => ({ id: `c${at}`, author, text: wording[at] ?? "", task }),
      );
      const dag = new Map<string, Set<string>>(claims.map(({ id }, at) => [id, new Set(["t", `m${at}`])]));
      if (kind === "one source") dag.get("c1")?.add("m0");
      if (kind === "heard from another") for (const id of ["c0", "m0"]) dag.get("c2")?.add(id);
      const found = findConvergence(claims, (id) => dag.get(id) ?? new Set()).length > 0;
      const heads = new Set(authors).size >= 3;
      const truth = kind === "independent";
      right += Number(found === truth);
      counted += Number(heads === truth);
      observed.push({ unit: `${seed} ${run}`, value: Number(found === truth) - Number(heads === truth) });
    }
  }
  const share = (count: number) => (count / observed.length).toFixed(3);
  return effect(
    "cognition.emergence",
    observed,
    `told apart rightly: by common ancestors ${share(right)}, by counting authors ${share(counted)}`,
  );
}

/** The whole of it, left alone for some hours: how much it writes, how much of that is junk, and what recall gains. */
async function leftAlone(seeds: readonly number[]): Promise<Measurement[]> {
  const junk: Observed = [];
  const share: Observed = [];
  const contradictions: Observed = [];
  for (const seed of seeds) {
    const world = worldOf(seed);
    const spore = await openThinkingSpore(seed);
    await spore.cognition.start();
    const factOf = new Map<string, WorldFact>(world.map((fact) => [spore.feed.remember(fact.text).id, fact]));
    await spore.recall.settled();
    await spore.ticks(TICKS);
    const thoughts = spore.feed.entries.filter(({ entry }) => entry.kind === "thought");
    share.push({ unit: `${seed}`, value: thoughts.length / spore.feed.entries.length });
    for (const { entry, id } of thoughts) {
      const facts = entry.parents.flatMap((parent) => factOf.get(parent) ?? []);
      junk.push({ unit: `${seed} ${id}`, value: Number(!isOfUse(facts)) });
      if (entry.kind !== "thought" || entry.body.details?.found !== "contradiction") continue;
      const [a, b] = facts;
      contradictions.push({
        unit: `${seed} ${id}`,
        value: Number(a !== undefined && b !== undefined && isContrary(a, b, world)),
      });
    }
    await spore.close();
  }
  return [
    {
      id: "cognition.junk",
      ...bootstrapMean(junk),
      baseline: null,
      n: junk.length,
      detail: `thoughts kept in ${TICKS} idle ticks that put together what does not belong together`,
    },
    {
      id: "cognition.share",
      ...bootstrapMean(share),
      baseline: null,
      n: share.length,
      detail: "thoughts among all entries after that",
    },
    {
      id: "cognition.contradictions",
      ...bootstrapMean(contradictions),
      baseline: null,
      n: contradictions.length,
      detail: "contradictions reported by dreams that are contradictions",
    },
  ];
}

function isOfUse(facts: readonly WorldFact[]): boolean {
  const [first, ...rest] = facts;
  return first !== undefined && rest.length > 0 && rest.every((other) => belongTogether(first, other));
}

function isContrary(a: WorldFact, b: WorldFact, world: readonly WorldFact[]): boolean {
  return (
    (a.contradicts !== null && world[a.contradicts] === b) ||
    (b.contradicts !== null && world[b.contradicts] === a)
  );
}
