/** What recall is compared with in the same run: TF-IDF as the earlier system ranked, and plain BM25. Pure. */
import { analyze } from "@synapse/spore/retrieval/analyzer.ts";
import { BM25_B, BM25_K1 } from "@synapse/spore/retrieval/relevance.ts";
import type { Text } from "./retrieval-sets.ts";

/** The earlier system kept the most frequent words only. */
const TFIDF_FEATURES = 5_000;

/** @returns the indexes of the best `k` texts, best first. */
export type Ranker = (question: string, k: number) => readonly number[];

interface Posting {
  readonly text: number;
  readonly count: number;
}

const textOf = ({ content, metadata }: Text): string => [metadata?.title ?? "", content].join(" ");

/** Words in lower case, as they stand. */
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];

function countsOf<T>(items: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function postingsOf<T>(counted: readonly ReadonlyMap<T, number>[]): Map<T, Posting[]> {
  const postings = new Map<T, Posting[]>();
  for (const [text, counts] of counted.entries()) {
    for (const [term, count] of counts) {
      const list = postings.get(term);
      if (list === undefined) postings.set(term, [{ text, count }]);
      else list.push({ text, count });
    }
  }
  return postings;
}

function best(scores: Float64Array, k: number): number[] {
  const found = [...scores.keys()].filter((index) => (scores[index] ?? 0) > 0);
  return found.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b).slice(0, k);
}

/** Cosine of tf · idf over the most frequent words. */
export function tfidf(texts: readonly Text[]): Ranker {
  const counted = texts.map((text) => countsOf(wordsOf(textOf(text))));
  const all = [...postingsOf(counted)].sort(([, a], [, b]) => b.length - a.length);
  const postings = new Map(all.slice(0, TFIDF_FEATURES));
  const idf = (list: readonly Posting[]) => Math.log((1 + texts.length) / (1 + list.length)) + 1;
  const squares = new Float64Array(texts.length);
  for (const list of postings.values())
    for (const { text, count } of list) squares[text] = (squares[text] ?? 0) + (count * idf(list)) ** 2;
  return (question, k) => {
    const scores = new Float64Array(texts.length);
    for (const [word, asked] of countsOf(wordsOf(question))) {
      const list = postings.get(word) ?? [];
      for (const { text, count } of list)
        scores[text] = (scores[text] ?? 0) + (asked * count * idf(list) ** 2) / Math.sqrt(squares[text] ?? 1);
    }
    return best(scores, k);
  };
}

/** BM25 over each text by itself, with the product's own stemming and function words. */
export function bm25(texts: readonly Text[]): Ranker {
  const analyzed = texts.map((text) => analyze(textOf(text)));
  const postings = postingsOf(analyzed.map(({ terms }) => terms));
  const mean = analyzed.reduce((sum, { length }) => sum + length, 0) / Math.max(1, texts.length);
  return (question, k) => {
    const scores = new Float64Array(texts.length);
    for (const [term, asked] of analyze(question).terms) {
      const list = postings.get(term) ?? [];
      const idf = Math.log(1 + (texts.length - list.length + 0.5) / (list.length + 0.5));
      for (const { text, count } of list) {
        const norm = BM25_K1 * (1 - BM25_B + (BM25_B * (analyzed[text]?.length ?? 0)) / mean);
        scores[text] = (scores[text] ?? 0) + (asked * idf * count * (BM25_K1 + 1)) / (count + norm);
      }
    }
    return best(scores, k);
  };
}
