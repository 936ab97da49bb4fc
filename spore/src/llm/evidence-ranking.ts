/**
 * Which of the recalled memories hold the answer, and which of their sentences to quote.
 *
 * Recall ranks by topic. Here the same passages are ranked once more by what answers *this* question: recall's own
 * score and place, whether the passage holds the kind of thing that was asked for, whether it asserts rather than
 * asks, whether the person asked about says it, phrases in common, and its length. The weights were fitted by
 * list-wise softmax (Cao et al. 2007, ListNet) on five LoCoMo conversations, 997 questions, and rounded; leave-one-
 * conversation-out they raise the share of questions whose ten best memories hold all the evidence from .706 to .73
 * and the share whose very first one is evidence from .42 to .49.
 */
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import { adjacentPairs, holdsExpected, type Question, questionWords, termsAsAsked } from "./question.ts";
import { isQuestion, type Sentence, type Statement } from "./statement.ts";
import { termsOf } from "./terms.ts";

export interface RankedStatement {
  readonly statement: Statement;
  /** Sum of the weighted signals; comparable inside one question only. */
  readonly score: number;
  /** All terms of the memory and its speaker. */
  readonly terms: ReadonlySet<string>;
  readonly holdsExpected: boolean;
}

export interface Ranking {
  readonly ranked: readonly RankedStatement[];
  /** Weight of a term: rarer among the recalled memories is more. Unknown terms weigh most. */
  readonly weightOf: (term: string) => number;
}

const WEIGHTS = {
  recallShare: 4.7,
  recallPlace: -1.1,
  holdsExpected: 1.8,
  assertion: 2.2,
  firstPerson: 0.8,
  speaker: 0.8,
  phrase: 0.5,
  length: 0.65,
  /** By hand, on documents: the two signals below are silent or the same for every turn of a conversation. */
  focus: 2,
  defines: 2.5,
  /** More than a definition: the text asks the same itself, and answers it. */
  asked: 4,
};
/** Words in common, function words too, as a share of all words of both, from which two questions ask the same. */
const SAME_QUESTION = 0.5;
/** What a definition counts whose name has one more word: "Playwright Test is …" for "What is Playwright?". */
const NEARLY_NAMED = 0.4;
/** What a question's verb weighs, which documents put in other words ("prove", "verify", "check"). */
const PREDICATE_SHARE = 0.35;
/** A listing holds many names and says little about each. */
const CODE_SHARE = 0.6;
/** Rarity among fewer passages than this says nothing, so a small memory is treated as if it had as many. */
const RARITY_SAMPLE_MIN = 20;
/** What every recalled memory mentions is the topic, and still part of the question; unknown terms weigh about 4. */
const RARITY_MIN = 1.2;
/** A second shared phrase adds as much as the first; more only shows a long passage. */
const PHRASES_MAX = 2;
/** A quotation carries the sentences around it up to this many characters, so that "it" and "they" can be read. */
const QUOTE_CHARS = 280;
/** The contract's limit for one quotation. */
const QUOTE_CHARS_MAX = 1_000;

