/**
 * Where a task stands: its cycles evaluated one after another until one is still open. Pure.
 *
 * A cycle is over when every expected spore has spoken in it, or its deadline has passed since the first one spoke.
 * The deadline counts from when *this* spore received that contribution, so nobody's clock is trusted. A spore that is
 * not heard from is not waited for twice: `participants` holds only those seen alive.
 *
 * Chance (tunnelling) is drawn from the task's id and the cycle, so every spore draws the same.
 */

import { CYCLES_MAX, type Phase } from "@synapse/shared/contract/entry.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { Aggregate } from "@synapse/shared/rule/aggregate.ts";
import type { PanelRecord } from "@synapse/shared/rule/panel.ts";
import { aggregateVotes, type ContributionEntry, latestByAuthor } from "@synapse/shared/rule/votes.ts";
import { EXTRACTIVE_PROVIDER } from "../llm/extractive.ts";
import { type TunnelState, tunnelProbability, tunnels } from "../quantum/tunneling.ts";
import type { ReasoningLimits } from "./limits.ts";
import { type CycleEvent, PHASE_TABLE, type TaskState } from "./task-state.ts";

export interface RoundContext {
  readonly now: number;
  /** Spores expected to speak, this one among them. */
  readonly participants: ReadonlySet<PublicKey>;
  readonly limits: ReasoningLimits;
  /** When this spore stored an entry, ms. */
  receivedAt(id: EntryId): number;
  /** What this spore believes of these voices, one newest contribution an author, on the topic of the task. */
  panelOf(votes: readonly ContributionEntry[]): PanelRecord;
  /** Whether an author's word has earned the tier "peer": its dissent then weighs in tunnelling. */
  isTrusted(author: PublicKey): boolean;
}

export interface Round {
  readonly cycle: number;
  readonly phase: Phase;
  readonly panel: PanelRecord;
  readonly aggregate: Aggregate;
  readonly event: CycleEvent;
  /** Chance that this cycle's answer was left, whether or not it was; 0 where tunnelling is off. */
  readonly tunnelProbability: number;
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
  /** The cycle from which on the task is hot again after tunnelling, null if it never was. */
  readonly reheatedAt: number | null;
  /** When the open cycle ends at the latest; null while nobody has spoken in it, or when none is open. */
  readonly closesAt: number | null;
}

/** A change of the posterior below this is no movement: the debate has nothing more to say. */
const MOVED_AT_LEAST = 0.05;
/** How often a first vote that too few took part in is repeated. */
const EXTENSIONS_MAX = 1;

export function evaluateRounds(state: TaskState, context: RoundContext): Progress {
  const rounds: Round[] = [];
  let phase: Phase = "diverge";
  let reheatedAt: number | null = null;
  for (let cycle = 1; ; cycle++) {
    const spoken = state.contributions.filter(({ entry }) => entry.body.cycle === cycle);
    const open = closing(spoken, context);
    if (open !== "closed") return { phase, cycle, rounds, reheatedAt, closesAt: open };
    const panel = context.panelOf([...latestByAuthor(state.contributions, cycle).values()]);
    const aggregate = aggregateCycle(state, cycle, panel);
    const before = rounds.at(-1);
    const tunnel = tunnelState(state, cycle, aggregate, reheatedAt, context);
    const event = eventOf({ state, cycle, phase, aggregate, rounds, spoken, tunnel, context });
    rounds.push({
      cycle,
      phase,
      panel,
      aggregate,
      event,
      tunnelProbability: context.limits.tunnelling ? tunnelProbability(tunnel) : 0,
      velocity: aggregate.agreement - (before?.aggregate.agreement ?? 0),
      at: Math.max(...spoken.map(({ id }) => context.receivedAt(id))),
    });
    if (event === "tunnelled") reheatedAt = cycle + 1;
    phase = PHASE_TABLE[phase][event];
    if (phase === "synthesize") return { phase, cycle, rounds, reheatedAt, closesAt: null };
  }
}

