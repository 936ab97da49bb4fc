/**
 * Words that a memory does not know, read as the ones it knows that look most like them: slips of the keyboard, other
 * spellings, and forms that stemming does not bring together ("quercitin", "detoxification").
 *
 *   likeness(a, b) = 2 · |G(a) ∩ G(b)| / (|G(a)| + |G(b)|),  G = the triples of letters of a stem between its two ends
 *
 * Only stems that begin alike are compared, so looking one up is a short range of a B-tree. A word that the memory knows is
 * never read as another. Stems are kept per label: what is private cannot show through how a public question is read.
 */
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { QueryTerm } from "./analyzer.ts";
import type { Connection } from "./index-connection.ts";

/** Letters that a stem must share with the word asked for at their start; slips are rare there. */
const ALIKE_START = 3;
/** Shorter stems look like too many others. */
const ASKED_LETTERS_MIN = 5;
/** Less alike is another word. */
const LIKENESS_MIN = 0.5;
/** Stems that one word is read as, the likest. */
const READINGS_MAX = 3;
/** Stems compared for one word and label: about 1 ms. */
const COMPARED_MAX = 1_000;
/** Words of a question that are looked up. */
const UNKNOWN_MAX = 3;
/** What a word counts that had to be guessed, before its likeness. */
const GUESSED_WEIGHT = 0.7;
/** Stems of a label that are remembered as stored already. */
const REMEMBERED_MAX = 100_000;

/** Takes in what is new of the stems of some texts. */
export interface SpellingWriter {
  /** @param stems term → stem. */
  learn(label: Label, stems: ReadonlyMap<number, string>): void;
  /** Stores what was learnt, within the caller's transaction. */
  store(): void;
  /** After a transaction that failed: nothing is taken for stored. */
  forget(): void;
}

export function createSpellingWriter(connection: Connection): SpellingWriter {
  const insert = connection.prepare(
    "INSERT OR IGNORE INTO spellings SELECT ?, value ->> 0, value ->> 1 FROM json_each(?)",
  );
  const parts = LABELS.map(() => ({ known: new Set<number>(), fresh: new Map<string, number>() }));
  return {
    learn(label, stems) {
      const part = parts[LABELS.indexOf(label)];
      if (part === undefined) return;
      for (const [term, stem] of stems) {
        if (part.known.has(term)) continue;
        part.known.add(term);
        part.fresh.set(stem, term);
      }
    },
    store() {
      for (const [number, { known, fresh }] of parts.entries()) {
        if (fresh.size === 0) continue;
        // In the order of the table, so that neighbours share a page.
        insert.run(number, JSON.stringify([...fresh].sort(([a], [b]) => (a < b ? -1 : 1))));
        fresh.clear();
        if (known.size > REMEMBERED_MAX) known.clear();
      }
    },
    forget() {
      for (const { known, fresh } of parts) {
        known.clear();
        fresh.clear();
      }
    },
  };
}

function triplesOf(stem: string): ReadonlySet<string> {
  const letters = ["^", ...stem, "$"];
  const triples = new Set<string>();
  for (let at = 0; at + 2 < letters.length; at++) triples.add(letters.slice(at, at + 3).join(""));
  return triples;
}

/** How much two stems look alike, 0 to 1. */
export function likenessOf(a: string, b: string): number {
  const [left, right] = [triplesOf(a), triplesOf(b)];
  let shared = 0;
  for (const triple of left) if (right.has(triple)) shared += 1;
  return (2 * shared) / Math.max(1, left.size + right.size);
}

export interface SpellingReader {
  /**
   * The terms of a question that occur nowhere, read as others.
   *
   * @param isKnown whether a term occurs in what is asked about.
   */
  guess(
    asked: readonly QueryTerm[],
    isKnown: (term: number) => boolean,
    labels: readonly Label[],
  ): readonly QueryTerm[];
}

export function createSpellingReader(connection: Connection): SpellingReader {
  // From the word asked outwards: where more begin alike than are compared, the next ones in the alphabet are likest.
  const ordered = (order: "ASC" | "DESC") =>
    connection.prepare(
      `SELECT stem, term FROM spellings WHERE label = ? AND stem >= ? AND stem < ? ORDER BY stem ${order} LIMIT ?`,
      ["text", "number"],
    );
  const [after, before] = [ordered("ASC"), ordered("DESC")];

  function readingsOf(stem: string, labels: readonly Label[]): { term: number; likeness: number }[] {
    const start = [...stem].slice(0, ALIKE_START).join("");
    const likeness = new Map<number, number>();
    for (const label of labels) {
      const number = LABELS.indexOf(label);
      const found = [
        ...after.all(number, stem, `${start}\u{10ffff}`, COMPARED_MAX / 2),
        ...before.all(number, start, stem, COMPARED_MAX / 2),
      ];
      for (const [other, term] of found) likeness.set(term, likenessOf(stem, other));
    }
    return [...likeness]
      .map(([term, alike]) => ({ term, likeness: alike }))
      .filter((reading) => reading.likeness >= LIKENESS_MIN)
      .sort((a, b) => b.likeness - a.likeness || a.term - b.term)
      .slice(0, READINGS_MAX);
  }

  return {
    guess(asked, isKnown, labels) {
      const askedFor = new Set(asked.flatMap(({ alternates }) => alternates));
      return asked
        .filter(({ stem, alternates }) => stem.length >= ASKED_LETTERS_MIN && !alternates.some(isKnown))
        .slice(0, UNKNOWN_MAX)
        .flatMap(({ stem, count }) => {
          const readings = readingsOf(stem, labels).filter(({ term }) => !askedFor.has(term));
          const [best] = readings;
          if (best === undefined) return [];
          const alternates = readings.map(({ term }) => term);
          return [{ alternates, count: count * GUESSED_WEIGHT * best.likeness, words: [], stem: "" }];
        });
    },
  };
}
