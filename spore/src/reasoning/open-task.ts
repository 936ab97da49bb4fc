/** A task that a spore works on, as it stands in memory, and which of several comes first. */
import type { Phase } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

export interface OpenTask {
  readonly id: EntryId;
  /** Asked by a spore of another commander. */
  isForeign: boolean;
  readonly entries: Map<EntryId, StoredEntry>;
  running: boolean;
  phase: Phase | null;
  /** New entries since the last view. */
  fresh: boolean;
  retryAt: number;
  failures: number;
}

export function newTask(id: EntryId, isForeign: boolean): OpenTask {
  return {
    id,
    isForeign,
    entries: new Map(),
    running: false,
    phase: null,
    fresh: true,
    retryAt: 0,
    failures: 0,
  };
}

const URGENCY = { high: 0, normal: 1, low: 2 } as const;

/** One's own commander's first, then as urgent as they say. */
export function byUrgency(tasks: Iterable<OpenTask>): OpenTask[] {
  return [...tasks].sort((a, b) => urgencyOf(a) - urgencyOf(b));
}

function urgencyOf(task: OpenTask): number {
  const entry = task.entries.get(task.id)?.entry;
  // What a stranger calls urgent is urgent among strangers.
  const among = task.isForeign ? 3 : 0;
  return among + (entry?.kind === "task" ? URGENCY[entry.body.priority] : URGENCY.low);
}
