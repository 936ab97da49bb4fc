/**
 * Every task this spore knows and what it does about it: the shell around the pure state of task-state.ts and rounds.ts.
 *
 * The board folds the change feed. For each open task it asks one question after every new entry and when a timer is
 * due: is it my turn to contribute, to synthesise, to validate, to close? What it does is written as entries and comes
 * back through the feed like everybody else's, so there is one path, and a restart resumes by folding again.
 *
 * Invariants:
 * 1. One step at a time for each task, at most `concurrentTasks` steps at once, urgent tasks first.
 * 2. A step that fails is tried again after a pause; it never ends the loop and never becomes an answer.
 * 3. Memory holds open tasks only; closed ones are folded from the store when somebody asks.
 */

import { isKind, type Phase, taskOf } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft, Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import { type ContributeDeps, contribute } from "./contribute.ts";
import { rendezvousOrder } from "./rendezvous.ts";
import { evaluateRounds, type Progress, type RoundContext } from "./rounds.ts";
import { checkSynthesis, toSynthesis, type Wording } from "./synthesize.ts";
import { foldTask, type SynthesisEntry, type TaskState } from "./task-state.ts";

/** Pause before a failed step is tried again; doubles up to the maximum. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 60_000;
/** Answers over which the mean confidence is reported. */
const RECENT_ANSWERS = 20;
/** A look at every open task at least this often, whatever timers said. */
const SWEEP_MS = 1_000;
export type ModelSynthesiser = (state: TaskState, progress: Progress) => Promise<Wording | null>;

export interface TaskBoardDeps extends ContributeDeps {
  readonly replica: Replica;
  readonly store: Store;
  readonly synthesiseWithModel: ModelSynthesiser;
  /** Spores whose word is waited for, this one among them. */
  readonly expected: (state: TaskState) => ReadonlySet<PublicKey>;
  /** Spores seen alive that may see this task, this one among them: who can synthesise or validate. */
  readonly alive: (state: TaskState) => ReadonlySet<PublicKey>;
  readonly weightOf: (author: PublicKey, state: TaskState) => number;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
  /** The tasks whose entries came after the watermark, or that had not ended: what to look at after a start. */
  readonly unfinished: () => Promise<readonly EntryId[]>;
  /** Called with each new view of a task: after new entries, and when its phase changed. */
  readonly onView: (state: TaskState, progress: Progress, change: { readonly phase: boolean }) => void;
}

interface OpenTask {
  readonly id: EntryId;
  readonly entries: Map<EntryId, StoredEntry>;
  running: boolean;
  phase: Phase | null;
  /** New entries since the last view. */
  fresh: boolean;
  retryAt: number;
  failures: number;
}

/** What this spore should do next for a task. */
type Step =
  | { readonly do: "wait"; readonly until: number | null }
  | { readonly do: "contribute"; readonly cycle: number; readonly phase: Phase }
  | { readonly do: "synthesise"; readonly progress: Progress }
  | { readonly do: "validate"; readonly synthesis: SynthesisEntry }
  | { readonly do: "close"; readonly synthesis: SynthesisEntry };

export type TaskBoard = ReturnType<typeof createTaskBoard>;

