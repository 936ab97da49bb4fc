/**
 * How much each voice should weigh, learnt from graded items together instead of one by one.
 *
 * Real models err together, so weighing each by its own log-odds overrates the crowd: 29 models are worth about two and
 * a half independent votes. The weights are therefore the coefficients of one conditional logit over all voices
 * (McFadden 1974): P(answer c) ∝ exp(sum of the weights of who says c), with "none of these" as one more alternative.
 *
 * While evidence is thin the weights are pulled to a prior that uses each voice's graded accuracy alone
 * (weight-prior.ts); with nothing graded all weigh 1.
 *
 * 1. Weights are ≥ 0: a voice can lose all influence, it is never counted against its word.
 * 2. Copies (error correlation above what all models share) enter the fit with one vote between them.
 * 3. If on items not used for the fit one peer alone did clearly better, only that peer counts (the others break ties).
 * 4. Deterministic: no random start, no random split; the same items give the same weights in any order.
 */
import { BACKGROUND_CORRELATION } from "@synapse/shared/rule/aggregate.ts";
import { type AccuracyRecord, priorWeights, type WeightPrior } from "./weight-prior.ts";

export interface GradedItem {
  /** Id of the task or probe. */
  readonly id: string;
  readonly topic: string;
  /** When it was graded, ms. */
  readonly at: number;
  /** 0 to 1: trust in whoever graded it. */
  readonly weight: number;
  /** One blind vote an author; `answer` equal for equal answers, null where it gave none that could be read. */
  readonly votes: readonly { readonly author: string; readonly answer: string | null }[];
  /** Key of the right answer, null where nobody gave it. */
  readonly truth: string | null;
}

export interface JointWeights {
  /** Log-odds scale. An author nobody has graded gets what the prior gives; topic null is over all topics. */
  weightOf(author: string, topic: string | null): number;
  /** Graded items (discounted) behind an author's weight. */
  itemsOf(author: string): number;
  /** 1 with no evidence, falling to 0: how far the rule should still damp for errors shared by all models. */
  readonly damping: number;
  /** The peer that alone beats the swarm, if one does. */
  readonly bestPeer: string | null;
}

/** `stated`: what to assume of a pair while few of its errors were seen. */
export type Correlation = (a: string, b: string, stated?: number) => number;

/** Items kept for a fit: the newest. More changes nothing and costs time. */
export const GRADED_ITEMS_MAX = 4_000;
/** Strength of the pull to the prior, in units of log-likelihood, and of a topic's weights to those over all topics. */
const RIDGE = 64;
const TOPIC_RIDGE = 16;
const DAMPING_ITEMS = 25;
/** Cross-validated advantage, in standard errors, from which one peer replaces the swarm. */
const BEST_PEER_Z = 2.33;
const BEST_PEER_ITEMS_MIN = 20;
const TIE_BREAK_WEIGHT = 1e-3;
const FOLDS = 5;
/** The newest items are enough to tell whether one peer is better than all together. */
const BEST_PEER_ITEMS_MAX = 600;
const ITERATIONS_MAX = 250;
const CONVERGED = 1e-4;

/** Who may borrow from whom, and what share of the lender's right answers. */
export type Partners = ReadonlyMap<string, readonly { readonly author: string; readonly share: number }[]>;

