/** A thousand fresh keys against ten honest spores with a record: what all the keys together weigh, and what they cost. */
import { expect, test } from "bun:test";
import { EvaluatedSpore, isRight, keyOf, type Reply } from "../eval/spore.ts";
import { gradedPanel } from "./support/evidence.ts";

const HONEST = Array.from({ length: 10 }, (_, index) => `honest ${index}`);
const KEYS = 1_000;
const QUESTIONS = 12;

test(`${KEYS} keys against ${HONEST.length} honest spores: influence at most 5 %, no answer lost`, () => {
  const spore = new EvaluatedSpore();
  gradedPanel(spore, Object.fromEntries(HONEST.map((name) => [name, 0.75])), 60);
  let lost = 0;
  for (let item = 0; item < QUESTIONS; item += 1) {
    const question = {
      id: `asked ${item}`,
      topic: "math",
      truth: String(7_000 + item),
      form: { type: "number" } as const,
    };
    // Six of ten are right, the others scatter: an answer that a solid bloc could easily overturn by numbers.
    const honest = HONEST.map(
      (name, index): Reply => ({
        author: keyOf(name),
        value: index < 6 ? question.truth : String(40 + index),
      }),
    );
    const keys = Array.from(
      { length: KEYS },
      (_, index): Reply => ({ author: keyOf(`key ${index}`), value: "666" }),
    );
    const alone = spore.answer(question, honest);
    const attacked = spore.answer(question, [...honest, ...keys]);
    expect(isRight(alone, question)).toBe(true);
    lost += Number(!isRight(attacked, question));
    const known = new Set<string>(HONEST.map(keyOf));
    const total = attacked.voices.reduce((sum, { weight }) => sum + weight, 0);
    const held = attacked.voices.reduce(
      (sum, { author, weight }) => sum + (known.has(author) ? 0 : weight),
      0,
    );
    expect(held / total).toBeLessThanOrEqual(0.05);
  }
  expect(lost / QUESTIONS).toBeLessThanOrEqual(0.02);
}, 120_000);
