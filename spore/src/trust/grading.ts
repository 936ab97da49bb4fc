/**
 * From an outcome to evidence: who was right, when the right answer of a task came out. Pure.
 *
 * There are four honest sources (a checkable answer, a secret probe, an outcome that came later, the commander), and all
 * of them end here. Agreement with others and being cited are no outcome, so no function for them exists.
 *
 * 1. What is graded is each author's first, blind word: later ones repeat what the others said.
 * 2. An abstention is honest and is not graded.
 * 3. A right answer makes other answers wrong; a wrong one makes nobody else right, unless only two were possible.
 * 4. Free text compares less surely than a number: an answer that merely differs counts half.
 */
import type { AnswerForm, Body } from "@synapse/shared/contract/entry.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { clusterAnswers } from "@synapse/shared/rule/agreement.ts";
import type { ContributionEntry } from "@synapse/shared/rule/votes.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";

export type GradeSource = Exclude<Body<"evidence">["source"], "protocol">;

export interface Outcome {
  readonly task: EntryId;
  readonly question: string;
  readonly form: AnswerForm | undefined;
  readonly topic: string;
  readonly source: GradeSource;
  /** An answer whose truth is known. */
  readonly reference: { readonly text: string; readonly value: string | null };
  readonly correct: boolean;
  /** 0 to 1: how sure the outcome is. */
  readonly weight: number;
  readonly note: string;
}

export interface Grade {
  readonly author: PublicKey;
  readonly contribution: EntryId;
  readonly correct: boolean;
  readonly weight: number;
  readonly confidence: number;
}

/** Id that no entry can have: the reference answer among the votes. */
const REFERENCE = "reference";
const DIFFERENT_TEXT_SHARE = 0.5;

/** Each author's earliest contribution, abstentions left out. */
export function firstWords(contributions: readonly ContributionEntry[]): readonly ContributionEntry[] {
  const first = new Map<PublicKey, ContributionEntry>();
  for (const one of contributions) {
    const author = replicaKey(one.entry.replica);
    const known = first.get(author);
    if (known === undefined || one.entry.body.cycle < known.entry.body.cycle) first.set(author, one);
  }
  return [...first.values()].filter(({ entry }) => !entry.body.abstain);
}

export function gradesOf(outcome: Outcome, contributions: readonly ContributionEntry[]): readonly Grade[] {
  const { form, question, reference, correct, weight } = outcome;
  const votes = firstWords(contributions);
  const items = [
    { id: REFERENCE, ...reference },
    ...votes.map(({ id, entry }) => ({ id, text: entry.body.hypothesis, value: entry.body.value })),
  ];
  const { clusters } = clusterAnswers(items, { form, question });
  const agreeing = new Set(clusters.find(({ members }) => members.includes(REFERENCE))?.members);
  const twoOptions = form?.type === "choice" && form.options.length === 2;
  return votes.flatMap(({ id, entry }) => {
    const agrees = agreeing.has(id);
    const graded = (right: boolean, share: number): Grade[] => [
      {
        author: replicaKey(entry.replica),
        contribution: id,
        correct: right,
        weight: weight * share,
        confidence: entry.body.confidence,
      },
    ];
    if (agrees) return graded(correct, 1);
    if (correct) return graded(false, form === undefined ? DIFFERENT_TEXT_SHARE : 1);
    return twoOptions ? graded(true, 1) : [];
  });
}

/** Competence, and what the outcome says about the confidence that was stated. */
export function evidenceBodies(grade: Grade, outcome: Outcome): readonly Body<"evidence">[] {
  const shared = {
    subject: grade.author,
    topic: outcome.topic,
    source: outcome.source,
    rests_on: [grade.contribution, outcome.task],
    note: cutWhole(outcome.note, NOTE_CHARS_MAX),
  };
  const bodies: Body<"evidence">[] = [
    { ...shared, dimension: "competence", positive: grade.correct, weight: grade.weight },
  ];
  const calibration = calibrationScore(grade.confidence, grade.correct);
  const weight = Math.abs(calibration) * grade.weight;
  if (weight >= WEIGHT_MIN) {
    bodies.push({ ...shared, dimension: "calibration", positive: calibration > 0, weight });
  }
  return bodies;
}

const NOTE_CHARS_MAX = 500;
/** Weaker evidence changes nothing and would be stored for ever. */
const WEIGHT_MIN = 0.02;

/**
 * How much better a stated confidence did than saying ½: the quadratic score (Brier 1950), from −1 to ⅓. It is proper:
 * nobody does better on average than by saying what he believes.
 */
export function calibrationScore(confidence: number, right: boolean): number {
  return (4 / 3) * (0.25 - (confidence - (right ? 1 : 0)) ** 2);
}
