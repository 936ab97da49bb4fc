/** Probes: fresh every time, readable, and their stated answers are right (checked here by other means). */
import { expect, test } from "bun:test";
import { gradeAnswer, normaliseAnswer } from "@synapse/shared/rule/normalise.ts";
import { drawProbe, type Probe } from "./probe-bank.ts";

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const probes = Array.from({ length: 2_000 }, (_, seed) => drawProbe(randomOf(seed * 7_919 + 1)));

test("every answer has the form that is asked for, and grades itself right", () => {
  for (const { question, form, answer } of probes) {
    expect(question.length).toBeGreaterThan(20);
    expect(normaliseAnswer(answer, form)).toBe(answer);
    expect(gradeAnswer(answer, answer, form)).toBe(true);
  }
});

test("they are fresh: hardly any question comes twice", () => {
  expect(new Set(probes.map(({ question }) => question)).size).toBeGreaterThan(probes.length * 0.8);
});

/** The same questions solved by reading them, not by the generator's own arithmetic. */
const SOLVERS: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [/What is (\d+) times (\d+), plus (\d+)\?/u, (a, b, c) => String(Number(a) * Number(b) + Number(c))],
  [
    /What remains when (\d+) is divided by (\d+)\?/u,
    (a, b) => String(Number(a) - Number(b) * Math.floor(Number(a) / Number(b))),
  ],
  [
    /letter "(.)" occur in the word "(\w+)"/u,
    (letter, word) => String((word ?? "").split(letter ?? "").length - 1),
  ],
  [
    /Today is (\w+)\. Which day of the week is it in (\d+) days/u,
    (day, ahead) => {
      const monday = Date.UTC(2024, 0, 1);
      const names = Array.from({ length: 7 }, (_, index) =>
        new Date(monday + index * 86_400_000).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" }),
      );
      const at = monday + (names.indexOf(day ?? "") + Number(ahead)) * 86_400_000;
      return new Date(at).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
    },
  ],
  [
    /starts at (\d+):(\d+) and takes (\d+) minutes/u,
    (hour, minute, length) =>
      String(
        (Date.UTC(2024, 0, 1, Number(hour), Number(minute) + Number(length)) - Date.UTC(2024, 0, 1)) / 60_000,
      ),
  ],
  [
    /by the same amount: ([\d, ]+), …/u,
    (list) => {
      const terms = (list ?? "").split(", ").map(Number);
      const last = (terms.at(-1) ?? 0) - (terms.at(-2) ?? 0);
      const before = (terms.at(-2) ?? 0) - (terms.at(-3) ?? 0);
      return String((terms.at(-1) ?? 0) + last + (last - before));
    },
  ],
];

test("stated answers are right", () => {
  let checked = 0;
  for (const { question, answer } of probes) {
    for (const [pattern, solve] of SOLVERS) {
      const match = pattern.exec(question);
      if (match === null) continue;
      checked += 1;
      expect(`${question} ${solve(...match.slice(1))}`).toBe(`${question} ${answer}`);
    }
  }
  expect(checked).toBeGreaterThan(1_000);
});

test("order and syllogism follow from what is said", () => {
  for (const { question, answer } of probes) checkOrder({ question, answer });
});

function checkOrder({ question, answer }: Pick<Probe, "question" | "answer">): void {
  const taller = [...question.matchAll(/(\w+) is taller than (\w+)\./gu)].map(
    ([, a = "", b = ""]) => [a, b] as const,
  );
  if (taller.length === 0) return;
  const rank = (name: string): number =>
    1 + Math.max(0, ...taller.filter(([a]) => a === name).map(([, b]) => rank(b)));
  const names = [...new Set(taller.flat())].sort((a, b) => rank(b) - rank(a));
  expect(question.includes("second tallest") ? names[1] : names[2]).toBe(answer);
}
