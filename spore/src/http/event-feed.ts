/** Turns what happens in the spore into events for whoever watches. */

import { contentOf, isKind } from "@synapse/shared/contract/entry.ts";
import { type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { Progress } from "../reasoning/rounds.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { TaskState } from "../reasoning/task-state.ts";
import { toDelta, toInstant, toTaskSummary } from "../reasoning/task-view.ts";
import type { MemoryCounts } from "../replica/counts.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { EventHub } from "./event-hub.ts";

/** Text of a memory in an event; the whole is one request away. */
const CONTENT_CHARS = 500;
/** Memories of one commit that are told one by one; of a larger batch the last one stands for all, with the total. */
const MEMORY_EVENTS_MAX = 20;

export interface EventFeedDeps {
  readonly hub: EventHub;
  readonly tasks: TaskIndex;
  readonly counts: MemoryCounts;
  readonly nameOf: (key: PublicKey) => string;
}

export type EventFeed = ReturnType<typeof createEventFeed>;

export function createEventFeed({ hub, tasks, counts, nameOf }: EventFeedDeps) {
  function tell(state: TaskState, progress: Progress) {
    const summary = toTaskSummary(state, progress, nameOf);
    tasks.put(summary);
    hub.publish({ type: "task", data: summary }, state.task.entry.label);
    return summary;
  }

  return {
    onTaskView(state: TaskState, progress: Progress, change: { readonly phase: boolean }): void {
      const { label } = state.task.entry;
      const summary = tell(state, progress);
      if (change.phase) {
        const agreement = progress.rounds.at(-1)?.aggregate.agreement ?? null;
        hub.publish(
          {
            type: "phase",
            data: { task_id: state.task.id, phase: progress.phase, cycle: progress.cycle, agreement },
          },
          label,
        );
      }
      if (state.answer) hub.publish({ type: "answer", data: summary }, label);
    },

    async onEntries(entries: readonly StoredEntry[], board: TaskBoard): Promise<void> {
      const memories = entries.filter(({ entry }) => entry.kind === "memory" || entry.kind === "thought");
      for (const stored of memories.slice(-MEMORY_EVENTS_MAX)) {
        const author = replicaKey(stored.entry.replica);
        hub.publish(
          {
            type: "memory",
            data: {
              id: stored.id,
              kind: stored.entry.kind,
              label: stored.entry.label,
              author,
              spore: nameOf(author),
              content: (contentOf(stored.entry) ?? "").slice(0, CONTENT_CHARS).toWellFormed(),
              created_at: toInstant(stored.entry.clock[0]),
              total_memories: counts.total(),
            },
          },
          stored.entry.label,
        );
      }
      const contributions = entries.filter((stored) => isKind(stored, "contribution"));
      for (const [task, fresh] of Map.groupBy(contributions, ({ entry }) => entry.body.task)) {
        const found = await board.look(task);
        if (found === null) continue;
        // A late word on a task that has ended: the board is done with it, and the list would keep what was true then.
        if (found.state.answer !== null) tell(found.state, found.progress);
        const known = new Set(found.state.contributions.map(({ id }) => id));
        // What the fold does not count is no part of the debate.
        for (const stored of fresh.filter(({ id }) => known.has(id))) {
          const delta = toDelta(stored, known, nameOf);
          hub.publish({ type: "delta", data: { task_id: task, delta } }, stored.entry.label);
        }
      }
    },
  };
}
