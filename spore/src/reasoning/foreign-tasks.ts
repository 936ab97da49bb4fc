/**
 * Tasks of strangers that are not being worked on: those that wait for their turn, and those in which there is nothing to
 * do until something new comes. Anybody may write public tasks, so how many are open at once is this spore's decision:
 * its own commander's questions never stand in line behind them, and no commander's behind all of another's.
 */
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

/** Strangers' tasks that are open at once. */
export const FOREIGN_OPEN_MAX = 64;
/** Steps for strangers under way at once: the other places are for one's own questions. */
export const FOREIGN_STEPS_MAX = 1;
/** A stranger's task rests when nothing is to be done and nothing has come for so long, ms. */
export const FOREIGN_QUIET_MS = 10_000;
/** Ids kept of one commander's that wait, and of all that rest; the oldest are dropped, and found again at the next start. */
const KEPT_MAX = 10_000;
const COMMANDERS_MAX = 1_000;

type Asked = Pick<StoredEntry, "id" | "entry">;

export function createForeignTasks(self: PublicKey, operatorOf: (spore: PublicKey) => string | null) {
  /** By commander, who has waited longest first. */
  const waiting = new Map<string, Set<EntryId>>();
  const resting = new Map<EntryId, string>();

  const houseOf = (spore: PublicKey): string => operatorOf(spore) ?? spore;
  const commanderOf = ({ entry }: Asked): string => houseOf(replicaKey(entry.replica));

  function wait(id: EntryId, commander: string): void {
    const ids = waiting.get(commander) ?? new Set();
    if (ids.size >= KEPT_MAX || (ids.size === 0 && waiting.size >= COMMANDERS_MAX)) return;
    waiting.set(commander, ids.add(id));
  }

  return {
    /** Asked by a spore of another commander. */
    isForeign: (asked: Asked): boolean => commanderOf(asked) !== houseOf(self),

    wait: (asked: Asked): void => wait(asked.id, commanderOf(asked)),

    rest(asked: Asked): void {
      resting.set(asked.id, commanderOf(asked));
      const [oldest] = resting.keys();
      if (resting.size > KEPT_MAX && oldest !== undefined) resting.delete(oldest);
    },

    /** Something new came of a task: one that rests waits for its turn then. @returns whether it rested */
    wake(id: EntryId): boolean {
      const commander = resting.get(id);
      if (commander === undefined) return false;
      resting.delete(id);
      wait(id, commander);
      return true;
    },

    /** The one whose turn it is, which is then somebody else's matter: of each commander in turn the oldest. */
    next(): EntryId | null {
      for (const [commander, ids] of waiting) {
        waiting.delete(commander);
        const [id] = ids;
        if (id === undefined) continue;
        ids.delete(id);
        if (ids.size > 0) waiting.set(commander, ids);
        return id;
      }
      return null;
    },
  };
}
