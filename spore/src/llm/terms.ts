/**
 * From text to the terms by which a question and a memory are compared.
 *
 * Words are lower-cased runs of letters and digits in any script, common English verbs are brought back from their
 * irregular past (a stemmer cannot know that "bought" is "buy"), function words are dropped and the rest is stemmed
 * (Porter 1980). The embedded reasoner needs no index, so this file stands alone: it compares a question with the few
 * dozen passages that recall has already found.
 */
import { stemmer } from "stemmer";

/** Words that say how a question is put, not what it is about. */
const FUNCTION_WORDS = new Set(
  `a about after all also am an and any are as at be because been before being both but by can could did do does
  doing done down during each else ever for from further had has have having he her here hers herself him himself
  his how i if in into is it its itself just let like ll m many may me might more most much must my myself no nor
  not now of off on once one only or other our ours out over own please re s same shall she should so some such t
  tell than that the their theirs them themselves then there these they this those through to too under until up
  upon us ve very was we were what when where which while who whom whose why will with would yet you your yours
  yourself`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Irregular forms → base form, for the verbs that people's notes and conversations are made of. */
const BASE_FORM = new Map(
  Object.entries({
    begin: "began begun",
    bite: "bit bitten",
    break: "broke broken",
    bring: "brought",
    build: "built",
    buy: "bought",
    catch: "caught",
    become: "became",
    choose: "chose chosen",
    draw: "drew drawn",
    drive: "drove driven",
    eat: "ate eaten",
    fall: "fell fallen",
    feel: "felt",
    fight: "fought",
    find: "found",
    fly: "flew flown",
    forget: "forgot forgotten",
    get: "got gotten",
    give: "gave given",
    go: "went gone",
    grow: "grew grown",
    hear: "heard",
    hold: "held",
    keep: "kept",
    know: "knew known",
    lead: "led",
    leave: "left",
    lend: "lent",
    lose: "lost",
    make: "made",
    mean: "meant",
    meet: "met",
    pay: "paid",
    ride: "rode ridden",
    run: "ran",
    say: "said",
    see: "saw seen",
    sell: "sold",
    send: "sent",
    sing: "sang sung",
    sit: "sat",
    sleep: "slept",
    speak: "spoke spoken",
    spend: "spent",
    stand: "stood",
    swim: "swam swum",
    take: "took taken",
    teach: "taught",
    think: "thought",
    throw: "threw thrown",
    understand: "understood",
    wear: "wore worn",
    win: "won",
    write: "wrote written",
    child: "children",
    person: "people",
    woman: "women",
    man: "men",
  }).flatMap(([base, forms]) => forms.split(" ").map((form) => [form, base] as const)),
);

const WORD = /[\p{L}\p{N}]+(?:[.,]\p{N}+)*/gu;

/** The words of a text as written, without punctuation. Numbers keep their inner point or comma. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** One word as a term, or null for a function word. */
export function termOf(word: string): string | null {
  const lower = word.toLowerCase();
  if (FUNCTION_WORDS.has(lower)) return null;
  return stemmer(BASE_FORM.get(lower) ?? lower);
}

/** All terms of a text in order, with repetitions. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .map(termOf)
    .filter((term) => term !== null);
}
