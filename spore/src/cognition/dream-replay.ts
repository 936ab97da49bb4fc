/**
 * Hippocampal dream replay: yesterday's surprises are gone through again beside older memories. Pure.
 *
 * What is replayed is drawn with priority (surprise × trust)^α (prioritised replay, Schaul et al. 2016), each replay
 * lowering the next one's chance. Three things can come of it: a link between new and old, a contradiction, or a summary
 * of several memories about one thing, made of their most central sentences (LexRank, Erkan & Radev 2004) and naming
 * each as a parent, so that the originals are one step away.
 */
import { contradictionOf } from "../llm/contradiction.ts";
import {
  bridgeOf,
  type Remembered,
  type TermRarity,
  tensionOf,
  termSet,
  wordsIn,
} from "./default-mode-network.ts";

/** Entries that can still be dreamt of. */
export const REPLAY_MAX = 512;
/** How strongly priority counts: 0 would be uniform, 1 greedy (Schaul et al. use .6). */
const PRIORITY_EXPONENT = 0.6;
/** What is entirely familiar keeps a small chance. */
const PRIORITY_MIN = 0.01;
/** A memory replayed once counts half the next time. */
const REPLAYED_FACTOR = 0.5;
/** Sentences in a summary made without a model, one of each memory. */
const SUMMARY_SENTENCES = 3;
/** Memories that make a subject. */
export const SUMMARY_MEMORIES_MIN = 3;
const SUMMARY_MEMORIES_MAX = 8;
const SENTENCE_CHARS_MAX = 320;
/** More numbers than this in one memory, and it is a row of data rather than a statement. */
const TABULAR_NUMBERS = 2;

export interface Replayable extends Remembered {
  /** Novelty when it arrived, 0 to 1. */
  readonly surprise: number;
  /** Trust in its author, 0 to 1. */
  readonly trust: number;
  readonly at: number;
  readonly replays: number;
}

export type DreamFound =
  | {
      readonly kind: "contradiction";
      readonly about: "number" | "negation";
      readonly memories: readonly [Remembered, Remembered];
    }
  | { readonly kind: "summary"; readonly text: string; readonly memories: readonly Remembered[] }
  | { readonly kind: "link"; readonly memories: readonly [Remembered, Remembered]; readonly tension: number };

export function priorityOf({ surprise, trust, replays }: Replayable): number {
  return (PRIORITY_MIN + surprise * trust) ** PRIORITY_EXPONENT * REPLAYED_FACTOR ** replays;
}

/** Draws without replacement, in proportion to priority. */
export function drawReplay(items: readonly Replayable[], count: number, random: () => number): Replayable[] {
  const left = items.map((item) => ({ item, priority: priorityOf(item) }));
  const drawn: Replayable[] = [];
  while (drawn.length < count && left.length > 0) {
    const total = left.reduce((sum, { priority }) => sum + priority, 0);
    let at = random() * total;
    let index = left.findIndex(({ priority }) => {
      at -= priority;
      return at < 0;
    });
    if (index < 0) index = left.length - 1;
    const [chosen] = left.splice(index, 1);
    if (chosen) drawn.push(chosen.item);
  }
  return drawn;
}

/** What one replayed memory brings up beside older ones that are related to it; the most telling first. */
export function dreamOf(
  replayed: Remembered,
  related: readonly Remembered[],
  rarity: TermRarity,
): DreamFound[] {
  const others = related.filter(({ id, content }) => id !== replayed.id && content !== replayed.content);
  const own = wordsIn(replayed.content);
  const found: DreamFound[] = [];
  for (const other of others) {
    const about = contradictionOf(replayed.content, other.content);
    if (about === null || isTabular(replayed.content) || isTabular(other.content)) continue;
    // Alike in wording is not enough: they must speak of the same telling thing.
    if (bridgeOf(own, wordsIn(other.content), rarity) === null) continue;
    found.push({ kind: "contradiction", about, memories: [replayed, other] });
  }
  const group = subjectOf(replayed, others, rarity);
  if (group.length >= SUMMARY_MEMORIES_MIN && found.length === 0) {
    found.push({ kind: "summary", text: summaryOf(group), memories: group });
  }
  const [link] = others
    .map((other) => ({ other, tension: tensionOf(own, wordsIn(other.content), rarity) }))
    .filter(({ tension }) => tension > 0)
    .sort((a, b) => b.tension - a.tension);
  if (link) found.push({ kind: "link", memories: [replayed, link.other], tension: link.tension });
  return found;
}

/** The replayed memory and those that share with it the one word that joins most of them. */
function subjectOf(replayed: Remembered, others: readonly Remembered[], rarity: TermRarity): Remembered[] {
  const own = wordsIn(replayed.content);
  const byTerm = new Map<string, Remembered[]>();
  for (const other of others) {
    const bridge = bridgeOf(own, wordsIn(other.content), rarity);
    if (bridge !== null) byTerm.set(bridge.term, [...(byTerm.get(bridge.term) ?? []), other]);
  }
  const [largest = []] = [...byTerm.values()].sort((a, b) => b.length - a.length);
  return [replayed, ...largest].slice(0, SUMMARY_MEMORIES_MAX);
}

/** The most central sentences of several memories, one of each, in the order of the memories. */
export function summaryOf(memories: readonly Remembered[]): string {
  const sentences = memories.flatMap(({ content }, memory) =>
    sentencesOf(content).map((text) => ({ memory, text, terms: termSet(text) })),
  );
  const central = sentences
    .map((one) => ({
      ...one,
      centrality: sentences.reduce(
        (sum, other) => (other.memory === one.memory ? sum : sum + shareOf(one.terms, other.terms)),
        0,
      ),
    }))
    .sort((a, b) => b.centrality - a.centrality);
  const chosen: typeof central = [];
  for (const one of central) {
    if (chosen.length >= SUMMARY_SENTENCES) break;
    if (!chosen.some(({ memory, text }) => memory === one.memory || text === one.text)) chosen.push(one);
  }
  return chosen
    .sort((a, b) => a.memory - b.memory)
    .map(({ text }) => `“${text}”`)
    .join(" ");
}

/** Rows of a log or table differ in their numbers by nature: that is no contradiction. */
function isTabular(text: string): boolean {
  return (text.match(/\d+(?:[.,]\d+)*/g) ?? []).length > TABULAR_NUMBERS;
}

function shareOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shorter = Math.min(a.size, b.size);
  return shorter === 0 ? 0 : [...a].filter((term) => b.has(term)).length / shorter;
}

const SENTENCES = new Intl.Segmenter("en", { granularity: "sentence" });

function sentencesOf(text: string): string[] {
  return [...SENTENCES.segment(text)]
    .map(({ segment }) => segment.replace(/\s+/gu, " ").trim())
    .filter((sentence) => sentence.length > 0)
    .map((sentence) => sentence.slice(0, SENTENCE_CHARS_MAX).toWellFormed());
}
