/**
 * Waiting for an answer inside one MCP call, telling the client what happens meanwhile.
 *
 * The wait follows the spore's own event hub. The subscription begins before the task is stored, so that an answer
 * that comes at once is not missed; and whatever ends the wait, the task itself is read afterwards.
 */
import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Subscription } from "../http/event-hub.ts";
import type { ToolCall } from "./tool.ts";

/** Clients count the time since they last heard of a request (60 s is usual); this is well under it. */
const STILL_HERE_MS = 10_000;

/** Resolves when the task ended, the time is over, or nobody waits any more. */
export async function waitForTask(
  id: EntryId,
  waitMs: number,
  subscription: Subscription,
  { signal, progress, deps }: Pick<ToolCall, "signal" | "progress" | "deps">,
): Promise<void> {
  const end = () => subscription.end();
  const deadline = setTimeout(end, waitMs);
  const stillHere = setInterval(() => void progress("still reasoning"), STILL_HERE_MS);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    // Asked again under the same idempotency key, the task may have ended long ago.
    if ((await deps.board.look(id))?.state.answer) return await progress("answered already");
    for (;;) {
      const events = await subscription.next();
      if (events === null) return;
      for (const { event } of events) {
        const step = stepOf(event, id);
        if (step === null) continue;
        await progress(step.message);
        if (step.ended) return;
      }
    }
  } finally {
    clearTimeout(deadline);
    clearInterval(stillHere);
    signal.removeEventListener("abort", end);
    end();
  }
}

interface Step {
  readonly message: string;
  readonly ended: boolean;
}

/** What an event says about this task; null where it is about something else. */
function stepOf(event: SporeEvent, id: EntryId): Step | null {
  switch (event.type) {
    case "phase": {
      const { task_id, phase, cycle } = event.data;
      return task_id === id ? { message: `cycle ${cycle}: ${phase}`, ended: false } : null;
    }
    case "delta": {
      const { task_id, delta } = event.data;
      return task_id === id ? { message: `${delta.spore} contributed`, ended: false } : null;
    }
    case "answer":
      return event.data.task_id === id ? { message: `${event.data.status}`, ended: true } : null;
    default:
      return null;
  }
}
