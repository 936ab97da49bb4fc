/**
 * The E4 trust lattice: what one spore thinks of the others, from everybody's evidence, each observation weighed by what
 * the spore thinks of its observer, and so on around. In plain words: recursive reputation anchored in one's own eyes.
 *
 * Discounting follows subjective logic (Jøsang 2016, "trust transitivity"); the circle is solved as a fixed point by
 * damped iteration, as in EigenTrust (Kamvar et al. 2003), but from this spore's anchors and not from a global start.
 *
 * 1. Anchored: trust starts at the anchors (this spore, its operator's spores). Evidence of observers to whom no chain of
 *    earned trust leads counts exactly 0, however much of it there is.
 * 2. Local: nobody's view is anybody else's. The same evidence gives different spores different views, on purpose.
 * 3. Evidence fades with age and with a detected change (turncoat.ts); scores themselves are never stored.
 * 4. Monotone in conduct: an observed breach can lower a score and never raise it.
 * 5. Nobody is heard about himself. One house, one observer: what several spores of
 *    an operator say about the same thing counts once, the newest word.
 * 6. Bounded: foreign observers of one operator together move one subject by at most FOREIGN_ITEMS_MAX items, and say
 *    nothing about whether a subject changed of which this spore has a record of its own.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import {
  addBelief,
  type Belief,
  earnedOf,
  lowerBoundOf,
  meanOf,
  NO_BELIEF,
  type Tier,
  tierOf,
} from "./beta.ts";
import { DIMENSIONS, type Dimension, type Evidence } from "./evidence.ts";
import { easeOfItems } from "./item-ease.ts";
import { changePoint, STALE_SHARE } from "./turncoat.ts";

export interface LatticeInput {
  readonly evidence: readonly Evidence[];
  /** This spore and its operator's other spores. */
  readonly anchors: ReadonlySet<PublicKey>;
  readonly operatorOf: (spore: PublicKey) => string;
  readonly now: number;
}

export interface DimensionScore extends Belief {
  readonly mean: number;
  readonly lower: number;
}

export interface TrustScore {
  readonly subject: PublicKey;
  readonly topic: string;
  readonly mean: number;
  readonly lower: number;
  readonly tier: Tier;
  readonly dimensions: Readonly<Record<Dimension, DimensionScore>>;
}

/**
 * Why an observation moves its subject by less than its weight: somebody's word about himself, praise within a house, a
 * newer word of the same house on the same thing, an observer whom nobody heard trusts, the most that one foreign house
 * may say, a record from before a change of the subject's. Trust in the observer and age are no reason of their own.
 */
export type Discount = "own_word" | "own_house" | "replaced" | "unheard" | "capped" | "before_change";

export interface Counted {
  /** Items that it adds to its dimension, 0 to 1: over all observations they sum to what the score shows. */
  readonly counts: number;
  readonly why: Discount | null;
}

export interface TrustView {
  /** All subjects with evidence, sorted by key. */
  readonly subjects: readonly PublicKey[];
  /** Topic null: over all topics. */
  score(subject: PublicKey, topic: string | null): TrustScore;
  topicsOf(subject: PublicKey): readonly string[];
  /** How much an observer's word counts here, 0 to 1. */
  observerTrust(observer: PublicKey): number;
  /** False: nobody of the observer's house is trusted at all, so whatever it says about anybody changes nothing here. */
  hears(observer: PublicKey): boolean;
  /** Milliseconds; competence evidence about the subject before this moment is stale, 0 without a detected change. */
  changedAt(subject: PublicKey): number;
  /** What one of the observations behind this view adds to its subject's score. */
  countOf(evidence: Evidence): Counted;
}

