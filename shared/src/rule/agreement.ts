/**
 * Which answers say the same: stance-aware clusters of hypotheses, without asking any model.
 *
 * Where the task has an answer form, answers agree when their normalised values do. Else two texts agree when their
 * positions overlap enough (stance.ts; embeddings too, where the caller has them) and do not contradict each other.
 * Clusters grow by average linkage, with contradictions as cannot-link constraints (Davidson & Ravi 2005).
 *
 * 1. Order-independent: the same items in any order give the same clusters, in the same order.
 * 2. No two items of one cluster contradict each other, however alike a third one makes them look.
 * 3. Every item is in exactly one cluster. Items without usable text or value are returned apart as `silent`.
 */
import type { AnswerForm } from "../contract/entry.ts";
import { normaliseAnswer, sameValue } from "./normalise.ts";
import { contradicts, overlap, type Position, questionTermsOf, readPosition } from "./stance.ts";

export interface AnswerItem {
  readonly id: string;
  readonly text: string;
  /** The normalised value where the task has a form and the author gave one. */
  readonly value: string | null;
  /** Ids of the memories quoted. */
  readonly citations?: readonly string[];
}

export interface ClusterOptions {
  readonly form?: AnswerForm | undefined;
  /** The task's own words, which every answer repeats and which therefore count little. */
  readonly question?: string | undefined;
  /** Unit-length or not; null where the text has no vector. Receipts freeze the assignment, so it may differ by spore. */
  readonly embed?: ((text: string) => Float32Array | null) | undefined;
}

export interface AnswerCluster {
  /** Ascending. */
  readonly members: readonly string[];
  /** Common normalised value, null for free text. */
  readonly value: string | null;
}

export interface Clustering {
  /** Largest first, then by first member. */
  readonly clusters: readonly AnswerCluster[];
  readonly silent: readonly string[];
}

/** Overlap from which two positions are one; set on the pairs of agreement.test.ts. */
const SAME_POSITION = 0.55;
/** Cosine from which vectors alone are enough, and from which they help a weaker overlap. */
const SAME_VECTOR = 0.9;
const NEAR_VECTOR = 0.75;
const NEAR_OVERLAP = 0.25;
/** Two answers that rest mostly on the same quoted memories take the same position unless they contradict. */
const SHARED_CITATIONS = 0.5;

export function clusterAnswers(items: readonly AnswerItem[], options: ClusterOptions): Clustering {
  const sorted = items.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const { clusters, silent } = options.form
    ? clusterValues(sorted, options.form)
    : clusterTexts(sorted, options);
  return {
    clusters: clusters.toSorted(
      (a, b) => b.members.length - a.members.length || ((a.members[0] ?? "") < (b.members[0] ?? "") ? -1 : 1),
    ),
    silent,
  };
}

function clusterValues(items: readonly AnswerItem[], form: AnswerForm): Clustering {
  const silent: string[] = [];
  const valued: { id: string; value: string }[] = [];
  for (const { id, text, value } of items) {
    const normalised = normaliseAnswer(value ?? text, form);
    if (normalised === null) silent.push(id);
    else valued.push({ id, value: normalised });
  }
  // With a tolerance, sameness is not transitive: ascending order and comparison with the smallest make it definite.
  if (form.type === "number") valued.sort((a, b) => Number(a.value) - Number(b.value));
  const clusters: { value: string; members: string[] }[] = [];
  for (const { id, value } of valued) {
    const home = clusters.find((cluster) => sameValue(cluster.value, value, form));
    if (home) home.members.push(id);
    else clusters.push({ value, members: [id] });
  }
  for (const cluster of clusters) cluster.members.sort();
  return { clusters, silent };
}

function clusterTexts(items: readonly AnswerItem[], options: ClusterOptions): Clustering {
  const question = options.question === undefined ? undefined : questionTermsOf(options.question);
  const silent = items.filter(({ text }) => text.trim() === "").map(({ id }) => id);
  const nodes = items
    .filter(({ text }) => text.trim() !== "")
    .map((item) => ({
      item,
      position: readPosition(item.text, question),
      vector: options.embed?.(item.text) ?? null,
    }));
  const similarity = nodes.map((a) => nodes.map((b) => (a === b ? 1 : similarityOf(a, b))));
  return {
    clusters: linkClusters(
      nodes.map(({ item }) => item.id),
      similarity,
    ),
    silent,
  };
}

interface Node {
  readonly item: AnswerItem;
  readonly position: Position;
  readonly vector: Float32Array | null;
}

/** 0 to 1, or −Infinity where the two contradict each other: no average can then join them. */
function similarityOf(a: Node, b: Node): number {
  if (contradicts(a.position, b.position)) return Number.NEGATIVE_INFINITY;
  const words = overlap(a.position, b.position);
  const cited = jaccard(a.item.citations, b.item.citations);
  if (cited >= SHARED_CITATIONS) return Math.max(words, (1 + cited) / 2);
  const cosine = a.vector && b.vector ? cosineOf(a.vector, b.vector) : 0;
  if (cosine >= SAME_VECTOR) return Math.max(words, cosine);
  if (cosine >= NEAR_VECTOR && words >= NEAR_OVERLAP)
    return Math.max(words, (cosine + words) / 2, SAME_POSITION);
  return words;
}

/** Average linkage from single items, the closest pair first; ties by position in the sorted input. */
function linkClusters(ids: readonly string[], similarity: readonly (readonly number[])[]): AnswerCluster[] {
  let groups: number[][] = ids.map((_, index) => [index]);
  for (;;) {
    let best = { score: SAME_POSITION, left: -1, right: -1 };
    for (const [left, a] of groups.entries()) {
      for (let right = left + 1; right < groups.length; right += 1) {
        const score = averageSimilarity(a, groups[right] ?? [], similarity);
        if (score > best.score || (score === best.score && best.left < 0)) best = { score, left, right };
      }
    }
    if (best.left < 0) break;
    const merged = [...(groups[best.left] ?? []), ...(groups[best.right] ?? [])].sort((a, b) => a - b);
    groups = groups.filter((_, index) => index !== best.left && index !== best.right);
    groups.push(merged);
    groups.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  }
  return groups.map((group) => ({ members: group.map((index) => ids[index] ?? ""), value: null }));
}

function averageSimilarity(
  a: readonly number[],
  b: readonly number[],
  similarity: readonly (readonly number[])[],
): number {
  let sum = 0;
  for (const left of a) for (const right of b) sum += similarity[left]?.[right] ?? 0;
  return sum / (a.length * b.length);
}

function jaccard(a: readonly string[] = [], b: readonly string[] = []): number {
  const [left, right] = [new Set(a), new Set(b)];
  const common = [...left].filter((id) => right.has(id)).length;
  const all = left.size + right.size - common;
  return all === 0 ? 0 : common / all;
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
