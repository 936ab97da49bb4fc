/** Who is graded how, for every kind of outcome. */
import { describe, expect, test } from "bun:test";
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import fc from "fast-check";
import { contributionBody, createActor } from "../testing/actor.ts";
import { calibrationScore, evidenceBodies, firstWords, gradesOf, type Outcome } from "./grading.ts";

const actors = ["a", "b", "c", "d"].map((name) => createActor(name));
const [asker] = actors as [(typeof actors)[0]];

function panel(answers: readonly (string | null)[], form?: AnswerForm) {
  const task = asker.sign("task", {
    description: "How many?",
    priority: "normal",
    ...(form ? { answer: form } : {}),
  });
  const contributions = answers.map((value, index) =>
    (actors[index] ?? asker).sign(
      "contribution",
      contributionBody(task.id, value === null ? "" : `It is ${value}.`, {
        value: form ? value : null,
        abstain: value === null,
        confidence: 0.9,
      }),
    ),
  );
  const outcome = (reference: string, correct: boolean, more: Partial<Outcome> = {}): Outcome => ({
    task: task.id,
    question: "How many?",
    form,
    topic: "math",
    source: "outcome",
    reference: { text: `It is ${reference}.`, value: form ? reference : null },
    correct,
    weight: 1,
    note: "",
    ...more,
  });
  const grade = (made: Outcome) =>
    gradesOf(made, contributions).map(({ correct, weight }) => [correct, weight]);
  return { contributions, outcome, grade };
}

const NUMBER: AnswerForm = { type: "number" };

describe("grades", () => {
  test("a right answer makes the others wrong; who abstains is not graded", () => {
    const { grade, outcome } = panel(["7", "8", null, "7"], NUMBER);
    expect(grade(outcome("7", true))).toEqual([
      [true, 1],
      [false, 1],
      [true, 1],
    ]);
  });

  test("a wrong answer makes nobody else right, unless only two were possible", () => {
    const { grade, outcome } = panel(["7", "8"], NUMBER);
    expect(grade(outcome("7", false))).toEqual([[false, 1]]);
    const two = panel(["yes", "no"], { type: "choice", options: ["yes", "no"] });
    expect(two.grade(two.outcome("yes", false))).toEqual([
      [false, 1],
      [true, 1],
    ]);
  });

  test("free text that merely differs counts half", () => {
    const { grade, outcome } = panel(["granite from Tolm", "basalt from Brask"]);
    expect(grade(outcome("granite from Tolm", true))).toEqual([
      [true, 1],
      [false, 0.5],
    ]);
  });

  test("the first word counts, not what was said after reading the others", () => {
    const { contributions } = panel(["7", "8"], NUMBER);
    const [first] = contributions;
    if (first === undefined) throw new Error("no contribution");
    const later = asker.sign(
      "contribution",
      contributionBody(first.entry.body.task, "It is 8.", { cycle: 2, value: "8" }),
    );
    expect(firstWords([later, ...contributions]).map(({ id }) => id)).toEqual(
      contributions.map(({ id }) => id),
    );
  });
});

test("evidence rests on what was judged first; certainty that was wrong costs more than it could have gained", () => {
  const { contributions, outcome } = panel(["7", "8"], NUMBER);
  const made = outcome("7", true);
  const [right, wrong] = gradesOf(made, contributions).map((grade) => evidenceBodies(grade, made));
  expect(right?.[0]).toMatchObject({ dimension: "competence", positive: true, weight: 1 });
  expect(right?.[0]?.rests_on[0]).toBe(contributions[0]?.id as never);
  expect(right?.[1]?.dimension).toBe("calibration");
  expect(wrong?.[1]?.weight ?? 0).toBeGreaterThan(2 * (right?.[1]?.weight ?? 1));
});

test("saying what one believes scores best on average (the score is proper)", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (p, said) => {
        const expected = (q: number) => p * calibrationScore(q, true) + (1 - p) * calibrationScore(q, false);
        expect(expected(p)).toBeGreaterThanOrEqual(expected(said) - 1e-12);
      },
    ),
  );
});