const MS_PER_DAY = 86_400_000;
/** Evidence halves in weight in this time: models behind a key change, and so do people. */
export const EVIDENCE_HALF_LIFE_DAYS = 60;
/** As much as a good observer's word can matter beyond one's own eyes. */
export const FOREIGN_ITEMS_MAX = 30;
const DAMPING = 0.5;
/** Trust contracts along chains; in practice 12 rounds suffice, and a circle of liars cannot keep us busy. */
const ROUNDS_MAX = 40;
const SETTLED = 1e-6;
/** Conduct is presumed good: four items' worth, so that a first proven breach halves the score. */
const CONDUCT_PRIOR = 4;
const BREACH_WEIGHT = 4;
/** Items of one's own grading, faded, from which on a change is one's own to see. */
const OWN_RECORD_MIN = 10;
/** Items of general competence that stand in for a topic without evidence of its own. */
const TOPIC_PRIOR_ITEMS = 4;

type Beliefs = Map<string, Belief>;

export function viewTrust(given: LatticeInput): TrustView {
  const others = given.evidence.filter(({ observer, subject }) => observer !== subject);
  const input = { ...given, evidence: newestOfHouse(others, given.operatorOf) };
  let testimony = compress(input, new Map());
  let trust = solve(input, testimony);
  const changes = findChanges(input, trust);
  if (changes.size > 0) {
    testimony = compress(input, changes);
    trust = solve(input, testimony);
  }
  const caps = new Map<string, number>();
  const beliefs = collect(input, testimony, trust, caps);
  const heard = new Set([...trust].flatMap(([spore, share]) => (share > 0 ? input.operatorOf(spore) : [])));
  return {
    subjects: [...beliefs.keys()].sort(),
    score: (subject, topic) => scoreOf(subject, topic, beliefs.get(subject) ?? new Map()),
    topicsOf: (subject) =>
      [
        ...new Set([...(beliefs.get(subject)?.keys() ?? [])].map((key) => key.slice(key.indexOf(" ") + 1))),
      ].sort(),
    observerTrust: (observer) => trust.get(observer) ?? 0,
    hears: (observer) => heard.has(input.operatorOf(observer)),
    changedAt: (subject) => changes.get(subject) ?? 0,
    countOf: counting(input, trust, changes, caps),
  };
}

function counting(
  { evidence, anchors, operatorOf, now }: LatticeInput,
  trust: ReadonlyMap<PublicKey, number>,
  changes: ReadonlyMap<PublicKey, number>,
  caps: ReadonlyMap<string, number>,
): TrustView["countOf"] {
  let newest: ReadonlySet<string> | null = null;
  return (item) => {
    const { id, observer, subject, weight } = item;
    newest ??= new Set(evidence.map((one) => one.id));
    if (observer === subject) return { counts: 0, why: "own_word" };
    if (!newest.has(id)) return { counts: 0, why: "replaced" };
    if (isPraiseAtHome(item, anchors, operatorOf)) return { counts: 0, why: "own_house" };
    const share = trust.get(observer) ?? 0;
    if (share === 0) return { counts: 0, why: "unheard" };
    const cap = anchors.has(observer) ? 1 : (caps.get(`${subject} ${operatorOf(observer)}`) ?? 1);
    const changedAt = changes.get(subject) ?? 0;
    const counts = weight * fading(item, now, changedAt) * share * cap;
    if (isBeforeChange(item, changedAt)) return { counts, why: "before_change" };
    return { counts, why: cap < 1 ? "capped" : null };
  };
}

/** Praise within one house is no evidence to others; blame is. */
function isPraiseAtHome(
  { positive, observer, subject }: Evidence,
  anchors: ReadonlySet<PublicKey>,
  operatorOf: LatticeInput["operatorOf"],
): boolean {
  return positive && !anchors.has(observer) && operatorOf(observer) === operatorOf(subject);
}

/** All that one observer says about one subject in one dimension and topic, faded. */
interface Testimony {
  readonly observer: PublicKey;
  readonly subject: PublicKey;
  /** "dimension topic". */
  readonly key: string;
  belief: Belief;
}

