/**
 * How much of the graded evidence recall finds, through the product's own service (index worker included), beside TF-IDF
 * and BM25 in the same run. Shares are exact and the same on every machine.
 */
import { join } from "node:path";
import { createMemoryFeed } from "@synapse/spore/retrieval/feed.fixture.ts";
import { createRecall } from "@synapse/spore/retrieval/recall-service.ts";
import { bm25, type Ranker, tfidf } from "./recall-baselines.ts";
import type { BenchRow } from "./result.ts";
import { type Collection, gradedSet, locomo, type Question } from "./retrieval-sets.ts";
import { emptyFigures, measureWindows, type WindowFigures, windowRows } from "./window-quality.ts";

const CUTS = [5, 10, 25] as const;
const NDCG_CUT = 10;

type Say = (line: string) => void;

interface Ranking {
  readonly question: Question;
  readonly found: readonly number[];
}

/** What each ranker found for each question. */
interface Compared {
  readonly recall: Ranking[];
  readonly bm25: Ranking[];
  readonly tfidf: Ranking[];
  readonly windows: WindowFigures;
}

const nothingYet = (): Compared => ({ recall: [], bm25: [], tfidf: [], windows: emptyFigures() });

/** @param quick ten questions of one conversation: that it runs, not how well. */
export async function measureQuality(folder: string, quick: boolean, say: Say): Promise<BenchRow[]> {
  const questionsMax = quick ? 10 : Number.POSITIVE_INFINITY;
  const rows: BenchRow[] = [];
  const conversations = locomo()?.slice(0, quick ? 1 : undefined) ?? null;
  if (conversations !== null) {
    const compared = nothingYet();
    for (const [number, conversation] of conversations.entries()) {
      await compare(conversation, join(folder, `locomo-${number}.db`), questionsMax, 25, say, compared);
    }
    rows.push(...locomoRows(compared), ...windowRows("LoCoMo", compared.windows));
  }
  for (const name of quick ? [] : (["scifact", "nfcorpus"] as const)) {
    const collection = gradedSet(name);
    if (collection === null) continue;
    const compared = nothingYet();
    await compare(collection, join(folder, `${name}.db`), questionsMax, NDCG_CUT, say, compared);
    rows.push(ndcgRow(name, compared), ...windowRows(name, compared.windows));
  }
  return rows;
}

/** Adds what each ranker finds in one collection to `compared`. */
async function compare(
  { texts, questions }: Collection,
  path: string,
  questionsMax: number,
  k: number,
  say: Say,
  compared: Compared,
): Promise<void> {
  const feed = createMemoryFeed();
  const recall = createRecall({
    feed,
    path,
    weights: { decoherence: () => 1, trust: () => 1 },
    now: Date.now,
    // A new file is no news here.
    log: {
      info: () => undefined,
      warn: (message) => void (message.endsWith("it is missing") || say(message)),
    },
  });
  const indexes = new Map(texts.map((text, index) => [feed.remember(text.content, text).id, index]));
  await recall.settled();
  const rankers: Record<"bm25" | "tfidf", Ranker> = { bm25: bm25(texts), tfidf: tfidf(texts) };
  for (const question of questions.slice(0, questionsMax)) {
    const hits = await recall.search({ text: question.text, k, labels: ["cluster"] });
    compared.recall.push({ question, found: hits.flatMap(({ id }) => indexes.get(id) ?? []) });
    for (const [name, ranker] of Object.entries(rankers))
      compared[name as keyof typeof rankers].push({ question, found: ranker(question.text, k) });
    if (question.relevant.size > 0) await measureWindows(recall, question, indexes, compared.windows);
  }
  await recall.close();
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Share of a question's evidence among the first `k`. */
function recallAt(rankings: readonly Ranking[], k: number): number {
  return mean(
    rankings.map(({ question, found }) => {
      const top = new Set(found.slice(0, k));
      return [...question.relevant.keys()].filter((text) => top.has(text)).length / question.relevant.size;
    }),
  );
}

/** Järvelin & Kekäläinen 2002, with linear gains as trec_eval computes it. */
function ndcg(rankings: readonly Ranking[]): number {
  const gain = (grade: number, rank: number) => grade / Math.log2(rank + 2);
  return mean(
    rankings.map(({ question, found }) => {
      const ideal = [...question.relevant.values()].sort((a, b) => b - a).slice(0, NDCG_CUT);
      const most = ideal.reduce((sum, grade, rank) => sum + gain(grade, rank), 0);
      const got = found.slice(0, NDCG_CUT).map((text, rank) => gain(question.relevant.get(text) ?? 0, rank));
      return got.reduce((sum, value) => sum + value, 0) / most;
    }),
  );
}

/** Which questions a row is about, and the goal for the first ten hits. */
const GROUPS: readonly {
  readonly name: string;
  readonly sorts: readonly string[];
  readonly goal?: number;
}[] = [
  { name: "all but adversarial", sorts: ["multi-hop", "temporal", "open-domain", "single-hop"], goal: 0.74 },
  { name: "multi-hop", sorts: ["multi-hop"], goal: 0.5 },
  { name: "temporal", sorts: ["temporal"] },
  { name: "open-domain", sorts: ["open-domain"] },
  { name: "single-hop", sorts: ["single-hop"] },
  { name: "adversarial", sorts: ["adversarial"] },
];

function locomoRows(compared: Compared): BenchRow[] {
  return [
    ...CUTS.map((k) => shareRow("all questions", compared, k, k === 10 ? 0.77 : undefined)),
    {
      quantity: "LoCoMo evidence recall@10, TF-IDF of the earlier system",
      value: recallAt(compared.tfidf, 10),
      unit: "share",
    },
    ...GROUPS.flatMap(({ name, sorts, goal }) => {
      const kept = (rankings: readonly Ranking[]) =>
        rankings.filter(({ question }) => sorts.includes(question.sort));
      const of = { recall: kept(compared.recall), bm25: kept(compared.bm25) };
      return of.recall.length === 0 ? [] : [shareRow(name, of, 10, goal)];
    }),
  ];
}

function shareRow(name: string, of: Pick<Compared, "recall" | "bm25">, k: number, goal?: number): BenchRow {
  const value = recallAt(of.recall, k);
  const baseline = recallAt(of.bm25, k);
  return {
    quantity: `LoCoMo evidence recall@${k}, ${name} (${of.recall.length})`,
    value,
    unit: "share",
    ...(baseline === 0
      ? {}
      : { baseline: { of: "BM25 of the turn alone", value: baseline }, ratio: value / baseline }),
    ...(goal === undefined ? {} : { goal: `≥ ${goal}`, met: value >= goal }),
  };
}

const NDCG_GOALS = { scifact: 0.7, nfcorpus: 0.345 } as const;

function ndcgRow(name: keyof typeof NDCG_GOALS, compared: Compared): BenchRow {
  const value = ndcg(compared.recall);
  const baseline = ndcg(compared.bm25);
  return {
    quantity: `${name} nDCG@10, development questions (TF-IDF ${ndcg(compared.tfidf).toFixed(3)})`,
    value,
    unit: "nDCG",
    baseline: { of: "BM25", value: baseline },
    ratio: value / baseline,
    goal: `≥ ${NDCG_GOALS[name]} on the held-out questions`,
  };
}