export function rankStatements(question: Question, statements: readonly Statement[]): Ranking {
  const sorted = [...statements].sort(
    (a, b) => b.passage.score - a.passage.score || (a.passage.id < b.passage.id ? -1 : 1),
  );
  const best = Math.max(sorted[0]?.passage.score ?? 0, Number.EPSILON);
  const termLists = sorted.map((statement) => termsAsAsked(question, statement.passage.content));
  const termSets = sorted.map((statement, index) => {
    return new Set([...(termLists[index] ?? []), ...termsOf(statement.speaker ?? "")]);
  });
  const weightOf = rarityOf(termSets);
  const ranked = sorted.map((statement, index): RankedStatement => {
    const terms = termSets[index] ?? new Set<string>();
    const sequence = termLists[index] ?? [];
    const assertions = statement.sentences.filter((sentence) => !isQuestion(sentence));
    const speakerAskedAbout = termsOf(statement.speaker ?? "").some((term) => question.terms.includes(term));
    const phrases = adjacentPairs(sequence).filter((pair) => question.pairs.has(pair)).length;
    const holds = holdsExpected(question, statement.passage.content);
    const score =
      WEIGHTS.recallShare * Math.max(0, statement.passage.score / best) +
      WEIGHTS.recallPlace * Math.log1p(index) +
      WEIGHTS.holdsExpected * Number(holds) +
      WEIGHTS.assertion * (assertions.length / Math.max(1, statement.sentences.length)) +
      WEIGHTS.firstPerson *
        Number(statement.speaker !== null && /\b(i|my|we|our)\b/i.test(statement.passage.content)) +
      WEIGHTS.speaker * Number(speakerAskedAbout) +
      WEIGHTS.phrase * Math.min(phrases, PHRASES_MAX) +
      WEIGHTS.length * Math.log1p(Math.min(sequence.length, 40)) +
      WEIGHTS.focus * focusOf(question, weightOf, statement.sentences) +
      WEIGHTS.defines *
        Math.max(0, ...statement.sentences.map((_, at) => definitionOf(question, statement.sentences, at))) +
      WEIGHTS.asked * Number(statement.sentences.some((_, at) => isAsked(question, statement.sentences, at)));
    return { statement, score, terms, holdsExpected: holds };
  });
  ranked.sort((a, b) => b.score - a.score);
  return { ranked, weightOf };
}

/** How much of the question the best single sentence covers: a long passage holds every word somewhere. */
function focusOf(question: Question, weightOf: Ranking["weightOf"], sentences: readonly Sentence[]): number {
  return Math.max(0, ...sentences.map((sentence) => covers(question, weightOf, sentence)));
}

function covers(question: Question, weightOf: Ranking["weightOf"], { text, code }: Sentence): number {
  return coverage(question, weightOf, new Set(termsAsAsked(question, text))) * (code ? CODE_SHARE : 1);
}

/** How surely a sentence defines what is asked about, 0 to 1: it opens with it, or follows a heading that names nothing else. */
function definitionOf(question: Question, sentences: readonly Sentence[], at: number): number {
  const sentence = sentences[at];
  if (sentence === undefined || question.defined.length === 0) return 0;
  return isTitled(question, sentences, at) ? 1 : defines(question, sentence.text);
}