function compress(
  { evidence, anchors, operatorOf, now }: LatticeInput,
  changes: ReadonlyMap<PublicKey, number>,
): readonly Testimony[] {
  const sums = new Map<string, Testimony>();
  for (const item of evidence) {
    const { observer, subject, dimension, topic, positive } = item;
    if (isPraiseAtHome(item, anchors, operatorOf)) continue;
    const weight = item.weight * fading(item, now, changes.get(subject) ?? 0);
    const belief = positive ? { positive: weight, negative: 0 } : { positive: 0, negative: weight };
    const key = `${dimension} ${topic}`;
    const id = `${observer} ${subject} ${key}`;
    const sum = sums.get(id);
    if (sum === undefined) sums.set(id, { observer, subject, key, belief });
    else sum.belief = addBelief(sum.belief, belief);
  }
  return [...sums.values()];
}

/** Per operator, subject, dimension and judged thing the newest observation. Evidence comes in order of time. */
function newestOfHouse(
  evidence: readonly Evidence[],
  operatorOf: LatticeInput["operatorOf"],
): readonly Evidence[] {
  const newest = new Map<string, Evidence>();
  for (const item of evidence) {
    const { observer, subject, dimension, restsOn, id } = item;
    const key = `${operatorOf(observer)} ${subject} ${dimension} ${restsOn[0] ?? id}`;
    // Taken out first: the sequence in time matters to whoever looks for a change.
    newest.delete(key);
    newest.set(key, item);
  }
  return newest.size === evidence.length ? evidence : [...newest.values()];
}

/** Fixed point of: trust in an observer = what the evidence about it, so discounted, has earned it. */
function solve(input: LatticeInput, testimony: readonly Testimony[]): ReadonlyMap<PublicKey, number> {
  let trust = new Map<PublicKey, number>();
  for (const anchor of input.anchors) trust.set(anchor, 1);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = new Map<PublicKey, number>();
    let moved = 0;
    for (const [subject, beliefs] of collect(input, testimony, trust)) {
      if (input.anchors.has(subject)) continue;
      const old = trust.get(subject) ?? 0;
      const earned = earnedOf(sumOf(beliefs, "competence", null)) * conductOf(beliefs);
      const settled = old + DAMPING * (earned - old);
      if (settled > 0) next.set(subject, settled);
      moved = Math.max(moved, Math.abs(settled - old));
    }
    for (const anchor of input.anchors) next.set(anchor, 1);
    trust = next;
    if (moved < SETTLED) break;
  }
  return trust;
}

/**
 * Subject → "dimension topic" → belief, discounted by the trust in each observer, foreign houses capped.
 *
 * @param caps "subject operator" → by what a foreign house's word was multiplied; filled in.
 */
function collect(
  { anchors, operatorOf }: LatticeInput,
  testimony: readonly Testimony[],
  trust: ReadonlyMap<PublicKey, number>,
  caps: Map<string, number> = new Map(),
): Map<PublicKey, Beliefs> {
  const own = new Map<PublicKey, Beliefs>();
  const foreign = new Map<PublicKey, Map<string, Beliefs>>();
  for (const { observer, subject, key, belief } of testimony) {
    const share = trust.get(observer) ?? 0;
    if (share === 0) continue;
    const target = anchors.has(observer)
      ? entryOf(own, subject)
      : entryOf(entryOf(foreign, subject), operatorOf(observer));
    target.set(key, addBelief(target.get(key) ?? NO_BELIEF, belief, share));
  }
  for (const [subject, byOperator] of foreign) {
    const target = entryOf(own, subject);
    for (const [operator, beliefs] of byOperator) {
      const items = [...beliefs.values()].reduce(
        (sum, { positive, negative }) => sum + positive + negative,
        0,
      );
      const share = Math.min(1, FOREIGN_ITEMS_MAX / items);
      caps.set(`${subject} ${operator}`, share);
      for (const [key, belief] of beliefs) {
        target.set(key, addBelief(target.get(key) ?? NO_BELIEF, belief, share));
      }
    }
  }
  return own;
}

