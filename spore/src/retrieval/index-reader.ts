/**
 * Answers questions from the index file: candidates by their postings, then exact scoring of few in their context.
 *
 *   stage 1  STAGE1_KEPT entries by the postings of the rarest words            (candidates.ts)
 *   stage 2  exact scoring of the best of them and of what stands around them   (scoring.ts)
 *   again    with the question widened by what its first hits say               (expansion.ts)
 *
 * Invariant: an entry of a label that was not asked for is neither returned nor read as context, nor counted in
 * a term's rarity. What a stranger may not see cannot show through a score either.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { analyzeQuery } from "./analyzer.ts";
import {
  createCandidateSource,
  type Found,
  POSTINGS_MAX,
  topOf,
  WIDENING_POSTINGS_MAX,
} from "./candidates.ts";
import { EXPLORE, expandTerms, SECOND_HOP, TOPIC } from "./expansion.ts";
import { mainTerms } from "./forward-row.ts";
import { type Connection, IndexDamaged } from "./index-connection.ts";
import { createIndexRows } from "./index-rows.ts";
import { filterNumber } from "./index-words.ts";
import type { IndexState } from "./index-writer.ts";
import { filterOf, type IndexQuery, type QueryFilter } from "./query-filter.ts";
import { type WeighedTerm, weighTerms } from "./relevance.ts";
import { type Parts, type Question, type Scored, scoreCandidates } from "./scoring.ts";
import { createSpellingReader } from "./spelling.ts";
import { areTexts, hasFormOfTopic } from "./topic.ts";
import type { VectorLayer } from "./vector-layer.ts";
import { DIMENSIONS, embeddedVectors, similarityOf } from "./word-vectors.ts";

const STAGE1_KEPT = 200;
/** At most so many are kept where filters must be checked row by row; in a time range nobody knows how many pass. */
const STAGE1_KEPT_TESTED = 1_000;
/** Fewer that pass, or half of what is asked for, are worth a second look, with every filter told by the postings. */
const FEW = 60;
/** Fewer different texts than this among what was scored are worth reading more of what was found. */
const DISTINCT_MIN = 30;
/** Times the postings are read for it, at most. */
const TESTED_POSTINGS_FACTOR = 4;
/** A longer question is read at its head and its tail, where what is asked usually stands. */
const QUERY_CHARS_MAX = 16_000;

/** A candidate with everything the final ranking needs but its content. */
export interface Candidate {
  readonly seq: number;
  readonly id: EntryId;
  readonly label: Label;
  readonly kind: Kind;
  readonly author: PublicKey;
  readonly createdAt: number;
  readonly knownAt: number;
  readonly relevance: number;
  readonly parts: Parts;
  readonly before: readonly EntryId[];
  readonly after: readonly EntryId[];
  /** The distinct terms of its text, ascending: what it shares with other hits. */
  readonly terms: Uint32Array;
  /** Who asked to hide it. */
  readonly retractedBy: readonly PublicKey[];
}

/** What the index knows of the labels asked about. */
export interface LabelStatistics {
  /** In how many entries each term occurs; terms that occur in none are absent. */
  readonly frequencies: ReadonlyMap<number, number>;
  readonly total: number;
  /** Sum of the lengths in context. */
  readonly contextLength: number;
}

export interface IndexReader {
  /** Candidates, the most relevant first. */
  search(query: IndexQuery): readonly Candidate[];
  statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics;
}

export function clampQuery(text: string): string {
  if (text.length <= QUERY_CHARS_MAX) return text;
  const half = QUERY_CHARS_MAX / 2;
  return `${text.slice(0, half)} ${text.slice(-half)}`;
}

