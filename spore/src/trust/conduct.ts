/**
 * Breaches of conduct that stand in the entries themselves, so that every spore finds the same ones. Pure.
 *
 *   causality    a clock that is not after its parents', a memory cited that is not among what was shown, an answer to
 *                others by somebody who shows no contribution as read
 *   consistency  two votes of one author in one cycle, a value that the author's own text contradicts
 *   integrity    two different entries on one dot: a forked history
 *
 * What is found is a fact about an entry, with the entries that prove it; what it does to trust is the lattice's matter.
 */
import { isKind } from "@synapse/shared/contract/entry.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { normaliseAnswer, sameValue } from "@synapse/shared/rule/normalise.ts";
import type { ContributionEntry } from "@synapse/shared/rule/votes.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Dimension } from "./evidence.ts";

type Form = Parameters<typeof normaliseAnswer>[1];

const STATED = /\banswer\s*(?:is|:|=)/giu;
const STATED_CHARS_MAX = 200;
const SENTENCE_END = /[.!?](?=\s|$)|\n/u;

export interface Breach {
  readonly subject: PublicKey;
  readonly dimension: Extract<Dimension, "integrity" | "causality" | "consistency">;
  /** The entries that prove it, the offending one first. */
  readonly proof: readonly EntryId[];
  readonly note: string;
}

/** @param parents those of the entry's parents that are held here. */
export function causalBreaches(stored: StoredEntry, parents: readonly StoredEntry[]): readonly Breach[] {
  const subject = replicaKey(stored.entry.replica);
  const breach = (proof: readonly EntryId[], note: string): Breach => ({
    subject,
    dimension: "causality",
    proof: [stored.id, ...proof],
    note,
  });
  const later = parents.find(({ entry }) => !isAfter(stored.entry.clock, entry.clock));
  const breaches = later ? [breach([later.id], "its clock is not after that of an entry it builds on")] : [];
  if (!isKind(stored, "contribution")) return breaches;
  const shown = new Set(stored.entry.parents);
  const unshown = stored.entry.body.citations.find(({ id }) => !shown.has(id));
  if (unshown) breaches.push(breach([], "it cites a memory that it does not name among its parents"));
  return breaches;
}

export function inconsistencies(
  one: ContributionEntry,
  sameTask: readonly ContributionEntry[],
  form: Form | undefined,
): readonly Breach[] {
  const { body, replica } = one.entry;
  const subject = replicaKey(replica);
  const breaches: Breach[] = [];
  const twin = sameTask.find(
    ({ id, entry }) =>
      id !== one.id &&
      entry.replica === replica &&
      entry.body.cycle === body.cycle &&
      entry.counter < one.entry.counter,
  );
  if (twin) {
    breaches.push({
      subject,
      dimension: "consistency",
      proof: [one.id, twin.id],
      note: "a second vote in the same cycle of the same task",
    });
  }
  const { value } = body;
  const told = form === undefined || value === null ? [] : valuesIn(body.hypothesis, form);
  if (
    form !== undefined &&
    value !== null &&
    told.length > 0 &&
    !told.some((one) => means(one, value, form))
  ) {
    breaches.push({
      subject,
      dimension: "consistency",
      proof: [one.id],
      note: "the text states another answer than the value given with it",
    });
  }
  return breaches;
}

/**
 * What a text states outright as its answer: nothing but a value after "the answer is". A number found somewhere in an
 * argument, a fraction, a share or a figure with a unit may mean the same as the value in other words.
 */
function valuesIn(text: string, form: Form): readonly string[] {
  const ends = [...text.matchAll(STATED)].map(({ index, 0: mark }) => text.slice(index + mark.length));
  return ends.flatMap((end) => {
    const sentence = (end.split(SENTENCE_END)[0] ?? "").slice(0, STATED_CHARS_MAX);
    const stated = sentence.replace(/^[\s"'*_`(\\[]+|[\s"'*_`)\].,;!]+$/gu, "");
    return isValueAlone(stated, form) ? (normaliseAnswer(stated, form) ?? []) : [];
  });
}

function isValueAlone(stated: string, form: Form): boolean {
  if (form.type === "number") return /^[-+]?(?:\d[\d,]*)?(?:\.\d+)?$/u.test(stated) && /\d/u.test(stated);
  if (form.type === "choice") return /^[A-Z]$/u.test(stated) || form.options.some((one) => one === stated);
  return /^[[{]/u.test(stated);
}

/** The same answer, or a number rounded to the digits that were written. */
function means(stated: string, value: string, form: Form): boolean {
  if (sameValue(stated, value, form)) return true;
  const digits = stated.split(".")[1]?.length ?? 0;
  return form.type === "number" && Math.abs(Number(stated) - Number(value)) <= 0.5 * 10 ** -digits + 1e-12;
}

export function forkedHistory(pair: {
  readonly author: PublicKey;
  readonly first: EntryId;
  readonly second: EntryId;
}): Breach {
  return {
    subject: pair.author,
    dimension: "integrity",
    proof: [pair.second, pair.first],
    note: "two different entries on one dot: a forked history",
  };
}

function isAfter(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}
