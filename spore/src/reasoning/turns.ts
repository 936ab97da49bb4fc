/**
 * Whose turn it is: what one spore should do next for a task, from the task's entries and who is seen alive. Pure.
 *
 * Nobody assigns work. Every spore computes the same order from the same ids (rendezvous.ts), the first acts at once and
 * each next one after one more deadline, so a dead or silent spore delays an answer and never stops it.
 *
 * 1. A disputed answer is not the end while somebody else may still synthesise: SYNTHESES_MAX bounds it.
 * 2. On a stranger's synthesis or verdict nothing waits and nothing ends: heard are the asker's own spores and those whose
 *    graded work this spore trusts. A task that anybody may answer is not one that anybody may end.
 * 3. Validators of another model and another operator come first: they do not share the synthesiser's mistakes.
 */
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { ReasoningLimits } from "./limits.ts";
import { rendezvousOrder } from "./rendezvous.ts";
import type { Progress } from "./rounds.ts";
import type { AnswerEntry, SynthesisEntry, TaskState } from "./task-state.ts";

export type Step =
  | { readonly do: "wait"; readonly until: number | null }
  | { readonly do: "contribute"; readonly progress: Progress }
  | { readonly do: "synthesise"; readonly progress: Progress }
  | { readonly do: "validate"; readonly synthesis: SynthesisEntry; readonly progress: Progress }
  | {
      readonly do: "close";
      readonly synthesis: SynthesisEntry;
      /** A verdict of a trusted spore of somebody else's, given in time. */
      readonly opinion: AnswerEntry | null;
    };

export interface TurnContext {
  readonly self: PublicKey;
  readonly now: number;
  readonly limits: ReasoningLimits;
  /** Spores seen alive that may see this task, this one among them. */
  readonly alive: ReadonlySet<PublicKey>;
  /** How early a spore stands in line, > 0: the asker's own first, then by tier. */
  standingOf(spore: PublicKey): number;
  /** One of the asker's own spores: its word closes the task. */
  isAskers(spore: PublicKey): boolean;
  /** One of the asker's own, or one whose graded work has earned this spore's trust: its syntheses and verdicts count. */
  isHeard(spore: PublicKey): boolean;
  operatorOf(spore: PublicKey): string | null;
  /** When this spore stored an entry, ms. */
  receivedAt(id: EntryId): number;
  /** When this spore stored the task's newest entry, ms. */
  readonly newestAt: number;
}

/** One answer, and one more chance where a validator disputed it. */
const SYNTHESES_MAX = 2;
const OTHER_MODEL = 4;
const OTHER_OPERATOR = 2;

export function nextStep(state: TaskState, progress: Progress, context: TurnContext): Step {
  const { self } = context;
  const open = heardSyntheses(state, context).find(({ id }) => !isAnswered(state, id));
  const askers = open !== undefined && context.isAskers(replicaKey(open.entry.replica));
  // A synthesis of the asker's own spores ends the debate, whatever this spore's settings would still allow.
  if (progress.phase !== "synthesize" && !askers) {
    const spoke = state.contributions.some(
      ({ entry }) => replicaKey(entry.replica) === self && entry.body.cycle === progress.cycle,
    );
    return spoke ? { do: "wait", until: progress.closesAt } : { do: "contribute", progress };
  }
  return open === undefined
    ? synthesisTurn(state, progress, context)
    : validationTurn(state, open, progress, context);
}

/** Whether a task has its answer for good, as far as this spore can see. */
export function isSettled(state: TaskState, context: TurnContext): boolean {
  const { answer } = state;
  if (answer === null) return false;
  if (
    answer.entry.entry.body.verdict !== "disputed" ||
    heardSyntheses(state, context).length >= SYNTHESES_MAX
  )
    return true;
  if (synthesisers(state, context).length === 0) return true;
  // Whoever could still do better has had the time to.
  const patience = context.limits.synthesisDeadlineMs * (context.alive.size + 1);
  return context.now >= context.receivedAt(answer.entry.id) + patience;
}

