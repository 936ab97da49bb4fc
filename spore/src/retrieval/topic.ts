/**
 * Questions that name a topic and ask nothing of it: "hair loss", "coffee during pregnancy".
 *
 * Whoever asks so wants whatever is about it, so the words that its first hits have in common are worth more than those of
 * three hits (expansion.ts). For a fact the same costs: it pulls in what merely surrounds the answer. A topic is known
 *
 * 1. by its form: few telling words, no verb or pronoun that makes a sentence, no mark that ends one;
 * 2. by what is found: texts long enough to say what the topic is about. A turn of a conversation is not.
 *
 * What it is about lies in no mean of its words either ("hair", "loss"): with two and more their vectors are left out.
 */
import { languageOf } from "./language.ts";
import { ENGLISH_STOP_WORDS } from "./stop-words.ts";

/** A title of more telling words says enough by itself, and may be a claim without its verb. */
const TOPIC_TERMS_MAX = 4;
/** Mean terms of the first hits from which they are texts, not remarks: turns of talk have about 20, abstracts 150. */
const TEXT_TERMS_MIN = 50;

/** Function words that stand in titles; every other one makes a question or a sentence. */
const TITLE_WORDS = new Set(
  `a about after against all an and any as at before below between both but by during each few for from further in into like
   more most no not of off on only or other out over own same so some such than the these this those through to too under
   until up upon very while with without just once then there here`.split(/\s+/),
);
const SENTENCE_WORDS: ReadonlySet<string> = new Set(
  [...ENGLISH_STOP_WORDS, "may", "might", "must", "shall"].filter((word) => !TITLE_WORDS.has(word)),
);
const ENDED = /[.!?。！？؟…]\s*$/u;
const WORD = /[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu;

/** @param terms how many words of the question tell something. */
export function hasFormOfTopic(text: string, terms: number): boolean {
  if (terms === 0 || terms > TOPIC_TERMS_MAX || ENDED.test(text)) return false;
  const words = Array.from(text.toLowerCase().matchAll(WORD), ([word]) => word.replaceAll(/['’]/g, ""));
  return languageOf(words) === "en" && !words.some((word) => SENTENCE_WORDS.has(word));
}

/** @param lengths terms of each of the first hits. */
export function areTexts(lengths: readonly number[]): boolean {
  return (
    lengths.length > 0 && lengths.reduce((sum, length) => sum + length, 0) >= TEXT_TERMS_MIN * lengths.length
  );
}
