import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type PanelVoice, panelWeights } from "./panel.ts";

function voice(author: string, extra: Partial<PanelVoice> = {}): PanelVoice {
  return { author, operator: author, weight: 1, proven: false, own: false, ...extra };
}

function shareOf(voices: readonly PanelVoice[], authors: readonly string[]): number {
  const weights = panelWeights(voices);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return authors.reduce((sum, author) => sum + (weights.get(author) ?? 0), 0) / total;
}

describe("a panel", () => {
  test("of one house with nothing graded is a plain vote", () => {
    const house = ["a", "b", "c"].map((author) => voice(author, { operator: "me", own: true }));
    expect([...panelWeights(house).values()]).toEqual([1, 1, 1]);
    const strangers = ["a", "b", "c"].map((author) => voice(author));
    expect([...panelWeights(strangers).values()]).toEqual([1, 1, 1]);
  });

  test("gives a thousand unproven keys no say against ten proven ones", () => {
    const sybils = Array.from({ length: 1_000 }, (_, i) => voice(`s${i}`));
    const proven = Array.from({ length: 10 }, (_, i) => voice(`p${i}`, { proven: true }));
    const names = sybils.map(({ author }) => author);
    expect(shareOf([...sybils, ...proven], names)).toBeLessThanOrEqual(0.05);
  });

  test("gives strangers no say against this commander's own spores while nobody is proven", () => {
    const own = ["a", "b", "c"].map((author) => voice(author, { operator: "me", own: true }));
    const strangers = Array.from({ length: 50 }, (_, i) => voice(`s${i}`));
    expect(
      shareOf(
        [...own, ...strangers],
        strangers.map(({ author }) => author),
      ),
    ).toBeLessThanOrEqual(0.04 + 1e-9);
  });

  test("lets competence lead, not numbers: an operator's many keys weigh as its best one or a third of all", () => {
    const rest = ["a", "b", "c", "d"].map((author) => voice(author, { proven: true }));
    const best = voice("best", { proven: true, weight: 5, operator: "acme" });
    const alone = panelWeights([best, ...rest]).get("best") ?? 0;
    expect(alone).toBe(5);
    const many = Array.from({ length: 20 }, (_, i) => voice(`k${i}`, { proven: true, operator: "acme" }));
    const names = many.map(({ author }) => author);
    expect(shareOf([...many, ...rest], names)).toBeCloseTo(1 / 3, 9);
    expect(shareOf([best, ...many, ...rest], ["best", ...names])).toBeLessThanOrEqual(5 / 9 + 1e-9);
  });

  test("never raises a weight, and never loses the proven", () => {
    const arbitrary = fc.record({
      operator: fc.constantFrom("x", "y", "z"),
      weight: fc.double({ min: 0, max: 10, noNaN: true }),
      proven: fc.boolean(),
      own: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 12 }), (items) => {
        const voices = items.map((item, index) => voice(`v${index}`, item));
        const weights = panelWeights(voices);
        for (const { author, weight } of voices) {
          const used = weights.get(author) ?? 0;
          expect(used).toBeGreaterThanOrEqual(0);
          expect(used).toBeLessThanOrEqual(weight + 1e-12);
        }
        const anyWeight = voices.some(({ weight }) => weight > 0);
        expect([...weights.values()].some((weight) => weight > 0)).toBe(anyWeight);
      }),
    );
  });
});
