/** The state of a spore or a task: always a word and a shape, never colour alone. */
import type { TaskStatus } from "@synapse/shared/contract/status.ts";
import type { NodeState } from "@/lib/fleet.ts";

export type Tone = "good" | "warn" | "bad" | "calm" | "busy";

const TONES: Readonly<Record<Tone, string>> = {
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
  calm: "text-faint",
  busy: "text-accent",
};

/** Filled, half, ring, cross and dash tell the tones apart without colour. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9Z",
  busy: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9Zm0 1.5v6a3 3 0 0 0 0-6Z",
  warn: "M6 1 11.5 10.5H.5Z",
  bad: "M2.2 1 6 4.8 9.8 1 11 2.2 7.2 6 11 9.8 9.8 11 6 7.2 2.2 11 1 9.8 4.8 6 1 2.2Z",
  calm: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9Zm0 1.5a3 3 0 1 0 0 6a3 3 0 1 0 0-6Z",
};

const NODE_TONES: Readonly<Record<NodeState, Tone>> = {
  live: "good",
  connecting: "calm",
  sleeping: "calm",
  building: "busy",
  stale: "warn",
  unauthorised: "warn",
  offline: "bad",
};

const TASK_TONES: Readonly<Record<TaskStatus, Tone>> = {
  queued: "calm",
  reasoning: "busy",
  converged: "good",
  unresolved: "warn",
};

export function ToneMark({ tone }: { readonly tone: Tone }) {
  return (
    <svg width="10" height="10" viewBox="0 0 12 12" className={`shrink-0 ${TONES[tone]}`} aria-hidden="true">
      <path d={SHAPES[tone]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}

function Badge({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return (
    <span className={`inline-flex items-center gap-1.5 text-xs whitespace-nowrap ${TONES[tone]}`}>
      <ToneMark tone={tone} />
      {word}
    </span>
  );
}

export function NodeBadge({ state }: { readonly state: NodeState }) {
  return <Badge tone={NODE_TONES[state]} word={state} />;
}

export function TaskBadge({ status }: { readonly status: TaskStatus }) {
  return <Badge tone={TASK_TONES[status]} word={status} />;
}
