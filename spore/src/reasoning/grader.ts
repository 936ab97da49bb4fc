/**
 * Writes grades as evidence, whenever the truth about a task becomes known to this spore: from a known answer once the
 * task has ended, from the commander, from an outcome that came later.
 *
 * Nobody's word about himself counts, so what a grader says of its own vote only tells what the right answer was; another
 * spore of the same commander sees that a grade is missing and completes it from the same outcome.
 */
import type { Body } from "@synapse/shared/contract/entry.ts";
import { isKind } from "@synapse/shared/contract/entry.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { normaliseAnswer } from "@synapse/shared/rule/normalise.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft, Replica } from "../replica/replica.ts";
import type { Evidence } from "../trust/evidence.ts";
import { evidenceBodies, firstWords, type Grade, gradesOf, type Outcome } from "../trust/grading.ts";
import type { TrustLedger } from "../trust/ledger.ts";
import type { KnownAnswers } from "./known-answers.ts";
import { rendezvousOrder } from "./rendezvous.ts";
import type { TaskState } from "./task-state.ts";

export interface GraderDeps {
  readonly self: PublicKey;
  readonly replica: Pick<Replica, "append">;
  readonly ledger: Pick<TrustLedger, "explain" | "topicOf" | "isOwn">;
  readonly known: KnownAnswers;
  readonly look: (task: EntryId) => Promise<{ readonly state: TaskState } | null>;
  /** This commander's spores that are seen alive, this one among them. */
  readonly ownAlive: () => ReadonlySet<PublicKey>;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

/** What the commander says about an answer: right or wrong, how good from 0 to 1, or the right answer itself. */
export type CommanderGrade =
  | { readonly correct: boolean; readonly note: string }
  | { readonly score: number; readonly note: string }
  | { readonly value: string; readonly note: string };

export interface GradeReport {
  readonly grades: readonly Grade[];
  readonly evidence: readonly EntryId[];
}

export interface GradeError {
  readonly kind: "no_answer" | "unreadable" | "undecided" | "nobody" | "storage";
  readonly message: string;
}

/** A grade of one spore is completed by another after this: the first one's evidence has arrived by then. */
const COMPLETE_AFTER_MS = 2_000;
/** A score this near to one half would be evidence of no weight, which every spore leaves out (trust/evidence.ts). */
const UNDECIDED = 0.02;

export type Grader = ReturnType<typeof createGrader>;

export function createGrader(deps: GraderDeps) {
  const { self, replica, ledger, known } = deps;
  const pending = new Map<EntryId, ReturnType<typeof setTimeout>>();

  function outcomeOf(state: TaskState, more: Omit<Outcome, "task" | "question" | "form" | "topic">): Outcome {
    const { description, answer } = state.task.entry.body;
    const topic = ledger.topicOf(state.task.id);
    return { task: state.task.id, question: description, form: answer, topic, ...more };
  }

  async function write(
    state: TaskState,
    outcome: Outcome,
    authors: (author: PublicKey) => boolean = () => true,
  ): Promise<Result<GradeReport, GradeError>> {
    const grades = gradesOf(outcome, state.contributions);
    const drafts = grades
      .filter(({ author }) => authors(author))
      .flatMap((grade) =>
        evidenceBodies(grade, outcome).map(
          (body): Draft => ({
            label: state.task.entry.label,
            kind: "evidence",
            body: body as Body<"evidence">,
            parents: [grade.contribution],
          }),
        ),
      );
    if (drafts.length === 0) return ok({ grades, evidence: [] });
    const stored = await replica.append(drafts);
    if (!stored.ok) return err({ kind: "storage", message: stored.error.message });
    return ok({ grades, evidence: stored.value.map(({ id }) => id) });
  }

  async function gradeKnown(task: EntryId): Promise<void> {
    const answer = known.open(task);
    const found = answer === null ? null : await deps.look(task);
    if (answer === null || !found || found.state.answer === null) return;
    // Marked first: a grade that is lost costs one observation, one that is written twice would be superseded anyway.
    await known.markGraded(task);
    const report = await write(
      found.state,
      outcomeOf(found.state, {
        source: answer.source,
        reference: { text: answer.value, value: found.state.task.entry.body.answer ? answer.value : null },
        correct: true,
        weight: 1,
        note: `the right answer is ${answer.value}`,
      }),
    );
    if (!report.ok) deps.warn("a grade could not be written", { task, reason: report.error.message });
  }

  /** What another spore of this commander graded, and left out because it was its own. */
  async function complete(task: EntryId, grader: PublicKey): Promise<void> {
    const others = [...deps.ownAlive()].filter((spore) => spore !== grader);
    if (rendezvousOrder(task, others)[0] !== self) return;
    const found = await deps.look(task);
    const vote = firstWords(found?.state.contributions ?? []).find(
      ({ entry }) => replicaKey(entry.replica) === grader,
    );
    if (!found || vote === undefined || houseEvidence(grader, vote.id, false) !== null) return;
    const reference = firstWords(found.state.contributions)
      .map((one) => ({ one, evidence: houseEvidence(replicaKey(one.entry.replica), one.id, true) }))
      .sort((a, b) => Number(b.evidence?.positive ?? false) - Number(a.evidence?.positive ?? false))
      .find(({ evidence }) => evidence !== null);
    if (reference === undefined || reference.evidence === null) return;
    const { source, positive, weight, note } = reference.evidence;
    if (source === "protocol") return;
    const { hypothesis: text, value } = reference.one.entry.body;
    const outcome = outcomeOf(found.state, {
      source,
      reference: { text, value },
      correct: positive,
      weight,
      note,
    });
    const report = await write(found.state, outcome, (author) => author === grader);
    if (!report.ok) deps.warn("a grade could not be completed", { task, reason: report.error.message });
  }

  /** @param ofItself whether a spore's grade of its own vote will do: as a score no, as the right answer yes. */
  function houseEvidence(subject: PublicKey, contribution: EntryId, ofItself: boolean): Evidence | null {
    const about = ledger.explain(subject);
    return (
      about.findLast(
        ({ dimension, restsOn, observer }) =>
          dimension === "competence" &&
          restsOn[0] === contribution &&
          (ofItself || observer !== subject) &&
          ledger.isOwn(observer),
      ) ?? null
    );
  }

  function schedule(task: EntryId, grader: PublicKey): void {
    if (pending.has(task)) return;
    pending.set(
      task,
      setTimeout(() => {
        pending.delete(task);
        complete(task, grader).catch((cause) =>
          deps.warn("a grade could not be completed", { task, cause: String(cause) }),
        );
      }, COMPLETE_AFTER_MS),
    );
  }

  return {
    /** Keeps an answer for the time after the task has ended. */
    expect: known.put,

    /** Called when a task has its answer. */
    onAnswered(task: EntryId): void {
      gradeKnown(task).catch((cause) =>
        deps.warn("a task could not be graded", { task, cause: String(cause) }),
      );
    },

    onEntries(entries: readonly StoredEntry[]): void {
      for (const stored of entries) {
        if (!isKind(stored, "evidence") || stored.entry.body.dimension !== "competence") continue;
        const grader = replicaKey(stored.entry.replica);
        const task = stored.entry.body.rests_on[1];
        if (task !== undefined && grader !== self && ledger.isOwn(grader)) schedule(task, grader);
      }
    },

    /** Tasks that ended while this spore was away. */
    async start(): Promise<void> {
      for (const { task } of known.allOpen()) await gradeKnown(task);
    },

    stop(): void {
      for (const timer of pending.values()) clearTimeout(timer);
      pending.clear();
    },

    async gradeByCommander(
      state: TaskState,
      grade: CommanderGrade,
    ): Promise<Result<GradeReport, GradeError>> {
      const outcome = commanderOutcome(state, grade);
      if (!outcome.ok) return outcome;
      if (firstWords(state.contributions).length === 0) {
        return err({
          kind: "nobody",
          message: "no spore has said anything about this task: nobody to grade",
        });
      }
      return await write(state, outcomeOf(state, outcome.value));
    },
  };
}

type OutcomeCore = Omit<Outcome, "task" | "question" | "form" | "topic">;

function commanderOutcome(state: TaskState, grade: CommanderGrade): Result<OutcomeCore, GradeError> {
  if ("value" in grade) {
    const form = state.task.entry.body.answer;
    const value = form === undefined ? null : normaliseAnswer(grade.value, form);
    if (form !== undefined && value === null) {
      return err({
        kind: "unreadable",
        message: `value: holds no answer of the form ${JSON.stringify(form)}`,
      });
    }
    const reference = { text: grade.value, value };
    return ok({ source: "outcome", reference, correct: true, weight: 1, note: grade.note });
  }
  const body = state.answer?.synthesis.entry.body;
  const winner = state.contributions.find(({ id }) => body?.clusters[0]?.members.includes(id));
  if (body === undefined || winner === undefined) {
    return err({
      kind: "no_answer",
      message: "the task has no answer that could be graded; if you know the right one, send it as value",
    });
  }
  const score = "score" in grade ? grade.score : grade.correct ? 1 : 0;
  const weight = Math.abs(2 * score - 1);
  if (weight < UNDECIDED) {
    return err({
      kind: "undecided",
      message:
        "score: one half says neither right nor wrong, so it would weigh nothing: give one further from 0.5, or the right answer as value",
    });
  }
  const { hypothesis: text, value } = winner.entry.body;
  return ok({
    source: "commander",
    reference: { text, value },
    correct: score > 0.5,
    weight,
    note: grade.note,
  });
}
