/**
 * Which language a text is in, and its stemmer.
 *
 * Scripts that belong to one stemmer decide by themselves (Cyrillic, Greek, Arabic, Devanagari). Text in Latin letters is
 * English unless function words say otherwise, with a margin: a word stemmed by the wrong rules still matches
 * itself, since the same text is always stemmed the same way; only inflected forms are missed.
 *
 * A query is often too short to tell, so it asks for each of its words as every language present in the index would
 * stem it (analyzer.ts); with English alone in the index that costs nothing.
 */
import { stemmer as arabic } from "@orama/stemmers/arabic";
import { stemmer as danish } from "@orama/stemmers/danish";
import { stemmer as dutch } from "@orama/stemmers/dutch";
import { stemmer as finnish } from "@orama/stemmers/finnish";
import { stemmer as french } from "@orama/stemmers/french";
import { stemmer as german } from "@orama/stemmers/german";
import { stemmer as greek } from "@orama/stemmers/greek";
import { stemmer as hungarian } from "@orama/stemmers/hungarian";
import { stemmer as hindi } from "@orama/stemmers/indian";
import { stemmer as italian } from "@orama/stemmers/italian";
import { stemmer as norwegian } from "@orama/stemmers/norwegian";
import { stemmer as portuguese } from "@orama/stemmers/portuguese";
import { stemmer as romanian } from "@orama/stemmers/romanian";
import { stemmer as russian } from "@orama/stemmers/russian";
import { stemmer as spanish } from "@orama/stemmers/spanish";
import { stemmer as swedish } from "@orama/stemmers/swedish";
import { stemmer as turkish } from "@orama/stemmers/turkish";
import { stemmer as porter } from "stemmer";
import { ENGLISH_STOP_WORDS, FUNCTION_WORDS } from "./stop-words.ts";

/** Stemmers for text in Latin letters, by BCP 47 code. The index remembers which of them it has used. */
export const LATIN_STEMMERS = {
  da: danish,
  de: german,
  en: porter,
  es: spanish,
  fi: finnish,
  fr: french,
  hu: hungarian,
  it: italian,
  nl: dutch,
  no: norwegian,
  pt: portuguese,
  ro: romanian,
  sv: swedish,
  tr: turkish,
} as const;

export type Language = keyof typeof LATIN_STEMMERS;
export const LANGUAGES = Object.keys(LATIN_STEMMERS) as readonly Language[];

/** Fewer function words than this are an accident: "die" and "war" are English words too. */
const EVIDENCE_MIN = 2;
/** In running text of any language a third of the words and more are function words; lists and keywords have none. */
const EVIDENCE_SHARE_MIN = 0.1;

/** Function word → the languages it speaks for. */
const VOTES: ReadonlyMap<string, readonly Language[]> = (() => {
  const votes = new Map<string, Language[]>();
  const lists = { ...FUNCTION_WORDS, en: ENGLISH_STOP_WORDS };
  for (const [language, list] of Object.entries(lists)) {
    for (const word of list) votes.set(word, [...(votes.get(word) ?? []), language as Language]);
  }
  return votes;
})();

/**
 * @param words lower-case words of the text, in any order.
 * @returns the language whose function words are the most frequent; English on a tie or without evidence.
 */
export function languageOf(words: Iterable<string>): Language {
  const counts = new Map<Language, number>();
  let total = 0;
  for (const word of words) {
    total += 1;
    for (const language of VOTES.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  let best: Language = "en";
  let bestCount = Math.max(counts.get("en") ?? 0, EVIDENCE_MIN - 1, EVIDENCE_SHARE_MIN * total);
  for (const [language, count] of counts) {
    if (count > bestCount) {
      best = language;
      bestCount = count;
    }
  }
  return best;
}

const CYRILLIC = /\p{Script=Cyrillic}/u;
const GREEK = /\p{Script=Greek}/u;
const ARABIC = /\p{Script=Arabic}/u;
const DEVANAGARI = /\p{Script=Devanagari}/u;

/** Vowel marks and the lengthening stroke, which Arabic and Hebrew text may or may not write. */
const OPTIONAL_MARKS = /[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]/gu;
const LATIN_MARKS = /\p{M}/gu;

/** The stem of one lower-case word that is not all ASCII; Latin letters lose their diacritics after stemming. */
export function stemOf(word: string, language: Language): string {
  if (ARABIC.test(word)) return arabic(word.replace(OPTIONAL_MARKS, ""));
  if (CYRILLIC.test(word)) return russian(word.replaceAll("ё", "е"));
  if (GREEK.test(word)) return greek(word);
  if (DEVANAGARI.test(word)) return hindi(word);
  return LATIN_STEMMERS[language](word).replace(OPTIONAL_MARKS, "").normalize("NFD").replace(LATIN_MARKS, "");
}

/** True for function words of the language, and of English in every text: mixed text is the rule among people. */
export function isStopWord(word: string, language: Language): boolean {
  return ENGLISH_STOP_WORDS.has(word) || (FUNCTION_WORDS[language]?.has(word) ?? false);
}
