/**
 * What becomes of two different entries on one dot: their author forked its history, and the pair is the proof.
 *
 * Both are kept and the author is flagged. But an author who forks once can fork for ever, at no price, and whoever
 * kept "the first two" would hold other entries than a neighbour who met others first. So of all entries on a dot the
 * two with the lowest ids belong to the set. A lower one that comes late displaces the highest: it stays stored, but
 * leaves the index. Where everything has been exchanged, everybody's index holds the same two; and since every further
 * one must have a lower id than all before, what a forger can make anyone store grows with the logarithm of its effort.
 */
import type { InStatement } from "@libsql/client";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { Row } from "./authorship.ts";
import type { CausalContext } from "./causal-context.ts";
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
  readonly forks: readonly Fork[];
  /** Stored, or about to be, and no longer of the set. */
  readonly displaced: readonly { readonly scope: SharedLabel; readonly id: EntryId }[];
  readonly statements: readonly InStatement[];
}

/** @param rows new to the store, and different from each other. */
export async function settleForks(
  rows: readonly Row[],
  context: CausalContext,
  store: Store,
): Promise<SettledRows> {
  if (isRunOfNew(rows, context)) return { rows, forks: [], displaced: [], statements: [] };
  const dots = new Set<string>();
  const suspects = new Set<string>();
  for (const { own, entry } of rows) {
    // Our own counters are drawn one by one.
    if (own) continue;
    const dot = dotOf(entry);
    if (dots.has(dot) || context.has(entry)) suspects.add(dot);
    dots.add(dot);
  }
  if (suspects.size === 0) return { rows, forks: [], displaced: [], statements: [] };
  const settled = new Map<EntryId, "kept" | "displaced">();
  const forks: Fork[] = [];
  for (const dot of suspects) {
    const there = rows.filter((row) => dotOf(row.entry) === dot);
    await settleDot(there, store, settled, forks);
  }
  const displaced = [...settled].flatMap(([id, fate]) => (fate === "displaced" ? [id] : []));
  const scopes = new Map(rows.map(({ id, entry }) => [id, entry.label]));
  const labels = new Map((await store.get(displaced)).map(({ id, entry }) => [id, entry.label]));
  const out = displaced.flatMap((id) => {
    const scope = labels.get(id) ?? scopes.get(id);
    return scope === undefined || scope === "private" ? [] : [{ id, scope }];
  });
  return {
    rows: rows.filter(({ id, entry }) => !suspects.has(dotOf(entry)) || settled.has(id)),
    forks,
    displaced: out,
    statements: [
      ...forks.map(({ first, second }) => store.forkStatement(first, second, rows[0]?.receivedAt ?? 0)),
      ...out.flatMap(({ id, scope }) => store.displaceStatements(scope, id)),
    ],
  };
}

/** One sequence in its order, none of it seen: what copying a log brings, and nothing in it can share a dot. */
function isRunOfNew(rows: readonly Row[], context: CausalContext): boolean {
  const first = rows[0]?.entry;
  let before = 0;
  return rows.every(({ entry }) => {
    const isNext = entry.counter > before && entry.replica === first?.replica && entry.label === first.label;
    before = entry.counter;
    return isNext && !context.has(entry);
  });
}

async function settleDot(
  rows: readonly Row[],
  store: Store,
  settled: Map<EntryId, "kept" | "displaced">,
  forks: Fork[],
): Promise<void> {
  const entry = rows[0]?.entry;
  if (entry === undefined) return;
  let kept = await store.onDot(entry);
  for (const { id } of rows) {
    const now = keptOnDot([...kept, id]);
    if (!now.includes(id)) continue;
    for (const other of kept.filter((one) => one !== id)) {
      forks.push({ author: replicaKey(entry.replica), first: other, second: id });
    }
    for (const one of kept.filter((other) => !now.includes(other))) settled.set(one, "displaced");
    settled.set(id, "kept");
    kept = now;
  }
}

/** Forks are told apart within a label: each label is a set of its own. */
function dotOf(entry: Row["entry"]): string {
  return `${entry.label} ${entry.replica} ${entry.counter}`;
}
