import { describe, expect, test } from "bun:test";
import { type AggregateContribution, aggregate, tally } from "./aggregate.ts";

const NUMBER = { type: "number" } as const;

function voice(id: string, value: string, extra: Partial<AggregateContribution> = {}): AggregateContribution {
  return {
    id,
    author: id,
    text: value,
    value,
    confidence: 1,
    abstain: false,
    weight: 1,
    independent: true,
    ...extra,
  };
}

describe("aggregate", () => {
  test("two of three fresh voices carry the answer, and the third is kept as dissent", () => {
    const result = aggregate({
      contributions: [voice("a", "7"), voice("b", "8"), voice("c", "7")],
      form: NUMBER,
    });
    expect(result.winner?.value).toBe("7");
    expect(result.agreement).toBeCloseTo(2 / 3, 12);
    // Scores 2, 1 and 0 for "none of these".
    const partition = Math.exp(2) + Math.exp(1) + 1;
    expect(result.posterior).toBeCloseTo(Math.exp(2) / partition, 12);
    expect(result.none).toBeCloseTo(1 / partition, 12);
    expect(result.dissent).toEqual([{ text: "8", holders: ["b"], mass: 1 / 3 }]);
  });

  test("weight beats head-count", () => {
    const contributions = [voice("a", "7", { weight: 3 }), voice("b", "8"), voice("c", "8")];
    expect(aggregate({ contributions, form: NUMBER }).winner?.value).toBe("7");
  });

  test("nothing to count is no answer", () => {
    for (const contributions of [[], [voice("a", "7", { abstain: true })], [voice("a", "no idea")]]) {
      const result = aggregate({ contributions, form: NUMBER });
      expect(result.winner).toBeNull();
      expect(result.posterior).toBe(0);
      expect(result.agreement).toBe(0);
      expect(result.none).toBe(1);
      expect(result.abstained).toHaveLength(contributions.length);
    }
  });

  test("200 copies of one voice weigh what one does, and cannot outvote three others", () => {
    const clones = Array.from({ length: 200 }, (_, i) => voice(`clone${i}`, "8"));
    const honest = ["a", "b", "c"].map((id) => voice(id, "7"));
    const correlation = (a: string, b: string): number =>
      a.startsWith("clone") && b.startsWith("clone") ? 1 : 0.35;
    const result = aggregate({ contributions: [...clones, ...honest], form: NUMBER, correlation });
    expect(result.winner?.value).toBe("7");
    expect(result.winner?.mass).toBeCloseTo(0.75, 9);
    expect(result.effectiveVoices).toBeLessThan(3);
  });

  test("many voices that err as one are worth few: unanimity of 29 is not certainty", () => {
    const contributions = Array.from({ length: 29 }, (_, i) => voice(`m${i}`, "7"));
    const result = aggregate({ contributions, form: NUMBER, correlation: () => 0.35 });
    expect(result.effectiveVoices).toBeCloseTo(29 / (1 + 28 * 0.35), 9);
    expect(result.posterior).toBeLessThan(0.95);
  });

  test("an author who speaks twice has one voice", () => {
    const once = aggregate({ contributions: [voice("a", "7"), voice("b", "8")], form: NUMBER });
    const twice = aggregate({
      contributions: [voice("a", "7"), voice("a2", "7", { author: "a" }), voice("b", "8")],
      form: NUMBER,
      correlation: () => 0.35,
    });
    expect(twice.clusters.map(({ mass }) => mass)).toEqual(once.clusters.map(({ mass }) => mass));
    expect(twice.winner?.authors.length).toBe(1);
  });

  test("claiming certainty gains nothing over a sure voice; doubt costs at most half", () => {
    const weightOf = (confidence: number): number =>
      aggregate({ contributions: [voice("a", "7", { confidence })], form: NUMBER }).voices[0]?.weight ?? 0;
    expect(weightOf(5)).toBe(1);
    expect(weightOf(1)).toBe(1);
    expect(weightOf(0)).toBe(0.5);
    expect(weightOf(-1)).toBe(0.5);
  });

  test("a vote cast after reading the others counts half", () => {
    const contributions = [voice("a", "7"), voice("b", "8", { independent: false })];
    expect(aggregate({ contributions, form: NUMBER }).winner?.mass).toBeCloseTo(2 / 3, 12);
  });

  test("interference amplifies the aligned and damps the isolated, less so with evidence", () => {
    const contributions = [
      voice("a", "7"),
      voice("b", "7"),
      voice("c", "8"),
      voice("d", "9", { citations: ["m"] }),
    ];
    const weightById = new Map(
      aggregate({ contributions, form: NUMBER, interference: true }).voices.map(({ id, weight }) => [
        id,
        weight,
      ]),
    );
    expect(weightById.get("a")).toBeCloseTo(0.25 + 1.5 / 3, 12);
    expect(weightById.get("c")).toBeCloseTo(0.25, 12);
    expect(weightById.get("d")).toBeCloseTo(0.7, 12);
  });

  test("the frozen second half gives the same clusters again", () => {
    const contributions = [
      voice("a", "7", { weight: 1.7 }),
      voice("b", "8"),
      voice("c", "8", { confidence: 0.2 }),
    ];
    const result = aggregate({ contributions, form: NUMBER, correlation: () => 0.4, interference: true });
    const frozen = result.clusters.map(({ members, value }) => ({ members, value }));
    const again = tally(frozen, result.voices);
    expect(again.clusters.map(({ posterior, mass }) => [posterior, mass])).toEqual(
      result.clusters.map(({ posterior, mass }) => [posterior, mass]),
    );
    expect(again.none).toBe(result.none);
  });
});
