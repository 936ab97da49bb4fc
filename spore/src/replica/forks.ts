/**
 * What becomes of two different entries on one dot: their author forked its history, and the pair is the proof.
 *
 * Both are kept and the author is flagged. But an author who forks once can fork for ever, at no price, and whoever
 * kept "the first two" would hold other entries than a neighbour who met others first. So of all entries on a dot the
 * two with the lowest ids belong to the set. A lower one that comes late displaces the highest: it stays stored, but
 * leaves the index. Where everything has been exchanged, everybody's index holds the same two; and since every further
 * one must have a lower id than all before, what a forger can make anyone store grows with the logarithm of its effort.
 *
 * What the commander refuses is judged in the same way, by its id alone: else who blocks the forger would hold other ids
 * than who does not, and ever more of them.
 */
import type { InStatement } from "@libsql/client";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { Row } from "./authorship.ts";
import type { CausalContext } from "./causal-context.ts";
import type { Member, Refused, SharedId } from "./membership.ts";
import { keptOnDot } from "./or-set.ts";
import type { Store } from "./store.ts";

export interface Fork {
  readonly author: PublicKey;
  readonly first: EntryId;
  readonly second: EntryId;
}

export interface SettledRows {
  /** What is to be stored, in the given order. */
  readonly rows: readonly Row[];
  /** What is refused, and belongs to the set from now on. */
  readonly refused: readonly Refused[];
  /** Refused before; no longer of the set, or of it as what is stored now. */
  readonly unrefused: readonly SharedId[];
  readonly forks: readonly Fork[];
  /** Stored, or about to be, and no longer of the set. */
  readonly displaced: readonly SharedId[];
  readonly statements: readonly InStatement[];
}

/** How an id of the set stands on its dot while a group is settled. */
type Standing = "stored" | "refused" | "to store" | "to refuse";

/** @param rows not stored yet, and different from each other. */
export async function settleForks(
  rows: readonly Row[],
  context: CausalContext,
  store: Store,
): Promise<SettledRows> {
  const suspects = isRunOfNew(rows, context, store) ? [] : [...suspectDots(rows, context, store).values()];
  const placed = suspects.map(([first]) => (first as Row).entry);
  const members = suspects.length === 0 ? [] : await store.membersOn(placed);
  const settled = suspects.map((there, i) => settleDot(there, members[i] ?? []));
  const out = new Set(settled.flatMap((one) => one.out));
  const forks = settled.flatMap((one) => one.forks);
  const displaced = settled.flatMap((one) => one.displaced);
  const unrefused = settled.flatMap((one) => one.unrefused);
  const coming = out.size === 0 ? rows : rows.filter(({ id }) => !out.has(id));
  const refused = coming.flatMap(toRefused);
  return {
    rows: refused.length === 0 ? coming : coming.filter(({ refusal }) => refusal === undefined),
    refused,
    unrefused,
    forks,
    displaced,
    statements: [
      ...forks.map(({ first, second }) => store.forkStatement(first, second, rows[0]?.receivedAt ?? 0)),
      ...displaced.flatMap(({ id, scope }) => store.displaceStatements(scope, id)),
      ...store.unrefuseStatements(unrefused),
      ...store.refuseStatements(refused),
    ],
  };
}

/** One sequence in its order, none of it seen: what copying a log brings, and nothing in it can share a dot. */
function isRunOfNew(rows: readonly Row[], context: CausalContext, store: Store): boolean {
  const first = rows[0]?.entry;
  if (first !== undefined && store.hasRefused(first.replica)) return false;
  let before = 0;
  return rows.every(({ entry }) => {
    const isNext = entry.counter > before && entry.replica === first?.replica && entry.label === first.label;
    before = entry.counter;
    return isNext && !context.has(entry);
  });
}

/** The rows on dots where something else may be, by dot. */
function suspectDots(rows: readonly Row[], context: CausalContext, store: Store): Map<string, Row[]> {
  const byDot = new Map<string, Row[]>();
  for (const row of rows) {
    // Our own counters are drawn one by one.
    if (row.own) continue;
    const dot = dotOf(row.entry);
    const there = byDot.get(dot);
    if (there === undefined) byDot.set(dot, [row]);
    else there.push(row);
  }
  for (const [dot, there] of byDot) {
    const { entry } = there[0] as Row;
    if (there.length === 1 && !context.has(entry) && !store.hasRefused(entry.replica)) byDot.delete(dot);
  }
  return byDot;
}

/** @param rows all on one dot. @param members what is of the set there so far. */
function settleDot(rows: readonly Row[], members: readonly Member[]) {
  const standing = new Map<EntryId, Standing>(
    members.map(({ id, isRefused }) => [id, isRefused ? "refused" : "stored"]),
  );
  const forks: Fork[] = [];
  const [displaced, unrefused] = [new Set<EntryId>(), new Set<EntryId>()];
  /** Rows that change nothing. */
  const out = new Set<EntryId>();
  let kept = members.map(({ id }) => id);

  function leave(id: EntryId): void {
    const was = standing.get(id);
    if (was === "stored" || was === "to store") displaced.add(id);
    if (was === "refused") unrefused.add(id);
    if (was === "to refuse") out.add(id);
  }

  for (const { id, entry, refusal } of rows) {
    const isRefused = standing.get(id) === "refused";
    const now = keptOnDot([...kept, id]);
    if (!now.includes(id) || (isRefused && refusal !== undefined)) {
      out.add(id);
      continue;
    }
    // It is wanted after all: from now on it counts because it is stored.
    if (isRefused) unrefused.add(id);
    standing.set(id, refusal === undefined ? "to store" : "to refuse");
    for (const other of kept) {
      const isHeld = standing.get(other) === "stored" || standing.get(other) === "to store";
      if (refusal === undefined && isHeld && other !== id)
        forks.push({ author: replicaKey(entry.replica), first: other, second: id });
    }
    for (const one of kept) if (!now.includes(one)) leave(one);
    kept = now;
  }
  const { label } = (rows[0] as Row).entry;
  const shared = (ids: ReadonlySet<EntryId>): SharedId[] =>
    label === "private" ? [] : [...ids].map((id) => ({ id, scope: label }));
  return { out: [...out], forks, displaced: shared(displaced), unrefused: shared(unrefused) };
}

function toRefused({ id, entry, refusal, receivedAt }: Row): Refused[] {
  const { replica, counter, label } = entry;
  if (refusal === undefined || label === "private") return [];
  return [{ id, replica, counter, label, reason: refusal, at: receivedAt }];
}

/** Forks are told apart within a label: each label is a set of its own. */
function dotOf(entry: Row["entry"]): string {
  return `${entry.label} ${entry.replica} ${entry.counter}`;
}