/** @param partners whose positive evidence counts in part for others, in the prior alone; nobody's by default */
export function fitJointWeights(
  graded: readonly GradedItem[],
  correlation?: Correlation,
  partners?: Partners,
): JointWeights {
  const items = graded.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)).slice(-GRADED_ITEMS_MAX);
  const authors = [...new Set(items.flatMap(({ votes }) => votes.map(({ author }) => author)))].sort();
  const indexOf = new Map(authors.map((author, index) => [author, index]));
  const rows = rowsOf(items, indexOf, correlation);
  const records = recordsOf(rows, authors.length);
  const prior = priorOf(rows, lent(records, indexOf, partners));
  const bestPeer = findBestPeer(rows.slice(-BEST_PEER_ITEMS_MAX), authors.length);
  const general = fitRidge(rows, prior.weights, RIDGE);
  const byTopic = new Map<string | null, readonly number[]>([[null, general]]);
  const weightsFor = (topic: string | null): readonly number[] => {
    const known = byTopic.get(topic);
    if (known !== undefined) return known;
    const own = rows.filter((row) => row.topic === topic);
    const weights = own.length === 0 ? general : fitRidge(own, general, TOPIC_RIDGE);
    byTopic.set(topic, weights);
    return weights;
  };
  return {
    weightOf: (author, topic) => {
      const index = indexOf.get(author) ?? -1;
      if (bestPeer !== null) return index === bestPeer ? 1 : TIE_BREAK_WEIGHT;
      return weightsFor(topic)[index] ?? prior.unknown;
    },
    itemsOf: (author) => records[indexOf.get(author) ?? -1]?.items ?? 0,
    damping: 1 - knownShare(rows),
    bestPeer: bestPeer === null ? null : (authors[bestPeer] ?? null),
  };
}

/** One graded item as numbers: parallel arrays of author index, cluster index and vote strength. */
interface Row {
  readonly topic: string;
  readonly weight: number;
  /** Everybody who was asked, also those whose answer could not be read: for them it was an error. */
  readonly asked: readonly number[];
  readonly authors: readonly number[];
  readonly clusters: readonly number[];
  readonly strengths: readonly number[];
  readonly clusterCount: number;
  /** Cluster index, −1 where no cluster is right. */
  readonly truth: number;
}

function rowsOf(
  items: readonly GradedItem[],
  indexOf: ReadonlyMap<string, number>,
  correlation: Correlation | undefined,
): readonly Row[] {
  const authors = [...indexOf.keys()];
  const copies = authors.map((a) =>
    authors.reduce((sum, b) => (a === b || !correlation ? sum : sum + excessOf(correlation(a, b))), 1),
  );
  return items.map(({ topic, weight, votes, truth }) => {
    const clusterOf = new Map<string, number>();
    const cast = votes.flatMap(({ author, answer }) => (answer === null ? [] : [{ author, answer }]));
    for (const { answer } of cast) if (!clusterOf.has(answer)) clusterOf.set(answer, clusterOf.size);
    const voters = cast.map(({ author }) => indexOf.get(author) ?? -1);
    return {
      topic,
      weight,
      asked: votes.map(({ author }) => indexOf.get(author) ?? -1),
      authors: voters,
      clusters: cast.map(({ answer }) => clusterOf.get(answer) ?? -1),
      strengths: voters.map((voter) => 1 / (copies[voter] ?? 1)),
      clusterCount: clusterOf.size,
      truth: truth === null ? -1 : (clusterOf.get(truth) ?? -1),
    };
  });
}

function excessOf(rho: number): number {
  return Math.max(0, rho - BACKGROUND_CORRELATION) / (1 - BACKGROUND_CORRELATION);
}

function recordsOf(rows: readonly Row[], size: number): readonly AccuracyRecord[] {
  const records = Array.from({ length: size }, () => ({ right: 0, items: 0 }));
  for (const { asked, authors, clusters, truth, weight } of rows) {
    for (const author of asked) (records[author] as { items: number }).items += weight;
    for (const [vote, author] of authors.entries()) {
      if (truth >= 0 && clusters[vote] === truth) (records[author] as { right: number }).right += weight;
    }
  }
  return records;
}

/** Each record with the largest loan added: a crowd of partners lends no more than the best of them. */
function lent(
  records: readonly AccuracyRecord[],
  indexOf: ReadonlyMap<string, number>,
  partners: Partners | undefined,
): readonly AccuracyRecord[] {
  if (partners === undefined) return records;
  const authors = [...indexOf.keys()];
  return records.map(({ right, items }, index) => {
    const loans = (partners.get(authors[index] ?? "") ?? []).map(
      ({ author, share }) => share * (records[indexOf.get(author) ?? -1]?.right ?? 0),
    );
    const loan = Math.max(0, ...loans);
    return { right: right + loan, items: items + loan };
  });
}

