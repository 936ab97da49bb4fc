/**
 * A task as a fold over its entries, and the table of phases it moves through. Pure.
 *
 * Nothing about a task is kept anywhere but in entries: a spore that restarts folds them again and goes on where it
 * stood. Spores may hold different subsets for a while and so see different phases; the answer they end with is chosen
 * by a rule over entries alone, so they agree once they hold the same set.
 *
 * Invariants:
 * 1. The fold gives the same state for the same entries in any order, with duplicates too.
 * 2. An author has one contribution a cycle: the first by its own counter. Later ones on the same cycle are ignored, and so
 *    are cycles that no budget reaches: nobody makes a task larger by himself.
 * 3. Only the asker's own spores close a task; a stranger's answer is an opinion.
 * 4. From every phase every event leads somewhere, and `spent` always leads towards an end.
 */

import type { Phase, SignedEntry } from "@synapse/shared/contract/entry.ts";
import { CYCLES_MAX, isKind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { ContributionEntry } from "@synapse/shared/rule/votes.ts";

export type TaskEntry = SignedEntry<Label, "task">;
export type SynthesisEntry = SignedEntry<Label, "synthesis">;
export type AnswerEntry = SignedEntry<Label, "answer">;

export interface TaskState {
  readonly task: TaskEntry;
  /** By cycle, then author key. */
  readonly contributions: readonly ContributionEntry[];
  readonly syntheses: readonly SynthesisEntry[];
  /** Of the asker's own spores: they close the task. */
  readonly answers: readonly AnswerEntry[];
  /** Verdicts of others: heard by whoever closes it. */
  readonly opinions: readonly AnswerEntry[];
  /** The answer all spores settle on among those known, with the synthesis it closes; null while there is none. */
  readonly answer: { readonly entry: AnswerEntry; readonly synthesis: SynthesisEntry } | null;
  /** Newest clock of any entry of the task, ms. */
  readonly updatedAt: number;
}

/** Whether a spore's word closes a task: it must be one of the asker's own, so that no stranger ends a public task. */
export type Closes = (author: PublicKey, asker: PublicKey) => boolean;

/** @returns null while the task's own entry has not arrived. */
export function foldTask(
  id: EntryId,
  entries: readonly SignedEntry[],
  closes: Closes = () => true,
): TaskState | null {
  let task: TaskEntry | null = null;
  let updatedAt = 0;
  const contributions = new Map<string, ContributionEntry>();
  const syntheses = new Map<EntryId, SynthesisEntry>();
  const answers = new Map<EntryId, AnswerEntry>();
  for (const signed of entries) {
    if (isKind(signed, "task")) {
      if (signed.id !== id) continue;
      task = signed;
    } else if (isKind(signed, "contribution") && signed.entry.body.task === id) {
      if (signed.entry.body.cycle > CYCLES_MAX) continue;
      keepFirst(contributions, signed);
    } else if (isKind(signed, "synthesis") && signed.entry.body.task === id) {
      syntheses.set(signed.id, signed);
    } else if (isKind(signed, "answer") && signed.entry.body.task === id) {
      answers.set(signed.id, signed);
    } else continue;
    updatedAt = Math.max(updatedAt, signed.entry.clock[0]);
  }
  if (task === null) return null;
  const asker = replicaKey(task.entry.replica);
  const all = [...answers.values()].sort(byId);
  const closing = all.filter(({ entry }) => closes(replicaKey(entry.replica), asker));
  return {
    task,
    contributions: [...contributions.values()].sort(byCycleAndAuthor),
    syntheses: [...syntheses.values()].sort(byId),
    answers: closing,
    opinions: all.filter((one) => !closing.includes(one)),
    answer: chooseAnswer(closing, syntheses),
    updatedAt,
  };
}

function keepFirst(contributions: Map<string, ContributionEntry>, signed: ContributionEntry): void {
  const key = `${replicaKey(signed.entry.replica)}:${signed.entry.body.cycle}`;
  const known = contributions.get(key);
  if (known === undefined || isEarlier(signed, known)) contributions.set(key, signed);
}

/** By the author's own counter; across two lives of one key by id, so that every spore picks the same. */
function isEarlier(a: ContributionEntry, b: ContributionEntry): boolean {
  if (a.entry.replica === b.entry.replica && a.entry.counter !== b.entry.counter) {
    return a.entry.counter < b.entry.counter;
  }
  return a.id < b.id;
}

const VERDICT_RANK = { confirmed: 0, unvalidated: 1, disputed: 2 } as const;

/**
 * If several answers exist: a confirmed one first, then one that converged, then the one that heard more voices, then
 * the smallest id. An answer without its synthesis does not count yet.
 */
function chooseAnswer(
  answers: readonly AnswerEntry[],
  syntheses: ReadonlyMap<EntryId, SynthesisEntry>,
): TaskState["answer"] {
  const complete = answers.flatMap((entry) => {
    const synthesis = syntheses.get(entry.entry.body.synthesis);
    return synthesis === undefined ? [] : [{ entry, synthesis }];
  });
  const rank = ({ entry, synthesis }: (typeof complete)[number]) => [
    VERDICT_RANK[entry.entry.body.verdict],
    synthesis.entry.body.outcome === "converged" ? 0 : 1,
    -synthesis.entry.body.weights.length,
  ];
  complete.sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] ?? 0) - (y[i] ?? 0);
    return a.synthesis.id === b.synthesis.id ? byId(a.entry, b.entry) : byId(a.synthesis, b.synthesis);
  });
  return complete[0] ?? null;
}

/**
 * How a finished cycle turned out:
 * `agreed` – the posterior of one answer is above the bar; `early` – it is, but most of the expected voices have not been
 * heard yet; `moved` – no agreement, but the debate changed the posterior; `stuck` – it did not; `tunnelled` – a premature
 * answer is left on purpose; `spent` – the budget of cycles is used up.
 */
export type CycleEvent = "agreed" | "early" | "moved" | "stuck" | "tunnelled" | "spent";

type Table = Record<Phase, Record<CycleEvent, Phase>>;

const stay = (phase: Phase): Record<CycleEvent, Phase> => ({
  agreed: phase,
  early: phase,
  moved: phase,
  stuck: phase,
  tunnelled: phase,
  spent: phase,
});

/**
 * Which phase follows. Vote first: blind answers that agree are not debated. In diverge nobody sees the others, so to
 * stay there (early) or to go back there (tunnelled) is to be independent once more.
 */
export const PHASE_TABLE: Table = {
  diverge: {
    agreed: "synthesize",
    early: "diverge",
    moved: "deepen",
    stuck: "deepen",
    tunnelled: "diverge",
    spent: "synthesize",
  },
  deepen: {
    agreed: "synthesize",
    early: "synthesize",
    moved: "converge",
    stuck: "synthesize",
    tunnelled: "diverge",
    spent: "synthesize",
  },
  converge: {
    agreed: "synthesize",
    early: "synthesize",
    moved: "converge",
    stuck: "synthesize",
    tunnelled: "diverge",
    spent: "synthesize",
  },
  synthesize: stay("synthesize"),
  done: stay("done"),
  unresolved: stay("unresolved"),
};

const byId = (a: { readonly id: string }, b: { readonly id: string }) =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

function byCycleAndAuthor(a: ContributionEntry, b: ContributionEntry): number {
  return a.entry.body.cycle - b.entry.body.cycle || (a.entry.replica < b.entry.replica ? -1 : 1);
}