/** The aggregate of what was said up to a cycle, each author counted once with the newest word. */
export function aggregateCycle(state: TaskState, cycle: number, panel: PanelRecord): Aggregate {
  const { description, answer } = state.task.entry.body;
  return aggregateVotes(
    { question: description, form: answer, contributions: state.contributions },
    cycle,
    panel,
  );
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

interface FinishedCycle {
  readonly state: TaskState;
  readonly cycle: number;
  readonly phase: Phase;
  readonly aggregate: Aggregate;
  readonly rounds: readonly Round[];
  readonly spoken: readonly ContributionEntry[];
  readonly tunnel: TunnelState;
  readonly context: RoundContext;
}

/**
 * Views of trust differ a little between spores, so one may think a debate over that another goes on with. Where an
 * expected spore has spoken in the next cycle already, this one goes with it instead of waiting for its turn.
 */
function followed({ state, cycle, context }: FinishedCycle): CycleEvent | null {
  if (context.limits.protocol !== "debate" || cycle >= CYCLES_MAX) return null;
  const next = state.contributions.find(
    ({ entry }) => entry.body.cycle === cycle + 1 && context.participants.has(replicaKey(entry.replica)),
  );
  if (next === undefined) return null;
  if (next.entry.body.phase !== "diverge") return "moved";
  return cycle === 1 ? "early" : "tunnelled";
}

function eventOf(finished: FinishedCycle): CycleEvent {
  const event = ownEvent(finished);
  const goesOn = event === "early" || event === "moved" || event === "tunnelled";
  return goesOn ? event : (followed(finished) ?? event);
}

function ownEvent(finished: FinishedCycle): CycleEvent {
  const { cycle, aggregate, rounds, context } = finished;
  const { participants, limits } = context;
  const several = aggregate.voices.length > 1;
  // Unanimous voices have nothing to debate, however little their number proves when they are copies.
  const unanimous = aggregate.clusters.length === 1 && several;
  const agreed = unanimous || (aggregate.posterior >= limits.agreedPosterior && several);
  const last = cycle >= limits.cyclesMax || limits.protocol !== "debate";
  if (agreed && !last && isEarly(finished)) return "early";
  const before = rounds.at(-1);
  const moved =
    before === undefined || Math.abs(aggregate.posterior - before.aggregate.posterior) >= MOVED_AT_LEAST;
  // Nobody to debate with, or nobody with anything to say: more cycles would only repeat this one. Who gives no answer
  // may still have said what others lack for theirs.
  const alone = !isUnheard(finished) && (participants.size <= 1 || (!several && !hasClaims(finished)));
  if (!last && !alone && (agreed || !moved) && hasTunnelled(finished)) return "tunnelled";
  if (agreed) return "agreed";
  if (alone || last) return "spent";
  return moved ? "moved" : "stuck";
}

/** No model found anything in what its own swarm remembers: each still has to see what strangers do (contribute.ts). */
function isUnheard({ cycle, aggregate, spoken }: FinishedCycle): boolean {
  const asked = spoken.some(({ entry }) => entry.body.provider !== EXTRACTIVE_PROVIDER);
  return aggregate.voices.length === 0 && cycle === 1 && asked;
}

/** Something was claimed in this cycle by somebody who gives no answer. */
function hasClaims({ spoken }: FinishedCycle): boolean {
  return spoken.some(({ entry }) => entry.body.abstain && entry.body.claims.length > 0);
}

/** Agreement of a few before most could speak: they are heard first, still blind. */
function isEarly({ phase, rounds, spoken, context }: FinishedCycle): boolean {
  const extensions = rounds.filter(({ event }) => event === "early").length;
  return phase === "diverge" && extensions < EXTENSIONS_MAX && spoken.length * 2 <= context.participants.size;
}

function hasTunnelled({ state, cycle, tunnel, context }: FinishedCycle): boolean {
  return context.limits.tunnelling && tunnels(tunnel, drawOf(state, cycle));
}

function tunnelState(
  state: TaskState,
  cycle: number,
  aggregate: Aggregate,
  reheatedAt: number | null,
  context: RoundContext,
): TunnelState {
  const heard = new Set(aggregate.voices.map(({ id }) => id));
  const bodies = [...latestByAuthor(state.contributions, cycle).values()]
    .filter(({ id }) => heard.has(id))
    .map(({ entry }) => entry.body);
  const leading = new Set(aggregate.winner?.members);
  const trusted = aggregate.voices.filter(({ author }) => context.isTrusted(author as PublicKey));
  const sum = (voices: typeof trusted): number => voices.reduce((total, { weight }) => total + weight, 0);
  const all = sum(trusted);
  return {
    cycle,
    agreement: aggregate.agreement,
    confidences: bodies.map(({ confidence }) => confidence),
    adversarialConfidences: bodies
      .filter(({ role }) => role === "adversarial")
      .map(({ confidence }) => confidence),
    trustedDissent: all === 0 ? 0 : sum(trusted.filter(({ id }) => !leading.has(id))) / all,
    lastCycle: reheatedAt === null ? null : reheatedAt - 1,
  };
}

/** Uniform in [0, 1): 52 bits of a hash. Nothing said later can change what was drawn. */
function drawOf(state: TaskState, cycle: number): number {
  return Number.parseInt(sha256Hex(`${state.task.id} ${cycle}`).slice(0, 13), 16) / 2 ** 52;
}
