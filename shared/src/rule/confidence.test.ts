/** Copies add nothing to confidence, independent voices do, dissent takes away. */
import { expect, test } from "bun:test";
import { aggregate } from "./aggregate.ts";
import { answerConfidence } from "./confidence.ts";
import { modelCorrelation } from "./model-correlation.ts";

const voices = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ author: `a${i}`, weight: 0.9, confidence: 0.7 }));

test("one voice, and any number of its copies, give its own confidence", () => {
  for (const count of [1, 3, 200]) expect(answerConfidence(voices(count), 1, () => 1)).toBeCloseTo(0.7, 9);
});

test("independent voices make it surer, dissent less sure, nobody gives nothing", () => {
  expect(answerConfidence(voices(3), 1, () => 0)).toBeGreaterThan(0.95);
  expect(answerConfidence(voices(2), 0.5, () => 1)).toBeCloseTo(0.35, 9);
  expect(answerConfidence([], 1, () => 0)).toBe(0);
});

test("n spores with the embedded reasoner weigh exactly what one does", () => {
  const posterior = (count: number) => {
    const sources = Array.from({ length: count }, (_, i) => ({
      author: `a${i}`,
      provider: "embedded",
      model: "extractive",
    }));
    return aggregate({
      correlation: modelCorrelation(sources),
      contributions: sources.map(({ author }) => ({
        id: author,
        author,
        text: "Okafor leads the observatory.",
        value: null,
        confidence: 0.8,
        abstain: false,
        weight: 1,
        independent: true,
      })),
    }).posterior;
  };
  expect(posterior(3)).toBeCloseTo(posterior(1), 9);
  expect(posterior(50)).toBeCloseTo(posterior(1), 9);
});

test("models differ, are the same, or are the embedded reasoner", () => {
  const rho = modelCorrelation([
    { author: "a", provider: "groq", model: "llama" },
    { author: "b", provider: "other", model: "llama" },
    { author: "c", provider: "groq", model: "qwen" },
    { author: "d", provider: "embedded", model: "extractive" },
    { author: "e", provider: "embedded", model: "extractive" },
  ]);
  expect(rho("a", "b")).toBeGreaterThan(rho("a", "c"));
  expect(rho("d", "e")).toBe(1);
  expect(rho("a", "stranger")).toBe(rho("a", "c"));
});
