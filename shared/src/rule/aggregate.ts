/**
 * The rule by which many contributions become one answer. A live spore, the offline receipt verifier and the
 * evaluation harness all run this file and no copy of it.
 *
 *   cluster     which contributions say the same (agreement.ts), unless a frozen assignment is given
 *   weigh       each voice's weight × stated confidence × dependence × copy discount × interference
 *   tally       score of a cluster = sum of its weights; posterior = softmax of the scores, with one more
 *               alternative of score 0, "none of these"
 *
 * A weight is on the log-odds scale: it is the coefficient of one voice in a conditional logit (McFadden 1974), which
 * is how trust fits it on graded items. One fresh voice of weight 1 alone is believed with e / (1 + e) = .73.
 *
 * 1. Order-independent: contributions in any order give the same result to the last bit (all sums run in id order).
 * 2. One author is one voice: several contributions of one author share his weight.
 * 3. A stated confidence can only lower one's own vote; claiming certainty gains nothing.
 * 4. Ties are decided by the same rule everywhere: score, then heaviest single voice, then smallest member id.
 * 5. Abstentions carry no vote. With nothing to count, `winner` is null and the posterior 0.
 * 6. `tally` over `voices` and `clusters` of a result gives that result's clusters again: that is what a receipt proves.
 */
import type { AnswerForm } from "../contract/entry.ts";
import { type AnswerCluster, clusterAnswers } from "./agreement.ts";
import { interferenceFactor } from "./interference.ts";
import { normaliseAnswer } from "./normalise.ts";

/** Name of this rule in syntheses and receipts. Anything that changes a result changes this string. */
export const RULE = "synapse-rule/2";

export interface AggregateContribution {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly value: string | null;
  /** 0 to 1, as the author stated it. */
  readonly confidence: number;
  readonly abstain: boolean;
  /** Trust in the author on this topic, log-odds scale, ≥ 0; 1 is a fresh voice. */
  readonly weight: number;
  /** Made blind: no other contribution to the task among its ancestors. */
  readonly independent: boolean;
  /** Ids of the memories quoted. */
  readonly citations?: readonly string[];
}

export interface AggregateInput {
  readonly contributions: readonly AggregateContribution[];
  readonly form?: AnswerForm | undefined;
  readonly question?: string | undefined;
  readonly embed?: ((text: string) => Float32Array | null) | undefined;
  /** Clusters as frozen in a receipt; without it they are formed here. */
  readonly assignment?: readonly AnswerCluster[] | undefined;
  /** Error correlation of two authors, 0 to 1. Without it weights are taken as final: no discount for copies. */
  readonly correlation?: ((a: string, b: string) => number) | undefined;
  /**
   * 0 to 1: how far to damp all weights for the errors that even unrelated models share. 1 (the default) for weights that
   * nothing was learnt about, 0 for weights fitted jointly, which account for it already.
   */
  readonly damping?: number | undefined;
  /** Whether agreement amplifies (interference.ts). */
  readonly interference?: boolean | undefined;
}

/** A contribution with the weight that was really used. */
export interface Voice {
  readonly id: string;
  readonly author: string;
  readonly weight: number;
}

export interface WeighedCluster extends AnswerCluster {
  readonly authors: readonly string[];
  /** Share of all weight. */
  readonly mass: number;
  /** Probability that this is the answer. */
  readonly posterior: number;
  readonly text: string;
  /** The member that stands for the cluster: the heaviest. */
  readonly representative: string;
}

export interface Tally {
  /** Best first; never reordered by anything but the rule of ties. */
  readonly clusters: readonly Omit<WeighedCluster, "text">[];
  /** Probability that none of the clusters holds the answer. */
  readonly none: number;
}

export interface Aggregate {
  readonly rule: typeof RULE;
  readonly clusters: readonly WeighedCluster[];
  readonly winner: WeighedCluster | null;
  /** Of the winner; 0 without one. */
  readonly posterior: number;
  readonly none: number;
  /** Share of the weight in the largest cluster; 0 with no voice. */
  readonly agreement: number;
  /** How many independent voices this panel is worth. */
  readonly effectiveVoices: number;
  readonly voices: readonly Voice[];
  readonly abstained: readonly string[];
  readonly dissent: readonly {
    readonly text: string;
    readonly holders: readonly string[];
    readonly mass: number;
  }[];
}