export function createIndexReader(
  connection: Connection,
  state: () => Readonly<IndexState>,
  vectors: VectorLayer,
): IndexReader {
  const candidates = createCandidateSource(connection);
  const rows = createIndexRows(connection);
  const spellings = createSpellingReader(connection);

  function statistics(terms: readonly number[], labels: readonly Label[]): LabelStatistics {
    const { totals } = state();
    return {
      frequencies: candidates.frequencies(terms, labels),
      total: labels.reduce((sum, label) => sum + totals[label].entries, 0),
      contextLength: labels.reduce((sum, label) => sum + totals[label].contextLength, 0),
    };
  }

  /** The terms of a question as it is read: words that occur nowhere stand for those that look like them. */
  function termsOf({ text, labels }: IndexQuery): { terms: readonly WeighedTerm[]; known: LabelStatistics } {
    const asked = analyzeQuery(clampQuery(text), state().languages);
    const known = statistics(
      asked.flatMap((term) => term.alternates),
      labels,
    );
    const guessed = spellings.guess(asked, (term) => (known.frequencies.get(term) ?? 0) > 0, labels);
    const others = guessed.flatMap((term) => term.alternates);
    const frequencies =
      others.length === 0
        ? known.frequencies
        : new Map([...known.frequencies, ...candidates.frequencies(others, labels)]);
    return { terms: weighTerms([...asked, ...guessed], frequencies, known.total), known };
  }

  function populationOf(labels: readonly Label[]) {
    return {
      total: labels.reduce((sum, label) => sum + state().totals[label].entries, 0),
      entriesWith(words: readonly string[]) {
        const counts = candidates.frequencies(words.map(filterNumber), labels).values();
        return counts.reduce((sum, entries) => sum + entries, 0);
      },
    };
  }

  /** How many of the entries found are read. */
  function keptFor({ limit }: IndexQuery, { timed, share }: QueryFilter): number {
    const enough = Math.max(2 * limit, STAGE1_KEPT);
    const tested = Math.max(2 * limit, STAGE1_KEPT_TESTED);
    return timed ? tested : Math.min(tested, Math.ceil(enough / share));
  }

  function findFor({ query, filter }: Question, terms: readonly WeighedTerm[], budget: number, found: Found) {
    const postings = Math.ceil(Math.min(TESTED_POSTINGS_FACTOR, 1 / filter.share) * budget);
    candidates.find(terms, query.labels, filter, postings, found);
  }

  function rank(question: Question, found: Found): Scored[] {
    const scoreBest = (kept: number): Scored[] =>
      scoreCandidates(rows, question, [...new Set([...topOf(found, kept), ...question.near])]);
    const kept = keptFor(question.query, question.filter);
    const scored = scoreBest(kept);
    if (found.size <= kept || kept >= STAGE1_KEPT_TESTED) return scored;
    // Copies of few texts fill what is kept: what else there is comes after them.
    const texts = new Set(scored.map(({ stored }) => Bun.hash(stored.row.terms))).size;
    return texts < DISTINCT_MIN ? scoreBest(STAGE1_KEPT_TESTED) : scored;
  }

  /** Whether a question names a topic, by its form and by what it finds first. */
  function isTopic({ query, terms, loaded }: Question, found: Found): boolean {
    if (query.explore || !hasFormOfTopic(query.text, terms.length)) return false;
    const seqs = topOf(found, TOPIC.entries);
    rows.load(seqs, loaded);
    return areTexts(seqs.flatMap((seq) => loaded.get(seq)?.row.length ?? []));
  }

  /** Likeness to a question by the vectors of its words; null where none of them has one. */
  function meaningOf(terms: readonly WeighedTerm[], labels: readonly Label[]): Question["meaning"] {
    const weights = new Map<string, number>();
    for (const { words, weight } of terms) {
      for (const word of words) weights.set(word, (weights.get(word) ?? 0) + weight / words.length);
    }
    const asked = embeddedVectors().ofQuestion(weights.keys(), (word) => weights.get(word) ?? 0);
    if (asked === null) return null;
    const { totals } = state();
    const sum = new Float64Array(DIMENSIONS);
    let count = 0;
    for (const label of labels) {
      count += totals[label].vectors;
      for (const [j, value] of totals[label].vectorSum.entries()) sum[j] = (sum[j] ?? 0) + value;
    }
    const similarity = similarityOf(asked.vector, { sum, count });
    return (text) => asked.coverage ** 2 * similarity(text);
  }

  function toCandidates(scored: readonly Scored[]): Candidate[] {
    const keys = rows.authorKeys([...new Set(scored.map(({ stored }) => stored.author))]);
    const retractors = rows.retractors(scored.map(({ stored }) => stored));
    return scored.map(({ stored, relevance, parts, before, after }) => {
      const { seq, id, label, kind, createdAt, knownAt, row } = stored;
      const author = keys.get(stored.author);
      if (author === undefined) throw new IndexDamaged(`entry ${seq} names an author that does not exist`);
      return {
        ...{ seq, id, label, kind, author, createdAt, knownAt, relevance, parts },
        before: before.map((one) => one.id),
        after: after.map((one) => one.id),
        terms: mainTerms(row),
        retractedBy: retractors.get(seq) ?? [],
      };
    });
  }

  return {
    statistics,
    search(query) {
      const author = query.author === undefined ? undefined : rows.authorNumber(query.author);
      const without = new Set((query.without ?? []).flatMap((key) => rows.authorNumber(key) ?? []));
      const filter = filterOf(query, author, without, populationOf(query.labels));
      if (filter === null) return [];
      const { terms, known } = termsOf(query);
      const meanLength = known.contextLength / Math.max(1, known.total);
      if (terms.length === 0 && query.sentence === undefined) return [];
      const meaning = meaningOf(terms, query.labels);
      let question: Question = {
        query,
        terms,
        meaning,
        filter,
        meanLength,
        near: vectors.near(query),
        sentences: (seqs) => vectors.cosines(query, seqs),
        loaded: new Map(),
        cosines: new Map(),
      };
      let found: Found = new Map();
      findFor(question, terms, POSTINGS_MAX, found);
      const topic = isTopic(question, found);
      if (topic && terms.length > 1) question = { ...question, meaning: null };
      let first = rank(question, found);
      if (
        filter.share < 1 &&
        first.length < Math.max(FEW, query.limit / 2) &&
        found.size > keptFor(query, filter)
      ) {
        // What the question is about was mostly written by others than it asks for: the postings have to tell them apart.
        question = { ...question, filter: filterOf(query, author, without, null) ?? filter };
        found = new Map();
        findFor(question, terms, POSTINGS_MAX, found);
        first = rank(question, found);
      }
      const hits = first.map(({ stored, relevance }) => ({ row: stored.row, relevance }));
      const frequencies = (all: readonly number[]) => candidates.frequencies(all, query.labels);
      const widening = query.explore ? EXPLORE : topic ? TOPIC : SECOND_HOP;
      const widened = expandTerms(terms, hits, frequencies, known.total, widening);
      const added = widened.slice(terms.length);
      findFor(question, added, WIDENING_POSTINGS_MAX, found);
      const scored = added.length === 0 ? first : rank({ ...question, terms: widened }, found);
      return toCandidates(scored.slice(0, query.limit));
    },
  };
}
