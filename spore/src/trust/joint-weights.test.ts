import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fitJointWeights, type GradedItem } from "./joint-weights.ts";

/** A linear congruential sequence: the same items in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Votes with these accuracies; wrong answers differ from each other unless the author is a copy of the first. */
function graded(
  count: number,
  accuracies: Readonly<Record<string, number>>,
  copies: readonly string[] = [],
): GradedItem[] {
  const random = sequence(7);
  return Array.from({ length: count }, (_, index) => {
    const votes = Object.entries(accuracies).map(([author, accuracy]) => ({
      author,
      answer: random() < accuracy ? "A" : `wrong ${author}`,
    }));
    const copied = copies.map((author) => ({ author, answer: votes[0]?.answer ?? null }));
    const id = `item ${String(index).padStart(5, "0")}`;
    return {
      id,
      topic: index % 2 === 0 ? "even" : "odd",
      at: index,
      weight: 1,
      votes: [...votes, ...copied],
      truth: "A",
    };
  });
}

describe("joint weights", () => {
  test("nothing graded: everybody weighs 1 and the rule damps in full", () => {
    const fit = fitJointWeights([]);
    expect(fit.weightOf("anyone", null)).toBe(1);
    expect(fit.weightOf("anyone", "math")).toBe(1);
    expect(fit.damping).toBe(1);
    expect(fit.bestPeer).toBeNull();
  });

  test("order by ability, and the more is graded the further apart", () => {
    const spread = [20, 400].map((count) => {
      const fit = fitJointWeights(graded(count, { good: 0.8, middling: 0.6, poor: 0.35 }));
      const [good, middling, poor] = ["good", "middling", "poor"].map((author) => fit.weightOf(author, null));
      expect(good).toBeGreaterThan(middling ?? 0);
      expect(middling).toBeGreaterThan(poor ?? 0);
      return (good ?? 0) / ((poor ?? 0) + 0.1);
    });
    expect(spread[1]).toBeGreaterThan(spread[0] ?? 0);
  });

  test("are never negative, not even for a voice that is always wrong", () => {
    const fit = fitJointWeights(graded(300, { good: 0.8, liar: 0 }));
    expect(fit.weightOf("liar", null)).toBe(0);
  });

  test("one peer that beats all others together is heard alone, and only with proof", () => {
    const crowd = { genius: 0.97, a: 0.3, b: 0.3, c: 0.3 };
    // The crowd shares its errors, so that plain votes lose to it.
    const shared = (count: number): GradedItem[] =>
      graded(count, crowd).map((item) => ({
        ...item,
        votes: item.votes.map(({ author, answer }) => ({
          author,
          answer: author === "genius" || answer === "A" ? answer : "B",
        })),
      }));
    const fit = fitJointWeights(shared(400));
    const alone = fit.weightOf("genius", null);
    const together = ["a", "b", "c"].reduce((sum, author) => sum + fit.weightOf(author, null), 0);
    expect(alone).toBeGreaterThan(together);
    expect(fitJointWeights(shared(10)).bestPeer).toBeNull();
  });

  test("knows a voice by topic", () => {
    const items = graded(400, { steady: 0.7 }).map((item) => ({
      ...item,
      votes: [...item.votes, { author: "specialist", answer: item.topic === "even" ? "A" : "B" }],
    }));
    const fit = fitJointWeights(items);
    expect(fit.weightOf("specialist", "even")).toBeGreaterThan(fit.weightOf("specialist", "odd") + 0.5);
  });

  test("do not depend on the order of the items, nor on the order of the votes", () => {
    const items = graded(60, { a: 0.7, b: 0.5, c: 0.6 });
    const expected = fitJointWeights(items);
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: 60, maxLength: 60 }), (shuffled) => {
        const fit = fitJointWeights(shuffled.map((item) => ({ ...item, votes: item.votes.toReversed() })));
        for (const author of ["a", "b", "c"]) {
          expect(fit.weightOf(author, "even")).toBeCloseTo(expected.weightOf(author, "even"), 9);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("copies enter with one vote between them", () => {
    const copies = ["c1", "c2", "c3", "c4"];
    const items = graded(200, { original: 0.6, honest: 0.7, other: 0.7 }, copies);
    const group = new Set(["original", ...copies]);
    const correlation = (a: string, b: string): number => (group.has(a) && group.has(b) ? 1 : 0.35);
    const fit = fitJointWeights(items, correlation);
    // Weights are per discounted voice: five copies together count as one of this weight.
    expect(fit.weightOf("c1", null)).toBeLessThan(fit.weightOf("honest", null) * 1.2);
  });

  test("a newcomer is weighed more where a proven partner lends it evidence, and a crowd of partners lends no more than one", () => {
    const items = graded(60, { proven: 0.8, other: 0.8, third: 0.4, newcomer: 0.6 }).map((item, at) =>
      at < 50 ? { ...item, votes: item.votes.filter(({ author }) => author !== "newcomer") } : item,
    );
    const weightWith = (lenders: readonly string[]) =>
      fitJointWeights(
        items,
        undefined,
        new Map([["newcomer", lenders.map((author) => ({ author, share: 0.45 }))]]),
      ).weightOf("newcomer", null);
    const alone = fitJointWeights(items).weightOf("newcomer", null);
    expect(weightWith([])).toBe(alone);
    expect(weightWith(["nobody"])).toBe(alone);
    expect(weightWith(["proven"])).toBeGreaterThan(alone);
    expect(weightWith(["third"])).toBeGreaterThanOrEqual(alone);
    expect(weightWith(["proven", "third", "proven"])).toBe(weightWith(["proven"]));
  });
});