/** Error correlation between different models of different vendors on real questions (φ .33 to .41). */
export const BACKGROUND_CORRELATION = 0.35;
/** A vote cast after reading the others is worth half a blind one: it repeats part of what they said. */
const DEPENDENT_FACTOR = 0.5;
/** Scores closer than this are equal: it hides the last bits of floating point, nothing a weight could mean. */
const SCORE_QUANTUM = 1e-9;

export function aggregate(input: AggregateInput): Aggregate {
  const contributions = input.contributions.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const speaking = contributions.filter(({ abstain }) => !abstain);
  const { clusters, silent } = input.assignment
    ? { clusters: input.assignment, silent: unassigned(speaking, input.assignment) }
    : clusterAnswers(speaking, input);
  const mute = new Set(silent);
  const heard = speaking.filter(({ id }) => !mute.has(id));
  const { voices, effectiveVoices } = weigh(heard, clusters, input);
  const { clusters: tallied, none } = tally(clusters, voices);
  const textById = new Map(heard.map(({ id, text, value }) => [id, displayText(text, value, input.form)]));
  const weighed = tallied.map((cluster) => ({
    ...cluster,
    text: textById.get(cluster.representative) ?? "",
  }));
  const winner = weighed[0] ?? null;
  return {
    rule: RULE,
    clusters: weighed,
    winner,
    posterior: winner?.posterior ?? 0,
    none,
    agreement: weighed.reduce((most, { mass }) => Math.max(most, mass), 0),
    effectiveVoices,
    voices,
    abstained: [...contributions.filter(({ abstain }) => abstain).map(({ id }) => id), ...silent].sort(),
    dissent: weighed.slice(1).map(({ text, authors, mass }) => ({ text, holders: authors, mass })),
  };
}

/** The second half of the rule, on frozen clusters and weights: all that an offline verifier needs. */
export function tally(clusters: readonly AnswerCluster[], voices: readonly Voice[]): Tally {
  const voiceById = new Map(voices.map((voice) => [voice.id, voice]));
  const scored = clusters.map((cluster) => {
    const members = cluster.members.flatMap((id) => voiceById.get(id) ?? []);
    members.sort((a, b) => (a.id < b.id ? -1 : 1));
    const score = members.reduce((sum, { weight }) => sum + weight, 0);
    const heaviest = members.reduce<Voice | null>(
      (best, voice) => (best && best.weight >= voice.weight ? best : voice),
      null,
    );
    return { cluster, score, heaviest, authors: [...new Set(members.map(({ author }) => author))].sort() };
  });
  const quantised = (score: number): number => Math.round(score / SCORE_QUANTUM);
  scored.sort(
    (a, b) =>
      quantised(b.score) - quantised(a.score) ||
      quantised(b.heaviest?.weight ?? 0) - quantised(a.heaviest?.weight ?? 0) ||
      ((a.cluster.members[0] ?? "") < (b.cluster.members[0] ?? "") ? -1 : 1),
  );
  const top = Math.max(0, scored[0]?.score ?? 0);
  const none = Math.exp(-top);
  const partition = scored.reduce((sum, { score }) => sum + Math.exp(score - top), none);
  const total = scored.reduce((sum, { score }) => sum + score, 0);
  return {
    clusters: scored.map(({ cluster, score, heaviest, authors }) => ({
      ...cluster,
      authors,
      mass: total === 0 ? 0 : score / total,
      posterior: Math.exp(score - top) / partition,
      representative: heaviest?.id ?? cluster.members[0] ?? "",
    })),
    none: scored.length === 0 ? 1 : none / partition,
  };
}

function unassigned(
  contributions: readonly AggregateContribution[],
  assignment: readonly AnswerCluster[],
): readonly string[] {
  const assigned = new Set(assignment.flatMap(({ members }) => members));
  return contributions.filter(({ id }) => !assigned.has(id)).map(({ id }) => id);
}

