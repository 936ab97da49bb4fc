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
  form: Parameters<typeof normaliseAnswer>[1] | undefined,
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
  const told = form === undefined || body.value === null ? null : valueIn(body.hypothesis, form);
  if (form !== undefined && body.value !== null && told !== null && !sameValue(told, body.value, form)) {
    breaches.push({
      subject,
      dimension: "consistency",
      proof: [one.id],
      note: "the text states another answer than the value given with it",
    });
  }
  return breaches;
}

/** Only what a text states outright: a number found somewhere in an argument is no second answer. */
function valueIn(text: string, form: Parameters<typeof normaliseAnswer>[1]): string | null {
  const stated = /\b(?:final )?answer\s*(?:is|:|=)\s*(.{1,200})$/isu.exec(text)?.[1];
  return stated === undefined ? null : normaliseAnswer(stated, form);
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
