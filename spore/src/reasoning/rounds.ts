/**
 * Where a task stands: its cycles evaluated one after another until one is still open. Pure.
 *
 * A cycle is over when every expected spore has spoken in it, or its deadline has passed since the first one spoke.
 * The deadline counts from when *this* spore received that contribution, so nobody's clock is trusted. A spore that is
 * not heard from is not waited for twice: `participants` holds only those seen alive.
 */

import type { Phase } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { type Aggregate, aggregate } from "@synapse/shared/rule/aggregate.ts";
import { modelCorrelation } from "@synapse/shared/rule/model-correlation.ts";
import { RULE_OPTIONS } from "@synapse/shared/rule/options.ts";
import type { ReasoningLimits } from "./limits.ts";
import {
  type ContributionEntry,
  type CycleEvent,
  isIndependent,
  latestByAuthor,
  PHASE_TABLE,
  type TaskState,
} from "./task-state.ts";

export interface RoundContext {
  readonly now: number;
  /** Spores expected to speak, this one among them. */
  readonly participants: ReadonlySet<PublicKey>;
  readonly limits: ReasoningLimits;
  /** When this spore stored an entry, ms. */
  receivedAt(id: EntryId): number;
  /** Trust in an author on this task's topic, log-odds scale; 1 is a fresh voice. */
  weightOf(author: PublicKey): number;
}

export interface Round {
  readonly cycle: number;
  readonly phase: Phase;
  readonly aggregate: Aggregate;
  /** Change of agreement since the cycle before. */
  readonly velocity: number;
  /** When it was over, ms. */
  readonly at: number;
}

export interface Progress {
  readonly phase: Phase;
  /** The cycle that is open, or the last one. */
  readonly cycle: number;
  /** Cycles that are over. */
  readonly rounds: readonly Round[];
  /** When the open cycle ends at the latest; null while nobody has spoken in it, or when none is open. */
  readonly closesAt: number | null;
}

/** A change of the posterior below this is no movement: the debate has nothing more to say. */
const MOVED_AT_LEAST = 0.05;

export function evaluateRounds(state: TaskState, context: RoundContext): Progress {
  const rounds: Round[] = [];
  let phase: Phase = "diverge";
  for (let cycle = 1; ; cycle++) {
    const spoken = state.contributions.filter(({ entry }) => entry.body.cycle === cycle);
    const open = closing(spoken, context);
    if (open !== "closed") return { phase, cycle, rounds, closesAt: open };
    const result = aggregateCycle(state, cycle, context);
    const before = rounds.at(-1);
    rounds.push({
      cycle,
      phase,
      aggregate: result,
      velocity: result.agreement - (before?.aggregate.agreement ?? 0),
      at: Math.max(...spoken.map(({ id }) => context.receivedAt(id))),
    });
    phase = PHASE_TABLE[phase][eventOf(cycle, result, before, context)];
    if (phase === "synthesize") return { phase, cycle, rounds, closesAt: null };
  }
}

/** The aggregate of what was said up to a cycle, each author counted once with the newest word. */
export function aggregateCycle(state: TaskState, cycle: number, context: RoundContext): Aggregate {
  const latest = [...latestByAuthor(state, cycle).values()];
  const { body } = state.task.entry;
  return aggregate({
    ...RULE_OPTIONS,
    contributions: latest.map((one) => toVote(one, state, context.weightOf(replicaKey(one.entry.replica)))),
    form: body.answer,
    question: body.description,
    correlation: correlationOf(latest),
  });
}

/** What the contributions themselves say about how alike their sources are. */
export function correlationOf(contributions: readonly ContributionEntry[]): (a: string, b: string) => number {
  return modelCorrelation(
    contributions.map(({ entry }) => ({
      author: replicaKey(entry.replica),
      provider: entry.body.provider,
      model: entry.body.model,
    })),
  );
}

export function toVote(one: ContributionEntry, state: TaskState, weight: number) {
  const { body } = one.entry;
  return {
    id: one.id,
    author: replicaKey(one.entry.replica),
    text: body.hypothesis,
    value: body.value,
    confidence: body.confidence,
    abstain: body.abstain,
    weight,
    independent: isIndependent(one, state),
    citations: body.citations.map(({ id }) => id),
  };
}

/** "closed", or when it will close at the latest (null: nobody has spoken yet). */
function closing(spoken: readonly ContributionEntry[], context: RoundContext): "closed" | number | null {
  if (spoken.length === 0) return null;
  const authors = new Set(spoken.map(({ entry }) => replicaKey(entry.replica)));
  if ([...context.participants].every((key) => authors.has(key))) return "closed";
  const closesAt =
    Math.min(...spoken.map(({ id }) => context.receivedAt(id))) + context.limits.cycleDeadlineMs;
  return context.now >= closesAt ? "closed" : closesAt;
}

function eventOf(
  cycle: number,
  result: Aggregate,
  before: Round | undefined,
  { participants, limits }: RoundContext,
): CycleEvent {
  // Unanimous voices have nothing to debate, however little their number proves when they are copies.
  const unanimous = result.clusters.length === 1 && result.voices.length > 1;
  if (unanimous || (result.posterior >= limits.agreedPosterior && result.voices.length > 1)) return "agreed";
  // Nobody to debate with, or nobody with anything to say: more cycles would only repeat this one.
  const alone = participants.size <= 1 || result.voices.length <= 1;
  if (alone || cycle >= limits.cyclesMax) return "spent";
  if (before === undefined) return "moved";
  return Math.abs(result.posterior - before.aggregate.posterior) >= MOVED_AT_LEAST ? "moved" : "stuck";
}