export function createTaskBoard(deps: TaskBoardDeps) {
  const { replica, store, limits, self } = deps;
  const open = new Map<EntryId, OpenTask>();
  let running = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let unsubscribe: (() => void) | null = null;
  const counters = { cycles: 0, produced: 0, received: 0 };
  const confidences: number[] = [];
  let lastThought: { provider: string; model: string } | null = null;

  function contextOf(task: OpenTask, state: TaskState): RoundContext {
    return {
      now: deps.now(),
      participants: deps.expected(state),
      limits,
      receivedAt: (id) => task.entries.get(id)?.receivedAt ?? deps.now(),
      weightOf: (author) => deps.weightOf(author, state),
    };
  }

  function take(entries: readonly StoredEntry[]): void {
    for (const stored of entries) {
      const id = taskOf(stored);
      if (id === null) continue;
      if (isKind(stored, "contribution") && replicaKey(stored.entry.replica) !== self) counters.received++;
      const task = open.get(id);
      if (task !== undefined) {
        task.entries.set(stored.id, stored);
        task.fresh = true;
      } else if (stored.entry.kind === "task" || stored.entry.kind === "answer") {
        // What belongs to a task that is not open waits in the store until the task itself arrives; a late answer to
        // one that has ended may be the better one.
        void openTask(id, stored);
      }
    }
    schedule(0);
  }

  async function openTask(id: EntryId, first?: StoredEntry): Promise<void> {
    const task: OpenTask = {
      id,
      entries: new Map(),
      running: false,
      phase: null,
      fresh: true,
      retryAt: 0,
      failures: 0,
    };
    open.set(id, task);
    if (first?.entry.kind === "task") {
      // Seen at once by whoever lists tasks, before anything else of it is looked up.
      task.entries.set(id, first);
      const state = foldTask(id, [first]);
      if (state) show(task, state, evaluateRounds(state, contextOf(task, state)));
    }
    try {
      for (const stored of await store.ofTask(id)) task.entries.set(stored.id, stored);
      if (!task.entries.has(id)) open.delete(id);
    } catch (cause) {
      open.delete(id);
      deps.warn("a task could not be read from the store", { task: id, cause: String(cause) });
    }
    schedule(0);
  }

  function schedule(inMs: number): void {
    if (stopped) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(sweep, Math.min(inMs, SWEEP_MS));
  }

  /** Looks at every open task once and starts what is due. */
  function sweep(): void {
    timer = null;
    if (stopped) return;
    const now = deps.now();
    let nextLook = now + SWEEP_MS;
    for (const task of byUrgency(open.values())) {
      if (task.running || task.retryAt > now) continue;
      const shown = [...task.entries.values()].filter(
        ({ entry }) => !replica.isHidden(replicaKey(entry.replica)),
      );
      const state = foldTask(task.id, shown);
      if (state === null) continue;
      if (state.answer !== null) {
        close(task, state);
        continue;
      }
      const progress = evaluateRounds(state, contextOf(task, state));
      show(task, state, progress);
      const step = nextStep(task, state, progress);
      if (step.do === "wait") nextLook = Math.min(nextLook, step.until ?? nextLook);
      else if (running < limits.concurrentTasks) void run(task, state, step);
    }
    schedule(Math.max(5, nextLook - deps.now()));
  }

  function close(task: OpenTask, state: TaskState): void {
    open.delete(task.id);
    confidences.push(state.answer?.synthesis.entry.body.confidence ?? 0);
    if (confidences.length > RECENT_ANSWERS) confidences.shift();
    const progress = evaluateRounds(state, contextOf(task, state));
    deps.onView(state, { ...progress, phase: endPhase(state) }, { phase: true });
  }

  function show(task: OpenTask, state: TaskState, progress: Progress): void {
    const phase = task.phase !== progress.phase;
    if (!phase && !task.fresh) return;
    task.phase = progress.phase;
    task.fresh = false;
    deps.onView(state, progress, { phase });
  }

  function nextStep(task: OpenTask, state: TaskState, progress: Progress): Step {
    const mine = state.contributions.filter(({ entry }) => replicaKey(entry.replica) === self);
    const spokeIn = new Set(mine.map(({ entry }) => entry.body.cycle));
    if (progress.phase !== "synthesize") {
      return spokeIn.has(progress.cycle)
        ? { do: "wait", until: progress.closesAt }
        : { do: "contribute", cycle: progress.cycle, phase: progress.phase };
    }
    const synthesis = state.syntheses[0];
    return synthesis === undefined
      ? synthesisTurn(task, state, progress)
      : validationTurn(task, state, synthesis);
  }

  /** Contributors in rendezvous order; each next one waits one deadline longer, unless those before it are gone. */
  function synthesisTurn(task: OpenTask, state: TaskState, progress: Progress): Step {
    const alive = deps.alive(state);
    const authors = new Set(state.contributions.map(({ entry }) => replicaKey(entry.replica)));
    const order = rendezvousOrder(state.task.id, [...authors, self]).filter(
      (key) => alive.has(key) || key === self,
    );
    const due = newest(task) + order.indexOf(self) * limits.synthesisDeadlineMs;
    return deps.now() >= due ? { do: "synthesise", progress } : { do: "wait", until: due };
  }

  /** Another spore validates; without one in time the synthesiser closes the task as unvalidated. */
  function validationTurn(task: OpenTask, state: TaskState, synthesis: SynthesisEntry): Step {
    const author = replicaKey(synthesis.entry.replica);
    const receivedAt = task.entries.get(synthesis.id)?.receivedAt ?? deps.now();
    const validators = rendezvousOrder(synthesis.id, deps.alive(state)).filter((key) => key !== author);
    const rank = author === self ? validators.length : validators.indexOf(self);
    // The author comes after every validator; should the author be gone as well, anybody closes in the end.
    const due = receivedAt + rank * limits.validationDeadlineMs;
    if (deps.now() < due) return { do: "wait", until: due };
    return author === self ? { do: "close", synthesis } : { do: "validate", synthesis };
  }

  async function run(task: OpenTask, state: TaskState, step: Exclude<Step, { do: "wait" }>): Promise<void> {
    task.running = true;
    running++;
    try {
      const done = await perform(task, state, step);
      task.failures = done ? 0 : task.failures + 1;
      if (!done) task.retryAt = deps.now() + Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** task.failures);
    } catch (cause) {
      task.failures++;
      task.retryAt = deps.now() + Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** task.failures);
      deps.warn("a reasoning step failed and will be tried again", { step: step.do, cause: String(cause) });
    } finally {
      task.running = false;
      running--;
      schedule(0);
    }
  }

  /** @returns false when the step could not be done now and must be tried again. */
  async function perform(
    task: OpenTask,
    state: TaskState,
    step: Exclude<Step, { do: "wait" }>,
  ): Promise<boolean> {
    switch (step.do) {
      case "contribute": {
        const draft = await contribute(state, step.cycle, step.phase, deps);
        counters.cycles++;
        lastThought = { provider: draft.body.provider, model: draft.body.model };
        if (await write(draft)) counters.produced++;
        return true;
      }
      case "synthesise": {
        const last = step.progress.rounds.at(-1);
        if (last === undefined) return false;
        const wording = await deps.synthesiseWithModel(state, step.progress);
        // Somebody else's synthesis may have arrived meanwhile: then theirs stands.
        if ([...task.entries.values()].some((one) => one.entry.kind === "synthesis")) return true;
        return await write(toSynthesis(state, last.cycle, last.aggregate, limits, wording));
      }
      case "validate": {
        const sources = await store.get(step.synthesis.entry.body.citations.map(({ id }) => id));
        const verdict = checkSynthesis(step.synthesis, state, new Map(sources.map((one) => [one.id, one])));
        if (verdict.verdict === "incomplete") return false;
        return await write(toAnswer(step.synthesis, verdict.verdict, verdict.note));
      }
      case "close":
        return await write(toAnswer(step.synthesis, "unvalidated", "no other spore checked it in time"));
    }
  }

  async function write(draft: Draft): Promise<boolean> {
    const result = await replica.append([draft]);
    if (!result.ok)
      deps.warn("an entry could not be written", { kind: draft.kind, reason: result.error.message });
    return result.ok;
  }

  return {
    /** Takes up what had not ended, then follows the feed. */
    async start(): Promise<void> {
      unsubscribe = replica.subscribe(take);
      for (const id of await deps.unfinished()) await openTask(id);
    },

    async stop(): Promise<void> {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      unsubscribe?.();
      const deadline = deps.now() + 2_000;
      while (running > 0 && deps.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    },

    /** The state of any task, open or closed, and where it stands. */
    async look(id: EntryId): Promise<{ state: TaskState; progress: Progress } | null> {
      const entries = await store.ofTask(id);
      const state = foldTask(id, entries);
      if (state === null) return null;
      const task = { entries: new Map(entries.map((one) => [one.id, one])) } as OpenTask;
      const progress = evaluateRounds(state, contextOf(task, state));
      return { state, progress: state.answer === null ? progress : { ...progress, phase: endPhase(state) } };
    },

    openTasks: (): number => open.size,
    counters: (): Readonly<typeof counters> => counters,
    lastThought: () => lastThought,
    /** Mean confidence of the last answers seen since the start, null before the first. */
    recentConfidence: (): number | null =>
      confidences.length === 0 ? null : confidences.reduce((sum, one) => sum + one, 0) / confidences.length,
  };

  function newest(task: OpenTask): number {
    let latest = 0;
    for (const one of task.entries.values()) latest = Math.max(latest, one.receivedAt);
    return latest;
  }

  function toAnswer(
    synthesis: SynthesisEntry,
    verdict: "confirmed" | "disputed" | "unvalidated",
    note: string,
  ): Draft<Label, "answer"> {
    return {
      label: synthesis.entry.label,
      kind: "answer",
      body: { task: synthesis.entry.body.task, synthesis: synthesis.id, verdict, note },
      parents: [synthesis.id],
    };
  }
}

function endPhase(state: TaskState): Phase {
  return state.answer?.synthesis.entry.body.outcome === "converged" ? "done" : "unresolved";
}

const URGENCY = { high: 0, normal: 1, low: 2 } as const;

function byUrgency(tasks: Iterable<OpenTask>): OpenTask[] {
  return [...tasks].sort((a, b) => urgencyOf(a) - urgencyOf(b));
}

function urgencyOf(task: OpenTask): number {
  const entry = task.entries.get(task.id)?.entry;
  return entry?.kind === "task" ? URGENCY[entry.body.priority] : URGENCY.low;
}
