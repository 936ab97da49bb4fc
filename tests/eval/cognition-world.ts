/**
 * A small world of facts for the parts that think unasked: what is connected in it is known, so that a link, a summary
 * or a contradiction that a spore comes up with can be judged without any model. Made of invented names; simulated, and
 * said so wherever its figures are shown.
 */
import { randomOf, shuffled } from "./random.ts";

export interface WorldFact {
  readonly text: string;
  /** Invented names in it: two facts belong together where they share one. */
  readonly names: readonly string[];
  readonly subject: number;
  /** The same statement with another number: the index of the fact it contradicts, else null. */
  readonly contradicts: number | null;
}

const SYLLABLES = "bra del fen gor hul kas lom mir nor ost pel quin ras sel tor uld vas wen yar zim".split(
  " ",
);
const RELATIONS =
  "harbour bridge festival tax market river tower library mill guild ferry lighthouse council road garden school".split(
    " ",
  );
const DOINGS = [
  "is kept by the people of",
  "was built before the war with",
  "sends its surplus every autumn to",
  "shares its water with",
  "is repaired each spring by workers from",
  "pays half of its income to",
];
const SUBJECTS = 24;
const FACTS_EACH = 4;
const ROWS = 30;
const CONTRADICTIONS = 8;

export function worldOf(seed: number): readonly WorldFact[] {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const names = new Set<string>();
  while (names.size < SUBJECTS) {
    const name = `${pick(SYLLABLES)}${pick(SYLLABLES)}${pick(SYLLABLES)}`;
    names.add(`${name[0]?.toUpperCase()}${name.slice(1)}`);
  }
  const towns = [...names];
  const facts: WorldFact[] = towns.flatMap((town, subject) =>
    shuffled(RELATIONS, random)
      .slice(0, FACTS_EACH)
      .map((relation, at) => {
        const other = pick(towns.filter((one) => one !== town));
        return at === 0
          ? {
              text: `The ${relation} of ${town} opened ${100 + Math.floor(random() * 900)} years ago.`,
              names: [town],
              subject,
              contradicts: null,
            }
          : {
              text: `The ${relation} of ${town} ${pick(DOINGS)} ${other}.`,
              names: [town, other],
              subject,
              contradicts: null,
            };
      }),
  );
  const dated = shuffled(
    facts.flatMap((fact, index) => (/\d/.test(fact.text) ? [index] : [])),
    random,
  ).slice(0, CONTRADICTIONS);
  const contrary = dated.map((index): WorldFact => {
    const fact = facts[index] as WorldFact;
    return {
      ...fact,
      text: fact.text.replace(/\d+/, String(1_000 + Math.floor(random() * 900))),
      contradicts: index,
    };
  });
  const rows = Array.from(
    { length: ROWS },
    (_, at): WorldFact => ({
      text: `Gauge ${at % 5} read ${Math.floor(random() * 90)} units at hour ${at % 24} of day ${Math.floor(at / 5)}.`,
      names: [],
      subject: -1,
      contradicts: null,
    }),
  );
  return [...facts, ...contrary, ...rows];
}

/** They speak of one place and do not say the same. */
export function belongTogether(a: WorldFact, b: WorldFact): boolean {
  return a.text !== b.text && a.names.some((name) => b.names.includes(name));
}
