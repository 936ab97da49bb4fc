/**
 * From a text that may not leave to a claim that may: what remains is what stands on its own, names nobody, holds no
 * secret and copies nothing. Pure. Unsure means stay: every doubt keeps a sentence behind.
 *
 * A sentence crosses when it
 * 1. holds no credential and no personal data (redact.ts),
 * 2. is a statement of a few content words, neither a question nor an order,
 * 3. speaks of nobody present (I, we, you, my) and points at nothing outside itself (this, it, he, yesterday, above),
 * 4. names nothing that is not known in public already: a capitalised word must be a public word, the first one too unless
 *    a source uses it as an ordinary word,
 * 5. repeats no run of words of the restricted texts it was made from: raw input never crosses, not even as a quotation.
 *
 * The order of the checks is the order of the reasons in the audit. English words; text in other scripts stays, because
 * none of these signs can be read there.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { findSensitive } from "./redact.ts";

export interface DistillContext {
  /** Texts of the restricted entries that the claim was made from. */
  readonly sources: readonly string[];
  /** Names that never cross: of spores, speakers and authors around the sources. */
  readonly names: readonly string[];
  /** Capitalised words that public entries of others use already. */
  readonly publicWords: ReadonlySet<string>;
}

export type StayReason =
  | "holds a secret"
  | "holds personal data"
  | "is no statement that stands alone"
  | "speaks of somebody present"
  | "points outside itself"
  | "names what is not public"
  | "repeats its source word for word"
  | "reads like an order";

export interface Distilled {
  readonly claim: string;
  /** Sentences left behind. */
  readonly filtered: number;
}

/** Fewer content words assert nothing that a stranger could use. */
const CONTENT_WORDS_MIN = 4;
/** A claim is a sentence or three; longer text is a document. */
const CLAIM_CHARS_MAX = 600;
const SENTENCES_MAX = 3;
/** This many words in a row, the same as in a source, are a quotation and no accident. */
const QUOTED_WORDS = 6;