function fading(item: Evidence, now: number, changedAt: number): number {
  const faded = 2 ** (-Math.max(0, now - item.at) / (EVIDENCE_HALF_LIFE_DAYS * MS_PER_DAY));
  return isBeforeChange(item, changedAt) ? faded * STALE_SHARE : faded;
}

function isBeforeChange({ dimension, at }: Evidence, changedAt: number): boolean {
  return dimension === "competence" && at < changedAt;
}

/**
 * The moment since which each subject's record is another one. Who has a record of one's own is judged by that alone: else
 * a single foreign house could make it worthless by a few false grades, or hide a turn by praise.
 */
function findChanges(
  { evidence, anchors, operatorOf, now }: LatticeInput,
  trust: ReadonlyMap<PublicKey, number>,
): Map<PublicKey, number> {
  const weightOf = ({ observer, weight }: Evidence) => weight * (trust.get(observer) ?? 0);
  const graded = evidence.filter(
    (item) =>
      item.dimension === "competence" && weightOf(item) > 0 && !isPraiseAtHome(item, anchors, operatorOf),
  );
  const easeOf = easeOfItems(graded, weightOf, operatorOf);
  const changes = new Map<PublicKey, number>();
  for (const [subject, heard] of Map.groupBy(graded, (item) => item.subject)) {
    const own = heard.filter(({ observer }) => anchors.has(observer));
    const record = own.reduce((sum, item) => sum + item.weight * fading(item, now, 0), 0);
    const items = record >= OWN_RECORD_MIN ? own : heard;
    const steps = items.map((item) => ({
      topic: item.topic,
      positive: item.positive,
      weight: weightOf(item),
      ease: easeOf(item),
    }));
    const from = changePoint(steps);
    const at = items[from]?.at;
    if (from > 0 && at !== undefined) changes.set(subject, at);
  }
  return changes;
}

function sumOf(beliefs: Beliefs, dimension: Dimension, topic: string | null): Belief {
  let sum = NO_BELIEF;
  for (const [key, belief] of beliefs) {
    if (topic === null ? key.startsWith(`${dimension} `) : key === `${dimension} ${topic}`) {
      sum = addBelief(sum, belief);
    }
  }
  return sum;
}

/** 1 for a spotless record, ½ after one proven breach, falling on. */
function conductOf(beliefs: Beliefs): number {
  let factor = 1;
  for (const dimension of ["integrity", "causality", "consistency"] as const) {
    const { positive, negative } = sumOf(beliefs, dimension, null);
    const presumed = CONDUCT_PRIOR + Math.min(positive, CONDUCT_PRIOR);
    factor *= presumed / (presumed + BREACH_WEIGHT * negative);
  }
  return factor;
}

function scoreOf(subject: PublicKey, topic: string | null, beliefs: Beliefs): TrustScore {
  const general = sumOf(beliefs, "competence", null);
  const competence = topic === null ? general : topicBelief(sumOf(beliefs, "competence", topic), general);
  const conduct = conductOf(beliefs);
  const lower = lowerBoundOf(competence) * conduct;
  const dimensions = Object.fromEntries(
    DIMENSIONS.map((dimension) => {
      const belief = dimension === "competence" ? competence : sumOf(beliefs, dimension, null);
      return [dimension, { ...belief, mean: meanOf(belief), lower: lowerBoundOf(belief) }];
    }),
  ) as Record<Dimension, DimensionScore>;
  return {
    subject,
    topic: topic ?? "",
    mean: meanOf(competence) * conduct,
    lower,
    tier: tierOf(lower),
    dimensions,
  };
}

/** What is known in general stands in for a topic, but for no more than a few items. */
function topicBelief(own: Belief, general: Belief): Belief {
  const elsewhere = addBelief(general, own, -1);
  const items = elsewhere.positive + elsewhere.negative;
  return items <= 0 ? own : addBelief(own, elsewhere, Math.min(1, TOPIC_PRIOR_ITEMS / items));
}

function entryOf<K, V>(map: Map<K, Map<string, V>>, key: K): Map<string, V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = new Map<string, V>();
  map.set(key, created);
  return created;
}