function panelSizeOf(rows: readonly Row[]): number {
  const votes = rows.reduce((sum, { authors }) => sum + authors.length, 0);
  return rows.length === 0 ? 1 : Math.max(1, votes / rows.length);
}

/** 0 with nothing graded, rising to 1. */
function knownShare(rows: readonly Row[]): number {
  const items = rows.reduce((sum, { weight }) => sum + weight, 0);
  return items / (DAMPING_ITEMS + items);
}

function priorOf(rows: readonly Row[], records: readonly AccuracyRecord[]): WeightPrior {
  const design = flatten(rows);
  return priorWeights({
    records,
    panelSize: panelSizeOf(rows),
    knownShare: knownShare(rows),
    misfit: (weights) => lossOf(design, weights, weights, 0, null),
  });
}

/** Penalised maximum likelihood by accelerated projected gradient (Beck & Teboulle 2009), step found by halving. */
function fitRidge(rows: readonly Row[], prior: readonly number[], ridge: number): readonly number[] {
  const design = flatten(rows);
  let current = [...prior];
  let ahead = [...prior];
  let momentum = 1;
  let step = 1 / (ridge + rows.length);
  const gradient = new Array<number>(prior.length).fill(0);
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    const loss = lossOf(design, ahead, prior, ridge, gradient);
    let next = projected(ahead, gradient, step);
    while (lossOf(design, next, prior, ridge, null) > bound(loss, ahead, next, gradient, step)) {
      step /= 2;
      next = projected(ahead, gradient, step);
    }
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const moved = next.map((value, index) => value - (current[index] ?? 0));
    ahead = next.map((value, index) => value + ((momentum - 1) / grown) * (moved[index] ?? 0));
    current = next;
    momentum = grown;
    step *= 1.1;
    if (moved.every((delta) => Math.abs(delta) < CONVERGED)) break;
  }
  return current;
}

function projected(from: readonly number[], gradient: readonly number[], step: number): number[] {
  return from.map((value, index) => Math.max(0, value - step * (gradient[index] ?? 0)));
}

function bound(
  loss: number,
  from: readonly number[],
  to: readonly number[],
  gradient: readonly number[],
  step: number,
): number {
  let value = loss + 1e-9 * (1 + Math.abs(loss));
  for (const [index, target] of to.entries()) {
    const delta = target - (from[index] ?? 0);
    value += (gradient[index] ?? 0) * delta + (delta * delta) / (2 * step);
  }
  return value;
}

/** All rows in flat arrays: row r owns the votes from starts[r] to starts[r + 1]. The fit spends its time here. */
interface Design {
  readonly starts: Int32Array;
  readonly authors: Int32Array;
  readonly clusters: Int32Array;
  readonly strengths: Float64Array;
  readonly weights: Float64Array;
  readonly truths: Int32Array;
  readonly clusterCounts: Int32Array;
  readonly scores: Float64Array;
}

function flatten(rows: readonly Row[]): Design {
  const starts = new Int32Array(rows.length + 1);
  for (const [index, { authors }] of rows.entries())
    starts[index + 1] = (starts[index] ?? 0) + authors.length;
  return {
    starts,
    authors: Int32Array.from(rows.flatMap(({ authors }) => authors)),
    clusters: Int32Array.from(rows.flatMap(({ clusters }) => clusters)),
    strengths: Float64Array.from(rows.flatMap(({ strengths }) => strengths)),
    weights: Float64Array.from(rows.map(({ weight }) => weight)),
    truths: Int32Array.from(rows.map(({ truth }) => truth)),
    clusterCounts: Int32Array.from(rows.map(({ clusterCount }) => clusterCount)),
    scores: new Float64Array(Math.max(1, ...rows.map(({ clusterCount }) => clusterCount))),
  };
}

