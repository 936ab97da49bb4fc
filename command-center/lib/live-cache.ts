/**
 * How an event changes what is known. Pure functions from (what was known, event) to what is known now; live.tsx
 * writes the results into the query cache. Applying an event twice changes nothing, so a resume that repeats a few
 * events leaves no duplicates.
 */
import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { MemoryOverview, TaskDetail, TaskSummary } from "@synapse/shared/contract/status.ts";

/** Summaries kept from the stream; older ones are in the pages that were read. */
export const LIVE_TASKS_MAX = 500;
/** Entries of the "what changed" list. */
export const ACTIVITY_MAX = 200;
/** As many recent memories as a spore itself lists. */
const RECENT_MAX = 50;

export type LiveTasks = Readonly<Record<string, TaskSummary>>;

export interface Activity {
  readonly key: string;
  /** When this page received it, ms. */
  readonly at: number;
  readonly url: string;
  readonly type: SporeEvent["type"];
  readonly text: string;
  readonly task: string | null;
  readonly entry: string | null;
}

export function mergeLiveTask(known: LiveTasks, summary: TaskSummary): LiveTasks {
  const before = known[summary.task_id];
  if (before !== undefined && before.updated_at > summary.updated_at) return known;
  const next = { ...known, [summary.task_id]: summary };
  const ids = Object.keys(next);
  if (ids.length <= LIVE_TASKS_MAX) return next;
  const oldest = ids.reduce((a, b) => ((next[a]?.updated_at ?? "") <= (next[b]?.updated_at ?? "") ? a : b));
  delete next[oldest];
  return next;
}

/** Detail after an event about its task, or the same object where the event does not touch it. */
export function applyToDetail(detail: TaskDetail, event: SporeEvent): TaskDetail {
  switch (event.type) {
    case "delta": {
      const { task_id, delta } = event.data;
      if (task_id !== detail.task_id || detail.deltas.some((known) => known.id === delta.id)) return detail;
      const contributors = detail.contributors.includes(delta.spore)
        ? detail.contributors
        : [...detail.contributors, delta.spore];
      return { ...detail, deltas: [...detail.deltas, delta], contributors };
    }
    case "phase": {
      const { task_id, phase, cycle } = event.data;
      if (task_id !== detail.task_id || cycle < detail.cycle) return detail;
      return { ...detail, phase, cycle };
    }
    case "task":
    case "answer": {
      const summary = event.data;
      if (summary.task_id !== detail.task_id || summary.updated_at < detail.updated_at) return detail;
      return {
        ...detail,
        status: summary.status,
        phase: summary.phase,
        cycle: summary.cycle,
        converged: summary.converged,
        final_answer: summary.final_answer ?? detail.final_answer,
        confidence: summary.confidence ?? detail.confidence,
        updated_at: summary.updated_at,
      };
    }
    default:
      return detail;
  }
}

export function applyToMemory(
  memory: MemoryOverview,
  event: Extract<SporeEvent, { type: "memory" }>,
  now: number,
): MemoryOverview {
  const { id, kind, label, author, spore, content, total_memories } = event.data;
  // An entry that was replicated may be old; only a spore that does not say when it was made is taken to tell it at once.
  const { created_at = new Date(now).toISOString() } = event.data;
  if (memory.recent.some((known) => known.id === id)) return memory;
  const added = { id, kind, label, author, spore, content, created_at };
  return { ...memory, total_memories, recent: [added, ...memory.recent].slice(0, RECENT_MAX) };
}

/** The task an event is about, or null. */
export function taskOfEvent(event: SporeEvent): string | null {
  switch (event.type) {
    case "task":
    case "answer":
    case "delta":
    case "phase":
      return event.data.task_id;
    default:
      return null;
  }
}

const CLIP_CHARS = 140;
const clip = (text: string) => (text.length <= CLIP_CHARS ? text : `${text.slice(0, CLIP_CHARS - 1)}…`);

/** One line for the "what changed" list, or null for events that would only be noise there. */
export function activityOf(event: SporeEvent, url: string, at: number, sequence: string): Activity | null {
  const base = {
    key: `${url}#${sequence}`,
    at,
    url,
    type: event.type,
    task: taskOfEvent(event),
    entry: null,
  };
  switch (event.type) {
    case "task":
      return { ...base, text: `Task ${event.data.status}: ${clip(event.data.description)}` };
    case "answer":
      return { ...base, text: `Answered: ${clip(event.data.final_answer ?? event.data.description)}` };
    case "delta":
      return { ...base, text: `${event.data.delta.spore} contributed to cycle ${event.data.delta.cycle}` };
    case "phase":
      return { ...base, text: `Phase ${event.data.phase}, cycle ${event.data.cycle}` };
    case "memory":
      // Tasks and contributions announce themselves; here only what was remembered.
      if (event.data.kind !== "memory" && event.data.kind !== "thought") return null;
      return {
        ...base,
        entry: event.data.id,
        text: `${event.data.spore} remembered: ${clip(event.data.content)}`,
      };
    case "peer":
      return { ...base, text: `${event.data.name} is ${event.data.state}` };
    case "proposal":
      return {
        ...base,
        text: `Proposal ${event.data.status.replaceAll("_", " ")}: ${clip(event.data.setting)}`,
      };
    case "provider":
      return { ...base, text: `Provider ${event.data.id}: ${event.data.state}` };
    default:
      return null;
  }
}