/** Upper-case US is a country, so only first letters may be capitals. */
const PRESENT = /\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Ww]e|us|Us|[Oo]urs?|[Yy]ou|[Yy]ours?|[Ll]et['’]s)\b/;
const POINTING =
  /^(?:this|that|these|those|it|its|he|she|they|his|her|their|here|there|then|so|but|and|or|also|however|therefore|thus|both|such)\b|\b(?:he|she|him|her|hers|his|they|them|their|theirs|it|its)\b|\b(?:today|tonight|yesterday|tomorrow|last (?:week|month|year|night)|next (?:week|month|year)|above|below|aforementioned|the former|the latter|see (?:also|figure|table))\b/i;
const ORDER =
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|rule|prompt|previous|above|system)|\b(?:system prompt|as an ai|you are now|jailbreak|developer mode)\b|<\/?(?:data|system|assistant|user)\b|\[(?:INST|SYSTEM)\]/i;
/** Days, months and the like are capitalised and name nobody. */
const ORDINARY_CAPITALS = new Set(
  "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december english i".split(
    " ",
  ),
);
const FUNCTION_WORDS = new Set(
  "a an and are as at be been but by can could did do does for from had has have if in into is may more most must no not of on only or over should some than that the there to under until was were when where which while will with would".split(
    " ",
  ),
);
const SENTENCES = new Intl.Segmenter("en", { granularity: "sentence" });
const WORD = /[\p{L}\p{N}][\p{L}\p{N}'’.-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu;

export function distill(text: string, context: DistillContext): Result<Distilled, StayReason> {
  const sentences = sentencesOf(text);
  const runs = new Set(context.sources.flatMap((source) => runsOf(source)));
  const ordinary = new Set(
    context.sources.flatMap((source) => source.match(/(?<![\p{L}\p{N}])\p{Ll}{2,}/gu) ?? []),
  );
  const known: Known = { ...context, runs, ordinary };
  const kept: string[] = [];
  let first: StayReason | null = null;
  for (const sentence of sentences) {
    const reason = kept.length >= SENTENCES_MAX ? null : reasonToStay(sentence, known);
    if (reason === null && kept.length < SENTENCES_MAX) kept.push(sentence);
    else first ??= reason;
  }
  const claim = kept.join(" ");
  if (kept.length === 0 || claim.length > CLAIM_CHARS_MAX)
    return err(first ?? "is no statement that stands alone");
  // Once more over the whole: what two sentences hold apart may be a secret together.
  const [found] = findSensitive(claim);
  if (found) return err(found.class === "secret" ? "holds a secret" : "holds personal data");
  return ok({ claim, filtered: sentences.length - kept.length });
}

/** Words a distilled claim would name: those that must be public before it may cross. */
export function namedWords(text: string): string[] {
  return [
    ...new Set(sentencesOf(text).flatMap((one) => [...wordsOf(one).slice(0, 1), ...capitalisedOf(one)])),
  ];
}

function sentencesOf(text: string): string[] {
  return [...SENTENCES.segment(text.normalize("NFKC"))]
    .map(({ segment }) => segment.replace(/\s+/gu, " ").trim())
    .filter((sentence) => sentence !== "");
}

interface Known extends DistillContext {
  readonly runs: ReadonlySet<string>;
  /** Words that a source writes in lower case: a sentence may open with them without naming anybody. */
  readonly ordinary: ReadonlySet<string>;
}

function reasonToStay(sentence: string, known: Known): StayReason | null {
  const { names, publicWords, runs, ordinary } = known;
  const [found] = findSensitive(sentence);
  if (found) return found.class === "secret" ? "holds a secret" : "holds personal data";
  if (ORDER.test(sentence)) return "reads like an order";
  const words = wordsOf(sentence);
  const content = words.filter((word) => !FUNCTION_WORDS.has(word.toLowerCase()));
  if (content.length < CONTENT_WORDS_MIN || sentence.endsWith("?") || !/\p{Script=Latin}/u.test(sentence)) {
    return "is no statement that stands alone";
  }
  if (PRESENT.test(sentence)) return "speaks of somebody present";
  if (POINTING.test(sentence)) return "points outside itself";
  const lower = sentence.toLowerCase();
  const namesSomebody = names.some((name) => name.length > 1 && containsWord(lower, name.toLowerCase()));
  const isKnown = (word: string) => publicWords.has(word) || ordinary.has(word.toLowerCase());
  const [opening = ""] = words;
  const opensPlainly = FUNCTION_WORDS.has(opening.toLowerCase()) || isKnown(opening);
  if (namesSomebody || !opensPlainly || capitalisedOf(sentence).some((word) => !publicWords.has(word))) {
    return "names what is not public";
  }
  return runsOf(sentence).some((run) => runs.has(run)) ? "repeats its source word for word" : null;
}

function containsWord(text: string, word: string): boolean {
  const at = text.indexOf(word);
  if (at < 0) return false;
  const isEdge = (character: string | undefined) =>
    character === undefined || !/[\p{L}\p{N}]/u.test(character);
  return isEdge(text[at - 1]) && isEdge(text[at + word.length]);
}

/** Capitalised words and words with a number in them, after the first word of the sentence. */
function capitalisedOf(sentence: string): string[] {
  return wordsOf(sentence).filter((word, index) => {
    if (ORDINARY_CAPITALS.has(word.toLowerCase())) return false;
    // The first word is capitalised for being first; a name there is told by a second capital letter or a digit.
    const rest = index === 0 ? word.slice(1) : word;
    return /\p{Lu}/u.test(rest) || (/\p{L}/u.test(word) && /\d/.test(word));
  });
}

function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

function runsOf(text: string): string[] {
  const words = wordsOf(text.toLowerCase());
  return words
    .slice(0, Math.max(0, words.length - QUOTED_WORDS + 1))
    .map((_, at) => words.slice(at, at + QUOTED_WORDS).join(" "));
}
