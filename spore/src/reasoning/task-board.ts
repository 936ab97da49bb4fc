/**
 * Every task this spore knows and what it does about it: the shell around the pure state of task-state.ts and rounds.ts.
 *
 * The board folds the change feed. For each open task it asks one question after every new entry and when a timer is
 * due: is it my turn to contribute, to synthesise, to validate, to close? What it does is written as entries and comes
 * back through the feed like everybody else's, so there is one path, and a restart resumes by folding again.
 *
 * Invariants:
 * 1. One step at a time for each task, at most `concurrentTasks` steps at once: one's own commander's tasks first, the
 *    urgent before the others, strangers' one at a time (foreign-tasks.ts).
 * 2. A step that fails is tried again after a pause; it never ends the loop and never becomes an answer.
 * 3. Memory holds open tasks only; closed ones are folded from the store when somebody asks.
 */

import { isKind, type Phase, taskOf } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { Aggregate } from "@synapse/shared/rule/aggregate.ts";
import { latestByAuthor, recordedPanel } from "@synapse/shared/rule/votes.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft, Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import type { Beliefs } from "./beliefs.ts";
import { type ContributeDeps, contribute } from "./contribute.ts";
import {
  createForeignTasks,
  FOREIGN_OPEN_MAX,
  FOREIGN_QUIET_MS,
  FOREIGN_STEPS_MAX,
} from "./foreign-tasks.ts";
import { byUrgency, newTask, type OpenTask } from "./open-task.ts";
import { readQuotations } from "./quotations.ts";
import { aggregateCycle, evaluateRounds, type Progress, type RoundContext } from "./rounds.ts";
import { checkSynthesis, toAnswer, toSynthesis, type Verdict, type Wording } from "./synthesize.ts";
import { foldTask, type SynthesisEntry, type TaskState } from "./task-state.ts";
import { isSettled, nextStep, type Step, type TurnContext } from "./turns.ts";

/** Pause before a failed step is tried again; doubles up to the maximum. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 60_000;
/** Answers over which the mean confidence is reported. */
const RECENT_ANSWERS = 20;
/** A look at every open task at least this often, whatever timers said. */
const SWEEP_MS = 1_000;
export type ModelSynthesiser = (state: TaskState, progress: Progress) => Promise<Wording | null>;
export type ModelValidator = (
  state: TaskState,
  synthesis: SynthesisEntry,
  sources: readonly StoredEntry[],
) => Promise<Verdict | null>;

export interface TaskBoardDeps extends ContributeDeps {
  readonly replica: Replica;
  readonly store: Store;
  readonly synthesiseWithModel: ModelSynthesiser;
  /** Spores whose word is waited for, this one among them. */
  readonly expected: (state: TaskState) => ReadonlySet<PublicKey>;
  /** Spores seen alive that may see this task, this one among them: who can synthesise or validate. */
  readonly alive: (state: TaskState) => ReadonlySet<PublicKey>;
  readonly beliefs: Beliefs;
  readonly operatorOf: (spore: PublicKey) => string | null;
  /** A model's check of an answer that a model worded; null when none could check. */
  readonly validateWithModel: ModelValidator;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
  /** The tasks whose entries came after the watermark, or that had not ended: what to look at after a start. */
  readonly unfinished: () => Promise<readonly EntryId[]>;
  /** Called with each new view of a task: after new entries, and when its phase changed. */
  readonly onView: (state: TaskState, progress: Progress, change: { readonly phase: boolean }) => void;
}

export type TaskBoard = ReturnType<typeof createTaskBoard>;

