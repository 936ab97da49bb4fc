/**
 * Text to terms: what the lexical index stores and what a query asks for.
 *
 * | text                          | terms                                                     |
 * |-------------------------------|-----------------------------------------------------------|
 * | words in letters with spaces  | stem (language.ts), without function words                |
 * | Han, kana, Hangul             | overlapping pairs of characters, and single Han characters |
 * | Thai, Lao, Khmer, Burmese     | words as the Unicode dictionary segments them             |
 * | camelCase                     | the whole word and its parts                              |
 * | emoji                         | each one                                                  |
 *
 * A term is a 32-bit hash: postings and forward rows stay small, and no text of a query can reach the query syntax of
 * the full-text engine. Two of 100,000 distinct words collide about once; that costs a little rank, never an answer.
 *
 * Invariants:
 * 1. Equal text gives equal terms; ANALYZER_VERSION changes whenever that would not hold for an index on disk.
 * 2. No input throws or takes more than linear time: words longer than WORD_CHARS_MAX are cut.
 */
import { isStopWord, type Language, languageOf, stemOf } from "./language.ts";

export const ANALYZER_VERSION = 3;

/** Longer than any real word; keys, hashes and data URLs are cut here and still match themselves. */
const WORD_CHARS_MAX = 64;
/** Distinct words whose stems are remembered per language: stemming is most of the cost of analysis. */
const STEM_CACHE_MAX = 50_000;
/** Stems of words that may be spelt otherwise: of letters alone, neither so short nor so long as no word is. */
const SPELT = /^\p{L}{4,24}$/u;

export interface AnalyzedText {
  /** Term → how often it occurs. */
  readonly terms: ReadonlyMap<number, number>;
  /** Occurrences of all terms together. */
  readonly length: number;
  readonly language: Language;
  /** Its words but for function words, in lower case, unstemmed, in their order. */
  readonly words: readonly string[];
  /** Term → stem, of the words that may be spelt otherwise. */
  readonly stems: ReadonlyMap<number, string>;
}

/** One word of a query: any of `alternates` matches it. */
export interface QueryTerm {
  readonly alternates: readonly number[];
  /** What its mentions weigh: the square root of how many there are, for a word said twice is not asked for twice. */
  readonly count: number;
  /** Words it stands for, in lower case, where the question is in English; else none. */
  readonly words: readonly string[];
  /** Its stem in the language of the question, where it may be spelt otherwise; else empty. */
  readonly stem: string;
}

const PAIRED = String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&\p{L}]`;
const SEGMENTED = String.raw`[[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{M}]]`;
const SPACED = String.raw`[[\p{L}\p{N}\p{M}]--${PAIRED}--${SEGMENTED}]`;
const TOKEN = new RegExp(
  String.raw`(?<spaced>${SPACED}+(?:['’]\p{L}{1,2}(?!\p{L}))?)|(?<paired>${PAIRED}+)|(?<segmented>${SEGMENTED}+)|(?<emoji>\p{Extended_Pictographic})`,
  "gv",
);
const CONTRACTION = /['’]\p{L}+$/u;
const CAMEL_BOUNDARY = /(?<=\p{Ll})(?=\p{Lu})/u;
const HAN = /\p{Script=Han}/u;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

interface Tokens {
  /** Lower-case words that are stemmed. */
  readonly words: readonly string[];
  /** Terms that are taken as they are. */
  readonly units: readonly string[];
}

function pushPairs(run: string, units: string[]): void {
  const characters = [...run];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (characters.length === 1 || HAN.test(character)) units.push(character);
    const next = characters[at + 1];
    if (next !== undefined) units.push(character + next);
  }
}

function tokenize(text: string): Tokens {
  const words: string[] = [];
  const units: string[] = [];
  for (const { groups } of text.normalize("NFKC").matchAll(TOKEN)) {
    if (groups?.spaced !== undefined) {
      const word = groups.spaced.replace(CONTRACTION, "").slice(0, WORD_CHARS_MAX);
      words.push(word.toLowerCase());
      const parts = word.split(CAMEL_BOUNDARY);
      if (parts.length > 1) for (const part of parts) words.push(part.toLowerCase());
    } else if (groups?.paired !== undefined) {
      pushPairs(groups.paired, units);
    } else if (groups?.segmented !== undefined) {
      for (const { segment } of segmenter.segment(groups.segmented))
        units.push(segment.slice(0, WORD_CHARS_MAX));
    } else if (groups?.emoji !== undefined) {
      units.push(groups.emoji);
    }
  }
  return { words, units };
}

const hashOf = (term: string): number => Bun.hash.xxHash32(term);

interface Stem {
  readonly term: number;
  /** Empty where it is not to be compared with others. */
  readonly stem: string;
}
const stemCaches = new Map<Language, Map<string, Stem | null>>();

/** @returns null for a function word. */
function stemmed(word: string, language: Language): Stem | null {
  let cache = stemCaches.get(language);
  if (cache === undefined || cache.size >= STEM_CACHE_MAX) {
    cache = new Map();
    stemCaches.set(language, cache);
  }
  let known = cache.get(word);
  if (known === undefined) {
    const stem = isStopWord(word, language) ? null : stemOf(word, language);
    known = stem === null ? null : { term: hashOf(stem), stem: SPELT.test(stem) ? stem : "" };
    cache.set(word, known);
  }
  return known;
}

/** Terms of a text that is to be found. */
export function analyze(text: string): AnalyzedText {
  const { words, units } = tokenize(text);
  const language = languageOf(words);
  const terms = new Map<number, number>();
  let length = 0;
  const add = (term: number): void => {
    terms.set(term, (terms.get(term) ?? 0) + 1);
    length += 1;
  };
  const telling: string[] = [];
  const stems = new Map<number, string>();
  for (const word of words) {
    const known = stemmed(word, language);
    if (known === null) continue;
    add(known.term);
    telling.push(word);
    if (known.stem !== "") stems.set(known.term, known.stem);
  }
  for (const unit of units) add(hashOf(unit));
  return { terms, length, language, words: telling, stems };
}

/**
 * Terms of a question.
 *
 * @param present languages that occur in the index: each word is asked for as every one of them stems it.
 */
export function analyzeQuery(text: string, present: readonly Language[]): readonly QueryTerm[] {
  const { words, units } = tokenize(text);
  const own = languageOf(words);
  const languages = new Set<Language>([own, "en", ...present]);
  const byFirst = new Map<number, QueryTerm & { count: number; words: string[] }>();
  const add = (alternates: readonly number[], stem: string, word?: string): void => {
    const first = alternates[0];
    if (first === undefined) return;
    const known = byFirst.get(first);
    if (known === undefined)
      byFirst.set(first, { alternates, count: 1, words: word === undefined ? [] : [word], stem });
    else {
      known.count += 1;
      if (word !== undefined) known.words.push(word);
    }
  };
  const termsOf = (word: string): number[] => {
    const terms = Array.from(languages, (language) => stemmed(word, language)?.term);
    return [...new Set(terms.filter((term) => term !== undefined))];
  };
  for (const [at, word] of words.entries()) {
    if (isStopWord(word, own)) continue;
    add(termsOf(word), stemmed(word, own)?.stem ?? "", own === "en" ? word : undefined);
    // "How do I back up?" is about a backup, where texts speak of one; a word that none of them has asks for nothing.
    const particle = words[at + 1];
    if (particle !== undefined && isStopWord(particle, own)) add(termsOf(word + particle), "");
  }
  for (const unit of units) add([hashOf(unit)], "");
  return Array.from(byFirst.values(), (term) => ({ ...term, count: Math.sqrt(term.count) }));
}
