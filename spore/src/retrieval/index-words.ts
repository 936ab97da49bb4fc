/**
 * The words of the postings tables. Every one is made here, of [a-z0-9] alone, and each sort has its own first letter or
 * length, so a term can never be taken for a filter and no text of a user can become query syntax.
 *
 * | word     | form                     |
 * |----------|--------------------------|
 * | term     | 7 characters, base 36    |
 * | kind     | `k` + number             |
 * | author   | `a` + at least 8 digits  |
 * | task     | `t` + 12 hex             |
 * | month    | `m` + year and month, 8  |
 */
import { KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";

/** 32 bits in base 36. */
const TERM_CHARS = 7;

export function termWord(term: number): string {
  return term.toString(36).padStart(TERM_CHARS, "0");
}

/** At most two characters: there are far fewer than ten kinds of entries. */
export function kindWord(kind: Kind): string {
  return `k${KINDS.indexOf(kind)}`;
}

export function authorWord(number: number): string {
  return `a${String(number).padStart(8, "0")}`;
}

export function taskWord(task: EntryId): string {
  return `t${task.slice(0, 12)}`;
}

/** @param ms since the epoch; years have six digits, so every date a clock can claim fits. */
export function monthWord(ms: number): string {
  const date = new Date(ms);
  return `m${String(date.getUTCFullYear()).padStart(6, "0")}${String(date.getUTCMonth() + 1).padStart(2, "0")}`;
}

/** More months than this are not worth a clause; the exact times are compared in any case. */
const MONTHS_MAX = 36;

/** The months of a time range, both ends included; null when open or too long to list. */
export function monthWords(from: number | undefined, to: number | undefined): readonly string[] | null {
  if (from === undefined || to === undefined || from > to) return null;
  const words: string[] = [];
  const first = new Date(from);
  let at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1);
  while (at <= to) {
    if (words.length === MONTHS_MAX) return null;
    words.push(monthWord(at));
    const month = new Date(at);
    at = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1);
  }
  return words;
}

/** What a filter word is counted under in the table of terms: below zero, where no term is. */
export function filterNumber(word: string): number {
  return -1 - Number(BigInt.asUintN(48, BigInt(Bun.hash(word))));
}

/** An FTS5 expression that any of the words satisfies. Its only caller's text is words made above. */
export function anyOf(words: readonly string[]): string {
  return `(${words.map((word) => `"${word}"`).join(" OR ")})`;
}