function displayText(text: string, value: string | null, form: AnswerForm | undefined): string {
  if (form === undefined) return text;
  return normaliseAnswer(value ?? text, form) ?? text;
}

function weigh(
  heard: readonly AggregateContribution[],
  clusters: readonly AnswerCluster[],
  { correlation, damping = 1, interference }: AggregateInput,
): { voices: readonly Voice[]; effectiveVoices: number } {
  const perAuthor = new Map<string, number>();
  for (const { author } of heard) perAuthor.set(author, (perAuthor.get(author) ?? 0) + 1);
  let weights = heard.map(({ author, weight, confidence, independent }) => {
    const stated = (1 + Math.min(1, Math.max(0, confidence))) / 2;
    return (
      (Math.max(0, weight) * stated * (independent ? 1 : DEPENDENT_FACTOR)) / (perAuthor.get(author) ?? 1)
    );
  });
  let effectiveVoices = effectiveNumber(weights, () => 0);
  if (correlation) {
    const rho = heard.map((a) =>
      heard.map((b) => (a.author === b.author ? 1 : clampUnit(correlation(a.author, b.author)))),
    );
    weights = weights.map((weight, i) => weight / copiesOf(heard, i, rho[i] ?? []));
    effectiveVoices = effectiveNumber(weights, (i, j) => rho[i]?.[j] ?? 0);
    // Voices that err together by as much as all models do are together worth only this share of their number. Copies
    // are counted once already, so the number is that of unlike voices: n perfect copies weigh exactly what one does.
    const unlike = effectiveNumber(weights, (i, j) => excess(rho[i]?.[j] ?? 0));
    const factor = unlike === 0 ? 0 : (effectiveVoices / unlike) ** damping;
    weights = weights.map((weight) => weight * factor);
  }
  if (interference) weights = interfere(heard, clusters, weights);
  return {
    voices: heard.map(({ id, author }, i) => ({ id, author, weight: weights[i] ?? 0 })),
    effectiveVoices,
  };
}

/**
 * 1 for a voice unlike the others, n for one of n copies. Only correlation beyond what all models share counts, and
 * only with other authors: one author's contributions share his weight already.
 */
function copiesOf(heard: readonly AggregateContribution[], self: number, row: readonly number[]): number {
  let copies = 1;
  for (const [other, rho] of row.entries()) {
    if (heard[other]?.author === heard[self]?.author) continue;
    copies += excess(rho);
  }
  return copies;
}

/** Correlation beyond what all models share, 0 to 1. */
function excess(rho: number): number {
  return Math.max(0, rho - BACKGROUND_CORRELATION) / (1 - BACKGROUND_CORRELATION);
}

/** How many independent voices these are worth: Kish's effective number with correlation, (Σw)² / Σᵢⱼ wᵢ wⱼ ρᵢⱼ. */
export function effectiveNumber(weights: readonly number[], rho: (i: number, j: number) => number): number {
  let square = 0;
  for (const [i, a] of weights.entries()) {
    for (const [j, b] of weights.entries()) square += a * b * (i === j ? 1 : rho(i, j));
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return square === 0 ? 0 : (sum * sum) / square;
}

function interfere(
  heard: readonly AggregateContribution[],
  clusters: readonly AnswerCluster[],
  weights: readonly number[],
): number[] {
  const clusterOf = new Map(
    clusters.flatMap(({ members }, index) => members.map((id) => [id, index] as const)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return heard.map(({ id, citations }, i) => {
    const own = weights[i] ?? 0;
    const others = total - own;
    const aligned = heard.reduce(
      (sum, other, j) =>
        j !== i && clusterOf.get(other.id) === clusterOf.get(id) ? sum + (weights[j] ?? 0) : sum,
      0,
    );
    const share = others <= 0 ? 1 : aligned / others;
    return own * (others <= 0 ? 1 : interferenceFactor(share, (citations?.length ?? 0) > 0));
  });
}

function clampUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