/** Negative log-likelihood plus ridge; fills `gradient` where one is given. Index arithmetic is in bounds by design. */
function lossOf(
  { starts, authors, clusters, strengths, weights, truths, clusterCounts, scores }: Design,
  w: readonly number[],
  prior: readonly number[],
  ridge: number,
  gradient: number[] | null,
): number {
  gradient?.fill(0);
  let loss = 0;
  for (let row = 0; row < weights.length; row += 1) {
    const [from, to, count] = [
      starts[row] as number,
      starts[row + 1] as number,
      clusterCounts[row] as number,
    ];
    const [truth, weight] = [truths[row] as number, weights[row] as number];
    scores.fill(0, 0, count);
    for (let vote = from; vote < to; vote += 1) {
      const cluster = clusters[vote] as number;
      scores[cluster] =
        (scores[cluster] as number) + (w[authors[vote] as number] as number) * (strengths[vote] as number);
    }
    let top = 0;
    for (let cluster = 0; cluster < count; cluster += 1) top = Math.max(top, scores[cluster] as number);
    let partition = Math.exp(-top);
    const truthScore = truth < 0 ? 0 : (scores[truth] as number);
    for (let cluster = 0; cluster < count; cluster += 1) {
      scores[cluster] = Math.exp((scores[cluster] as number) - top);
      partition += scores[cluster] as number;
    }
    loss += weight * (Math.log(partition) + top - truthScore);
    if (gradient === null) continue;
    for (let vote = from; vote < to; vote += 1) {
      const cluster = clusters[vote] as number;
      const author = authors[vote] as number;
      const surprise = (scores[cluster] as number) / partition - (cluster === truth ? 1 : 0);
      gradient[author] = (gradient[author] as number) + weight * (strengths[vote] as number) * surprise;
    }
  }
  for (let index = 0; index < w.length; index += 1) {
    const delta = (w[index] as number) - (prior[index] ?? 0);
    loss += (ridge / 2) * delta * delta;
    if (gradient !== null) gradient[index] = (gradient[index] as number) + ridge * delta;
  }
  return loss;
}

/**
 * Index of the author who alone beat the swarm on held-out folds by more than chance, else null. In every fold the
 * candidate is the one best on the *other* folds, so nobody is crowned for luck on the items that crown him.
 */
function findBestPeer(rows: readonly Row[], size: number): number | null {
  if (rows.length < BEST_PEER_ITEMS_MIN || size < 2) return null;
  let advantage = 0;
  let decided = 0;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const training = rows.filter((_, index) => index % FOLDS !== fold);
    const candidate = bestAuthor(training, size);
    const prior = priorOf(training, recordsOf(training, size));
    const weights = fitRidge(training, prior.weights, RIDGE);
    for (const [index, row] of rows.entries()) {
      if (index % FOLDS !== fold) continue;
      const swarm = row.truth >= 0 && winnerOf(row, weights) === row.truth;
      const alone = row.authors.some(
        (author, vote) => author === candidate && row.clusters[vote] === row.truth,
      );
      if (swarm === alone) continue;
      advantage += (alone ? 1 : -1) * row.weight;
      decided += row.weight ** 2;
    }
  }
  return decided > 0 && advantage / Math.sqrt(decided) > BEST_PEER_Z ? bestAuthor(rows, size) : null;
}

function bestAuthor(rows: readonly Row[], size: number): number {
  const right = recordsOf(rows, size).map((record) => record.right);
  return right.indexOf(Math.max(...right));
}

function winnerOf({ authors, clusters, strengths, clusterCount }: Row, weights: readonly number[]): number {
  const scores = new Array<number>(clusterCount).fill(0);
  for (const [vote, cluster] of clusters.entries()) {
    scores[cluster] = (scores[cluster] ?? 0) + (weights[authors[vote] ?? -1] ?? 0) * (strengths[vote] ?? 0);
  }
  return scores.indexOf(Math.max(...scores));
}
