/** What must hold for every input: order never matters, opposites never meet, nothing a model writes can throw. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { AnswerForm } from "../contract/entry.ts";
import { type AggregateContribution, aggregate, tally } from "./aggregate.ts";
import { clusterAnswers } from "./agreement.ts";
import { normaliseAnswer } from "./normalise.ts";
import { contradicts, overlap, readPosition } from "./stance.ts";

const WORDS =
  "cache store queue Redis Postgres faster slower not never rather than over 3 5 2027 safe unsafe yes no but".split(
    " ",
  );
const sentence = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 8 })
  .map((words) => words.join(" "));
const anyText = fc.oneof(sentence, fc.string({ unit: "binary", maxLength: 60 }));
const form: fc.Arbitrary<AnswerForm | undefined> = fc.constantFrom(
  undefined,
  { type: "number", tolerance: 0.5 } as const,
  { type: "choice", options: ["A", "B", "C"] },
  { type: "json" } as const,
);
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const contribution = fc.record({
  text: anyText,
  value: fc.option(fc.constantFrom("1", "2", "2.3", "A", "B", '{"a":1}')),
  confidence: unit,
  abstain: fc.boolean(),
  weight: fc.double({ min: 0, max: 10, noNaN: true }),
  independent: fc.boolean(),
  author: fc.constantFrom("p", "q", "r", "s", "t"),
});
const panel: fc.Arbitrary<readonly AggregateContribution[]> = fc
  .array(contribution, { maxLength: 12 })
  .map((items) => items.map((item, index) => ({ ...item, id: `id${index}` })));
const correlation = (a: string, b: string): number => ((a < b ? a : b) === "p" ? 0.9 : 0.3);

test("any order of contributions gives the same result to the last bit", () => {
  fc.assert(
    fc.property(
      panel,
      form,
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      (items, answer, interference, order) => {
        const keys = new Map(items.map((item) => [item.id, order.next().value ?? 0]));
        const shuffled = items.toSorted((a, b) => (keys.get(a.id) ?? 0) - (keys.get(b.id) ?? 0));
        const options = { form: answer, correlation, interference, question: "cache or store" };
        expect(aggregate({ contributions: shuffled, ...options })).toEqual(
          aggregate({ contributions: items, ...options }),
        );
      },
    ),
  );
});

test("masses and probabilities are shares, and every contribution is counted once", () => {
  fc.assert(
    fc.property(panel, form, fc.boolean(), (items, answer, interference) => {
      const result = aggregate({ contributions: items, form: answer, correlation, interference });
      const posterior = result.clusters.reduce((sum, cluster) => sum + cluster.posterior, result.none);
      expect(posterior).toBeCloseTo(1, 9);
      const mass = result.clusters.reduce((sum, cluster) => sum + cluster.mass, 0);
      expect(mass === 0 || Math.abs(mass - 1) < 1e-9).toBe(true);
      const seen = [...result.clusters.flatMap(({ members }) => members), ...result.abstained].sort();
      expect(seen).toEqual(items.map(({ id }) => id).sort());
      const again = tally(result.clusters, result.voices);
      expect(again.clusters.map(({ posterior: p }) => p)).toEqual(
        result.clusters.map(({ posterior: p }) => p),
      );
    }),
  );
});

test("two members of one cluster never contradict each other", () => {
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 2, maxLength: 8 }), (texts) => {
      const items = texts.map((text, index) => ({ id: String(index), text, value: null }));
      const { clusters } = clusterAnswers(items, { embed: () => new Float32Array([1]) });
      for (const { members } of clusters) {
        const positions = members.map((id) => readPosition(texts[Number(id)] ?? ""));
        for (const a of positions) for (const b of positions) expect(contradicts(a, b)).toBe(false);
      }
    }),
  );
});

test("contradiction and overlap are symmetric; a text agrees with itself", () => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      const [a, b] = [readPosition(left), readPosition(right)];
      expect(contradicts(a, b)).toBe(contradicts(b, a));
      expect(overlap(a, b)).toBeCloseTo(overlap(b, a), 12);
      expect(contradicts(a, a)).toBe(false);
    }),
  );
});

test("a normalised value normalises to itself", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.json(), fc.double().map(String)), form, (text, answer) => {
      if (answer === undefined) return;
      const value = normaliseAnswer(text, answer);
      if (value !== null) expect(normaliseAnswer(value, answer)).toBe(value);
    }),
  );
});
