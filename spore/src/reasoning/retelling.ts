/**
 * Late words on tasks that have ended: they change what is told of a task (who spoke, how much), not where it stands. Without
 * this a list made from views would show such a task for ever as it was when it ended.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Progress } from "./rounds.ts";
import type { TaskState } from "./task-state.ts";

export interface RetellingDeps {
  readonly look: (id: EntryId) => Promise<{ readonly state: TaskState; readonly progress: Progress } | null>;
  /** An open task is shown by whoever works on it. */
  readonly isOpen: (id: EntryId) => boolean;
  readonly onView: (state: TaskState, progress: Progress, change: { readonly phase: boolean }) => void;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export function createRetelling({ look, isOpen, onView, warn }: RetellingDeps) {
  /** Tasks that are being read, and whether once more after that: what is being read may be from before the word. */
  const reading = new Map<EntryId, boolean>();

  return {
    /** Many words at once cost two readings. */
    async onLateWord(id: EntryId): Promise<void> {
      if (reading.has(id)) {
        reading.set(id, true);
        return;
      }
      try {
        do {
          reading.set(id, false);
          const found = await look(id);
          if (found !== null && !isOpen(id)) onView(found.state, found.progress, { phase: false });
        } while (reading.get(id) === true);
      } catch (cause) {
        warn("a late word on a task could not be shown", { task: id, cause: String(cause) });
      } finally {
        reading.delete(id);
      }
    },
  };
}