/** This spore's own counts for itself: it does not write a second one because the asker has yet to hear of it. */
function heardSyntheses(state: TaskState, { self, isHeard }: TurnContext): readonly SynthesisEntry[] {
  return state.syntheses.filter(({ entry }) => {
    const author = replicaKey(entry.replica);
    return author === self || isHeard(author);
  });
}

/** Contributors in rendezvous order, best standing likeliest first; none that has had its turn or is not heard. */
function synthesisers(
  state: TaskState,
  { self, alive, standingOf, isHeard }: TurnContext,
): readonly PublicKey[] {
  const done = new Set(state.syntheses.map(({ entry }) => replicaKey(entry.replica)));
  const authors = new Set(state.contributions.map(({ entry }) => replicaKey(entry.replica)));
  return rendezvousOrder(state.task.id, [...authors, self], standingOf).filter(
    (key) => (key === self || (alive.has(key) && isHeard(key))) && !done.has(key),
  );
}

function synthesisTurn(state: TaskState, progress: Progress, context: TurnContext): Step {
  const place = synthesisers(state, context).indexOf(context.self);
  if (place < 0) return { do: "wait", until: null };
  const due = context.newestAt + place * context.limits.synthesisDeadlineMs;
  return context.now >= due ? { do: "synthesise", progress } : { do: "wait", until: due };
}

/** Another spore validates; without one in time the synthesiser closes the task as unvalidated. */
function validationTurn(
  state: TaskState,
  synthesis: SynthesisEntry,
  progress: Progress,
  context: TurnContext,
): Step {
  const { self, now, limits } = context;
  const author = replicaKey(synthesis.entry.replica);
  const validators = validatorsOf(state, synthesis, context);
  const opinions = state.opinions.filter(({ entry }) => entry.body.synthesis === synthesis.id);
  if (opinions.some(({ entry }) => replicaKey(entry.replica) === self)) return { do: "wait", until: null };
  const closes = author === self && context.isAskers(self);
  const opinion = opinions.find(({ entry }) => context.isHeard(replicaKey(entry.replica))) ?? null;
  if (closes && opinion !== null) return { do: "close", synthesis, opinion };
  if (author === self && !closes) return { do: "wait", until: null };
  const rank = author === self ? validators.length : validators.indexOf(self);
  // The author comes after every validator; should the author be gone as well, anybody closes in the end.
  const due = context.receivedAt(synthesis.id) + rank * limits.validationDeadlineMs;
  if (now < due) return { do: "wait", until: due };
  return closes ? { do: "close", synthesis, opinion: null } : { do: "validate", synthesis, progress };
}

export function validatorsOf(
  state: TaskState,
  synthesis: SynthesisEntry,
  {
    self,
    alive,
    standingOf,
    isHeard,
    operatorOf,
  }: Pick<TurnContext, "self" | "alive" | "standingOf" | "isHeard" | "operatorOf">,
): readonly PublicKey[] {
  const author = replicaKey(synthesis.entry.replica);
  const modelOf = new Map(
    state.contributions.map(({ entry }) => [replicaKey(entry.replica), entry.body.model]),
  );
  const own = modelOf.get(author) ?? synthesis.entry.body.model;
  const operator = operatorOf(author);
  return rendezvousOrder(synthesis.id, alive, (spore) => {
    const unlike = (modelOf.get(spore) ?? own) !== own ? OTHER_MODEL : 1;
    return standingOf(spore) * unlike * (operatorOf(spore) === operator ? 1 : OTHER_OPERATOR);
  }).filter((key) => key !== author && (key === self || isHeard(key)));
}

function isAnswered(state: TaskState, synthesis: EntryId): boolean {
  return state.answers.some(({ entry }) => entry.body.synthesis === synthesis);
}
