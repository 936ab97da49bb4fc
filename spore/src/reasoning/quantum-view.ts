/**
 * What the quantum layer did with each task, for people to see: its temperature, the distribution over answers, who was
 * amplified or damped, and how likely it was to leave an answer. Nothing here decides anything.
 *
 * The last tasks are kept in memory; any other is computed from its entries when somebody asks. How many rounds of a task
 * were told is remembered apart, for every open task, so that none is told twice however many there are; what was over
 * before this start is not told again.
 */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { type Anneal, T_COLD, T_HOT, temperature } from "../quantum/annealing.ts";
import { DECAY_PER_DAY, DECOHERENCE_FLOOR } from "../quantum/decoherence.ts";
import { ENTANGLED_FROM } from "../quantum/entanglement.ts";
import { interferencePattern } from "../quantum/interference.ts";
import { mechanismOf } from "../quantum/measured-effects.ts";
import { superpose, uncertainty } from "../quantum/superposition.ts";
import {
  TUNNEL_COOLDOWN_CYCLES,
  TUNNEL_FROM_CYCLE,
  TUNNEL_PROBABILITY_MAX,
  TUNNEL_PROBABILITY_MIN,
} from "../quantum/tunneling.ts";
import type { Progress } from "./rounds.ts";
import type { TaskState } from "./task-state.ts";
import { toInstant } from "./task-view.ts";

export interface Switches {
  readonly annealing: boolean;
  readonly exploration: boolean;
  readonly superposition: boolean;
  readonly interference: boolean;
  readonly tunnelling: boolean;
  readonly entanglement: boolean;
  readonly entanglement_prior: boolean;
  readonly decoherence: boolean;
  readonly decoherence_corroboration: boolean;
}

export interface QuantumDeps {
  readonly switches: () => Switches;
  readonly cyclesMax: () => number;
  readonly nameOf: (spore: PublicKey) => string;
  readonly entangled: (limit: number) => readonly EntangledPair[];
  readonly publish: (data: QuantumEvent, label: Label) => void;
  /** Rounds that a task asked before then, ms, has at its first view are no news; absent: all are. */
  readonly startedAt?: number;
}

interface EntangledPair {
  readonly a: string;
  readonly b: string;
  readonly successes: number;
  readonly errors: number;
  readonly items: number;
}

interface QuantumEvent {
  readonly enabled: true;
  readonly task_id: EntryId;
  /** A cycle ended, or its answer was left. */
  readonly event: "cycle" | "tunnelled";
  readonly cycle: number;
  readonly temperature: number;
  readonly agreement: number;
  readonly posterior: number;
  readonly tunnel_probability: number;
}

export type QuantumTask = ReturnType<typeof toQuantumTask>;
export type QuantumLayer = ReturnType<typeof createQuantumLayer>;

const TASKS_KEPT = 50;
/** Ended tasks of which it is remembered what was told: a late answer opens a task again. */
const ENDED_TOLD_MAX = 5_000;
const EVENTS_KEPT = 50;
const PAIRS_SHOWN = 50;

/** One task under the quantum layer; `budget` is the number of cycles it may take. */
export function toQuantumTask(
  state: TaskState,
  progress: Progress,
  { annealing, interference }: Switches,
  budget: number,
  nameOf: (spore: PublicKey) => string,
) {
  const heat = (anneal: Anneal): number => (annealing ? temperature(anneal) : T_COLD);
  const last = progress.rounds.at(-1)?.aggregate;
  const cites = new Map<string, boolean>(
    state.contributions.map(({ id, entry }) => [id, entry.body.citations.length > 0]),
  );
  let reheatedAt: number | null = null;
  const curve = progress.rounds.map((round) => {
    const point = {
      cycle: round.cycle,
      phase: round.phase,
      event: round.event,
      temperature: heat({ cycle: round.cycle, budget, reheatedAt }),
      agreement: round.aggregate.agreement,
      posterior: round.aggregate.posterior,
      uncertainty: uncertainty(round.aggregate),
      effective_voices: round.aggregate.effectiveVoices,
      tunnel_probability: round.tunnelProbability,
      at: toInstant(round.at),
    };
    if (round.event === "tunnelled") reheatedAt = round.cycle + 1;
    return point;
  });
  return {
    task_id: state.task.id,
    description: state.task.entry.body.description,
    label: state.task.entry.label,
    phase: progress.phase,
    cycle: progress.cycle,
    budget,
    temperature: heat({ cycle: progress.cycle, budget, reheatedAt: progress.reheatedAt }),
    reheated_at: progress.reheatedAt,
    curve,
    hypotheses:
      last === undefined
        ? []
        : superpose(last).map((one) => ({
            ...one,
            holders: one.holders.map((key) => nameOf(key as PublicKey)),
          })),
    uncertainty: last === undefined ? 1 : uncertainty(last),
    interference: {
      in_force: interference,
      voices:
        last === undefined
          ? []
          : interferencePattern(last, (id) => cites.get(id) ?? false).map(({ author, ...rest }) => ({
              spore: nameOf(author as PublicKey),
              ...rest,
            })),
    },
  };
}