export function createTaskBoard(deps: TaskBoardDeps) {
  const { replica, store, limits, self } = deps;
  const open = new Map<EntryId, OpenTask>();
  const foreign = createForeignTasks(self, deps.operatorOf);
  const running = { all: 0, foreign: 0 };
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
      panelOf: (votes) => deps.beliefs.panelOf(state, votes),
      isTrusted: deps.beliefs.isTrusted,
    };
  }

  function fold(id: EntryId, entries: readonly StoredEntry[]): TaskState | null {
    // What the commander blocked is not part of any debate.
    const shown = entries.filter(({ entry }) => !replica.isHidden(replicaKey(entry.replica)));
    return foldTask(id, shown, (author, asker) => deps.operatorOf(author) === deps.operatorOf(asker));
  }

  function turnOf(task: OpenTask, state: TaskState): TurnContext {
    const asker = deps.operatorOf(replicaKey(state.task.entry.replica));
    const isAskers = (spore: PublicKey): boolean => deps.operatorOf(spore) === asker;
    return {
      self,
      now: deps.now(),
      limits,
      alive: deps.alive(state),
      standingOf: (spore) => (isAskers(spore) ? 1 : deps.beliefs.standingOf(spore)),
      isAskers,
      isHeard: (spore) => isAskers(spore) || deps.beliefs.isTrusted(spore),
      operatorOf: deps.operatorOf,
      receivedAt: (id) => task.entries.get(id)?.receivedAt ?? deps.now(),
      newestAt: Math.max(0, ...[...task.entries.values()].map(({ receivedAt }) => receivedAt)),
    };
  }

  /** Where a task stands; one that has its answer is seen as its synthesiser saw it. */
  function progressOf(task: OpenTask, state: TaskState): Progress {
    const context = contextOf(task, state);
    if (state.answer === null) return evaluateRounds(state, context);
    const { body } = state.answer.synthesis.entry;
    const panel = recordedPanel(body, state.contributions);
    // A disputed answer is no end while somebody may still write a better one.
    const phase = isSettled(state, turnOf(task, state)) ? endPhase(state) : "synthesize";
    return { ...evaluateRounds(state, { ...context, panelOf: () => panel }), phase };
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
        continue;
      }
      if (foreign.wake(id)) continue;
      if (stored.entry.kind === "task") meet(stored);
      // What belongs to a task that is not open waits in the store until the task itself arrives; a late answer to one
      // that has ended may be the better one.
      else if (stored.entry.kind === "answer") takeUp(id).catch((cause) => warnUnread(deps, id, cause));
    }
    schedule(0);
  }

  /** A task that is here and not open: one's own commander's is opened, a stranger's waits for its turn. */
  async function takeUp(id: EntryId): Promise<void> {
    const [asked] = await store.get([id]);
    if (asked === undefined || open.has(id)) return;
    if (foreign.isForeign(asked)) foreign.wait(asked);
    else await openTask(newTask(id, false));
    schedule(0);
  }

  function meet(stored: StoredEntry): void {
    const task = newTask(stored.id, foreign.isForeign(stored));
    // Seen at once by whoever lists tasks, before anything else of it is looked up.
    task.entries.set(stored.id, stored);
    const state = fold(stored.id, [stored]);
    if (state) show(task, state, evaluateRounds(state, contextOf(task, state)));
    if (task.isForeign) foreign.wait(stored);
    else void openTask(task);
  }

  function openForeign(): void {
    let count = [...open.values()].filter((task) => task.isForeign).length;
    for (; count < FOREIGN_OPEN_MAX; count++) {
      const id = foreign.next();
      if (id === null) return;
      if (!open.has(id)) void openTask(newTask(id, true));
    }
  }

  async function openTask(task: OpenTask): Promise<void> {
    const { id } = task;
    open.set(id, task);
    try {
      for (const stored of await store.ofTask(id)) task.entries.set(stored.id, stored);
      const asked = task.entries.get(id);
      if (asked === undefined) open.delete(id);
      else task.isForeign = foreign.isForeign(asked);
    } catch (cause) {
      open.delete(id);
      warnUnread(deps, id, cause);
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
      const state = fold(task.id, [...task.entries.values()]);
      if (state === null) continue;
      const turn = turnOf(task, state);
      if (isSettled(state, turn)) {
        close(task, state);
        continue;
      }
      const progress = evaluateRounds(state, contextOf(task, state));
      show(task, state, state.answer === null ? progress : progressOf(task, state));
      const step = nextStep(state, progress, turn);
      if (step.do !== "wait") {
        if (hasPlace(task)) void run(task, state, step);
      } else if (step.until !== null) nextLook = Math.min(nextLook, step.until);
      else if (task.isForeign && turn.newestAt + FOREIGN_QUIET_MS < now) {
        open.delete(task.id);
        foreign.rest(state.task);
      }
    }
    openForeign();
    schedule(Math.max(5, nextLook - deps.now()));
  }

  function hasPlace(task: OpenTask): boolean {
    return running.all < limits.concurrentTasks && !(task.isForeign && running.foreign >= FOREIGN_STEPS_MAX);
  }

  function close(task: OpenTask, state: TaskState): void {
    open.delete(task.id);
    confidences.push(state.answer?.synthesis.entry.body.confidence ?? 0);
    if (confidences.length > RECENT_ANSWERS) confidences.shift();
    deps.onView(state, progressOf(task, state), { phase: true });
  }

  function show(task: OpenTask, state: TaskState, progress: Progress): void {
    const phase = task.phase !== progress.phase;
    if (!phase && !task.fresh) return;
    task.phase = progress.phase;
    task.fresh = false;
    deps.onView(state, progress, { phase });
  }

  async function run(task: OpenTask, state: TaskState, step: Exclude<Step, { do: "wait" }>): Promise<void> {
    const { isForeign } = task;
    task.running = true;
    running.all++;
    if (isForeign) running.foreign++;
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
      running.all--;
      if (isForeign) running.foreign--;
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
        const draft = await contribute(state, step.progress, deps);
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
        const known = new Set<EntryId>(state.syntheses.map(({ id }) => id));
        const { isHeard } = turnOf(task, state);
        const another = [...task.entries.values()].some(
          ({ id, entry }) =>
            entry.kind === "synthesis" && !known.has(id) && isHeard(replicaKey(entry.replica)),
        );
        if (another) return true;
        const stands = await readQuotations(state, last.aggregate, store, isHeard);
        return await write(toSynthesis(state, last, limits, wording, stands));
      }
      case "validate": {
        const sources = await store.get(step.synthesis.entry.body.citations.map(({ id }) => id));
        const byId = new Map(sources.map((one) => [one.id, one]));
        const own = {
          aggregate: ownAggregate(state, step.synthesis),
          acceptedPosterior: limits.acceptedPosterior,
        };
        const checked = checkSynthesis(step.synthesis, state, byId, own);
        if (checked.verdict === "incomplete") return false;
        const read =
          checked.verdict === "unvalidated"
            ? await deps.validateWithModel(state, step.synthesis, sources)
            : null;
        const { verdict, note } = read ?? checked;
        return await write(toAnswer(step.synthesis, verdict, note));
      }
      case "close": {
        const { opinion, synthesis } = step;
        if (opinion === null)
          return await write(toAnswer(synthesis, "unvalidated", "no other spore checked it in time"));
        const { verdict, note } = opinion.entry.body;
        return await write(toAnswer(synthesis, verdict, `by another operator's spore: ${note}`));
      }
    }
  }

  /** What this spore makes of the votes that a synthesis counted. */
  function ownAggregate(state: TaskState, { entry }: SynthesisEntry): Aggregate {
    const named = new Set<EntryId>(entry.parents);
    const counted = { ...state, contributions: state.contributions.filter(({ id }) => named.has(id)) };
    const { cycle } = entry.body;
    const votes = [...latestByAuthor(counted.contributions, cycle).values()];
    return aggregateCycle(counted, cycle, deps.beliefs.panelOf(state, votes));
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
      for (const id of await deps.unfinished()) await takeUp(id);
    },

    async stop(): Promise<void> {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      unsubscribe?.();
      const deadline = deps.now() + 2_000;
      while (running.all > 0 && deps.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
    },

    /** The state of any task, open or closed, and where it stands. */
    async look(id: EntryId): Promise<{ state: TaskState; progress: Progress } | null> {
      const entries = await store.ofTask(id);
      const state = fold(id, entries);
      if (state === null) return null;
      const task = { entries: new Map(entries.map((one) => [one.id, one])) } as OpenTask;
      return { state, progress: progressOf(task, state) };
    },

    openTasks: (): number => open.size,
    counters: (): Readonly<typeof counters> => counters,
    lastThought: () => lastThought,
    /** Mean confidence of the last answers seen since the start, null before the first. */
    recentConfidence: (): number | null =>
      confidences.length === 0 ? null : confidences.reduce((sum, one) => sum + one, 0) / confidences.length,
  };
}

function warnUnread({ warn }: TaskBoardDeps, task: EntryId, cause: unknown): void {
  warn("a task could not be read from the store", { task, cause: String(cause) });
}

/** A disputed answer has not converged. */
function endPhase({ answer }: TaskState): Phase {
  const converged =
    answer?.synthesis.entry.body.outcome === "converged" && answer.entry.entry.body.verdict !== "disputed";
  return converged ? "done" : "unresolved";
}