/** The sentence is the first below a heading that names what is asked about and nothing else. */
function isTitled(question: Question, sentences: readonly Sentence[], at: number): boolean {
  const [sentence, before] = [sentences[at], sentences[at - 1]];
  if (sentence === undefined || question.defined.length === 0) return false;
  if (!before?.heading || before.block !== sentence.block || sentence.code) return false;
  // What stands in code beside the name shows how it is written: "Caret ranges `^1.2.3`".
  const title = new Set(termsOf(before.text.replace(/`[^`]*`/gu, "") || before.text));
  return title.size === question.defined.length && question.defined.every((term) => title.has(term));
}

/** The sentence answers a question that stands before it in the same paragraph, and that is nearly the one asked. */
function isAsked(question: Question, sentences: readonly Sentence[], at: number): boolean {
  const [sentence, before] = [sentences[at], sentences[at - 1]];
  if (sentence === undefined || before === undefined || !isQuestion(before)) return false;
  if (before.block !== sentence.block || isQuestion(sentence)) return false;
  const words = questionWords(before.text);
  const common = [...words].filter((word) => question.words.has(word)).length;
  return common / (words.size + question.words.size - common) >= SAME_QUESTION;
}

/** `| receipt | all that…`, `**Receipt.** …`, `A receipt is …`: the sentence opens with what is to be defined. */
function defines({ defined }: Question, text: string): number {
  if (defined.length === 0) return 0;
  const general = termsOf(GENERAL.exec(text)?.[1] ?? "").slice(0, defined.length);
  if (general.length > 0 && defined.every((term) => general.includes(term))) return 1;
  const opening = DEFINED.exec(text)?.[1];
  if (opening === undefined) return 0;
  const terms = new Set(termsOf(opening));
  if (!defined.every((term) => terms.has(term))) return 0;
  return terms.size === defined.length ? 1 : terms.size === defined.length + 1 ? NEARLY_NAMED : 0;
}

/** "A bail hook stops …": what holds of any such thing says what it is. */
const GENERAL = /^[\s|>#*_`\-+\d.)"“]*an?\s+(\S+(?:\s\S+){1,5})/iu;

const DEFINED =
  /^[\s|>#*_`\-+\d.)"“]*((?:[\p{L}\p{N}'’-]+(?:\.[\p{L}\p{N}]+)*[\s_*`]*(?:,\s)?){1,5}?)(?:[*_`]*\s*(?:\||:|\.\s?\*\*|—|–|\(|\*\*)|\s+(?:is|are|means|was|were)\s)/u;

function rarityOf(termSets: readonly ReadonlySet<string>[]): (term: string) => number {
  const total = Math.max(termSets.length, RARITY_SAMPLE_MIN);
  const known = new Map<string, number>();
  return (term) => {
    const cached = known.get(term);
    if (cached !== undefined) return cached;
    const holding = termSets.filter((terms) => terms.has(term)).length;
    const weight = Math.max(RARITY_MIN, Math.log1p((total - holding + 0.5) / (holding + 0.5)));
    known.set(term, weight);
    return weight;
  };
}

/** Share of the question's weight that the given terms cover, 0 to 1. */
export function coverage(
  question: Question,
  weightOf: Ranking["weightOf"],
  terms: ReadonlySet<string>,
): number {
  let covered = 0;
  let total = 0;
  for (const term of question.terms) {
    const weight = weightOf(term) * (term === question.predicate ? PREDICATE_SHARE : 1);
    total += weight;
    if (terms.has(term)) covered += weight;
  }
  return total === 0 ? 0 : covered / total;
}

/** The stretch of a memory to quote: its best sentence with what fits around it. Always a substring of the content. */
export function quoteOf(question: Question, ranking: Ranking, { statement }: RankedStatement): string {
  const { sentences, passage } = statement;
  const chosen = bestSentence(question, ranking, sentences);
  if (chosen === null) return cutWhole(passage.content.trim(), QUOTE_CHARS_MAX);
  let first = chosen;
  let last = chosen;
  const block = sentences[chosen]?.block;
  const runsOn = (at: number) =>
    !/[\p{L}\p{N}]/u.test(passage.content.slice(sentences[at]?.end, sentences[at + 1]?.start));
  const fits = (from: number, to: number) =>
    sentences[from]?.block === block &&
    sentences[to]?.block === block &&
    // What was left out between two sentences (badges below a title) parts them.
    runsOn(from) &&
    runsOn(to - 1) &&
    (sentences[to]?.end ?? 0) - (sentences[from]?.start ?? 0) <= QUOTE_CHARS;
  while (last + 1 < sentences.length && fits(first, last + 1)) last += 1;
  while (first > 0 && fits(first - 1, last)) first -= 1;
  return cutWhole(passage.content.slice(sentences[first]?.start, sentences[last]?.end), QUOTE_CHARS_MAX);
}

function bestSentence(question: Question, ranking: Ranking, sentences: readonly Sentence[]): number | null {
  let best: number | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  sentences.forEach((sentence, index) => {
    const score =
      (isTitled(question, sentences, index) ? 1 : covers(question, ranking.weightOf, sentence)) +
      (holdsExpected(question, sentence.text) ? 0.3 : 0) +
      definitionOf(question, sentences, index) +
      (isAsked(question, sentences, index) ? 1 : 0) -
      (isQuestion(sentence) ? 0.5 : 0);
    if (score > bestScore) {
      bestScore = score;
      best = index;
    }
  });
  return best;
}