export function createQuantumLayer(deps: QuantumDeps) {
  const tasks = new Map<EntryId, { readonly task: QuantumTask; readonly open: boolean }>();
  const events: (QuantumEvent & { readonly at: string; readonly label: Label })[] = [];
  /** Rounds told of each task; those of ended tasks give way to newer ones. */
  const told = { open: new Map<EntryId, number>(), ended: new Map<EntryId, number>() };
  let tunnelled = 0;

  /** How many rounds were taken in and told before this view; null where none ever was. Remembers this one. */
  function markOf({ task, answer }: TaskState, rounds: number): number | null {
    const before = told.open.get(task.id) ?? told.ended.get(task.id) ?? null;
    told.open.delete(task.id);
    told.ended.delete(task.id);
    told[answer === null ? "open" : "ended"].set(task.id, Math.max(before ?? 0, rounds));
    const [oldest] = told.ended.keys();
    if (told.ended.size > ENDED_TOLD_MAX && oldest !== undefined) told.ended.delete(oldest);
    return before;
  }

  const view = (state: TaskState, progress: Progress): QuantumTask =>
    toQuantumTask(state, progress, deps.switches(), deps.cyclesMax(), deps.nameOf);

  return {
    view,

    onView(state: TaskState, progress: Progress): void {
      const { id } = state.task;
      const task = view(state, progress);
      const before = markOf(state, task.curve.length);
      const isNews = before !== null || state.task.entry.clock[0] >= (deps.startedAt ?? 0);
      tasks.delete(id);
      tasks.set(id, { task, open: state.answer === null });
      for (const oldest of tasks.keys()) {
        if (tasks.size <= TASKS_KEPT) break;
        tasks.delete(oldest);
      }
      for (const point of task.curve.slice(before ?? 0)) {
        const event: QuantumEvent = {
          enabled: true,
          task_id: id,
          event: point.event === "tunnelled" ? "tunnelled" : "cycle",
          cycle: point.cycle,
          temperature: point.temperature,
          agreement: point.agreement,
          posterior: point.posterior,
          tunnel_probability: point.tunnel_probability,
        };
        if (event.event === "tunnelled") {
          tunnelled += 1;
          events.push({ ...event, at: point.at, label: task.label });
          if (events.length > EVENTS_KEPT) events.shift();
        }
        if (isNews) deps.publish(event, task.label);
      }
    },

    /** The body of `GET /api/quantum`. */
    state(authorised: boolean) {
      const visible = [...tasks.values()]
        .filter(({ task }) => authorised || task.label === "public")
        .reverse();
      const open = visible.filter((one) => one.open);
      const { switches } = deps;
      return {
        enabled: true as const,
        mechanisms: mechanismsOf(switches()),
        annealing: {
          enabled: switches().annealing,
          current_temperature: meanOf(open.map(({ task }) => task.temperature)) ?? T_COLD,
          t_hot: T_HOT,
          t_cold: T_COLD,
          cycles_max: deps.cyclesMax(),
        },
        tunnelling: {
          enabled: switches().tunnelling,
          total: tunnelled,
          events: events
            .filter(({ label }) => authorised || label === "public")
            .map(({ label: _, ...event }) => event),
          threshold: TUNNEL_PROBABILITY_MIN,
          probability_max: TUNNEL_PROBABILITY_MAX,
          from_cycle: TUNNEL_FROM_CYCLE,
          cooldown_cycles: TUNNEL_COOLDOWN_CYCLES,
        },
        entanglement: {
          enabled: switches().entanglement,
          threshold: ENTANGLED_FROM,
          pairs: deps.entangled(PAIRS_SHOWN).map((pair) => ({
            ...pair,
            a_name: deps.nameOf(pair.a as PublicKey),
            b_name: deps.nameOf(pair.b as PublicKey),
          })),
        },
        decoherence: {
          enabled: switches().decoherence,
          min_factor: DECOHERENCE_FLOOR,
          decay_per_day: DECAY_PER_DAY,
        },
        tasks: visible.map(({ task }) => task),
      };
    },

    /** The part of health. */
    summary() {
      const open = [...tasks.values()].filter((one) => one.open);
      return {
        enabled: true as const,
        temperature: meanOf(open.map(({ task }) => task.temperature)) ?? T_COLD,
        tunnel_events: tunnelled,
        entangled_pairs: deps.entangled(PAIRS_SHOWN).filter(({ successes }) => successes >= ENTANGLED_FROM)
          .length,
      };
    },
  };
}

/** Each mechanism with its setting, what it changes in plain words, and what the evaluation measured of it. */
export function mechanismsOf(switches: Switches) {
  return (Object.keys(MEANINGS) as (keyof Switches)[]).map((name) =>
    mechanismOf(`quantum.${name}`, switches[name], MEANINGS[name]),
  );
}

const MEANINGS: Readonly<Record<keyof Switches, string>> = {
  annealing: "the sampling temperature falls over the cycles of a task",
  exploration: "while a task is hot, part of recall looks beyond the best hits",
  superposition: "a distribution over competing answers is kept and shown until synthesis",
  interference: "agreement amplifies a voice, isolation damps it",
  tunnelling: "a premature agreement may be left for another blind look",
  entanglement: "voices that err together share their vote",
  entanglement_prior: "voices that are right together lend each other part of their good record",
  decoherence: "older memories rank lower",
  decoherence_corroboration: "what several operators say in the same words fades more slowly",
};

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}
