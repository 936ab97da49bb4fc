import { describe, expect, test } from "bun:test";
import { aggregate } from "@synapse/shared/rule/aggregate.ts";
import fc from "fast-check";
import { explorationShare, T_COLD, T_HOT, temperature } from "./annealing.ts";
import { DECOHERENCE_FLOOR, decoherence } from "./decoherence.ts";
import { EntanglementLedger } from "./entanglement.ts";
import { interferencePattern } from "./interference.ts";
import { brierScore, collapse, superpose, uncertainty } from "./superposition.ts";
import { TUNNEL_PROBABILITY_MAX, tunnelProbability, tunnels } from "./tunneling.ts";

const DAY = 86_400_000;

describe("annealing", () => {
  test("starts hot, ends cold within the budget that can be reached, and never rises", () => {
    for (const budget of [2, 4, 8, 20]) {
      const path = Array.from({ length: budget }, (_, i) =>
        temperature({ cycle: i + 1, budget, reheatedAt: null }),
      );
      expect(path[0]).toBe(T_HOT);
      expect(path.at(-1)).toBeCloseTo(T_COLD, 12);
      expect(path.every((t, i) => i === 0 || t <= (path[i - 1] ?? 0))).toBe(true);
    }
    expect(temperature({ cycle: 3, budget: 5, reheatedAt: null })).toBeCloseTo((T_HOT + T_COLD) / 2, 12);
  });

  test("a reheat starts the schedule again for the cycles that are left", () => {
    expect(temperature({ cycle: 4, budget: 6, reheatedAt: 4 })).toBe(T_HOT);
    expect(temperature({ cycle: 6, budget: 6, reheatedAt: 4 })).toBeCloseTo(T_COLD, 12);
    expect(explorationShare({ cycle: 4, budget: 6, reheatedAt: 4 })).toBe(0.25);
  });

  test("a budget of one is cold: there is no later cycle to decide in", () => {
    expect(temperature({ cycle: 1, budget: 1, reheatedAt: null })).toBeCloseTo(T_COLD, 12);
  });
});

describe("superposition and interference", () => {
  const voice = (id: string, value: string) => ({
    id,
    author: id,
    text: value,
    value,
    confidence: 1,
    abstain: false,
    weight: 1,
    independent: true,
  });
  const panel = aggregate({
    contributions: [voice("a", "7"), voice("b", "7"), voice("c", "8")],
    form: { type: "number" },
  });

  test("keep every answer with its share, and collapse to the likeliest", () => {
    expect(superpose(panel).map(({ text, holders }) => [text, holders])).toEqual([
      ["7", ["a", "b"]],
      ["8", ["c"]],
    ]);
    expect(collapse(panel).answer?.text).toBe("7");
    expect(collapse(panel).kept.map(({ text }) => text)).toEqual(["8"]);
    expect(uncertainty(panel)).toBeGreaterThan(0.5);
    expect(uncertainty(aggregate({ contributions: [], form: undefined }))).toBe(1);
  });

  test("Brier score: 0 for the certain truth, 2 for certain error, and a right distribution beats a bare winner", () => {
    expect(brierScore([{ posterior: 1 }], 0, () => true)).toBe(0);
    expect(brierScore([{ posterior: 1 }, { posterior: 0 }], 0, (i) => i === 1)).toBe(2);
    expect(brierScore([{ posterior: 0.4 }], 0.6, () => false)).toBeCloseTo(0.32, 12);
  });

  test("shows who is amplified and who is damped by the same formula as the rule", () => {
    const pattern = interferencePattern(panel, () => false);
    const amplified = aggregate({
      contributions: [voice("a", "7"), voice("b", "7"), voice("c", "8")],
      form: { type: "number" },
      interference: true,
    });
    expect(pattern.map(({ factor }) => factor)).toEqual(amplified.voices.map(({ weight }) => weight));
    expect(pattern.map(({ aligned }) => aligned)).toEqual([0.5, 0.5, 0]);
  });
});

describe("tunnelling", () => {
  const unsure = {
    cycle: 3,
    agreement: 0.9,
    confidences: [0.3, 0.2],
    adversarialConfidences: [0.1],
    trustedDissent: 0.2,
    lastCycle: null,
  };

  test("is likelier the less sure the agreement is, and never certain", () => {
    expect(tunnelProbability(unsure)).toBe(TUNNEL_PROBABILITY_MAX);
    expect(tunnelProbability({ ...unsure, confidences: [1, 1] })).toBe(0);
    expect(tunnelProbability({ ...unsure, agreement: 0 })).toBe(0);
    const calm = { ...unsure, confidences: [0.7], adversarialConfidences: [], trustedDissent: 0 };
    expect(tunnelProbability(calm)).toBeCloseTo(0.9 * 0.3, 12);
    expect(tunnelProbability({ ...calm, trustedDissent: 0.5 })).toBeCloseTo(0.9 * 0.3 * 1.5, 12);
  });

  test("not in the first cycle, not twice within its cooldown, not below its floor", () => {
    expect(tunnels(unsure, 0)).toBe(true);
    expect(tunnels({ ...unsure, cycle: 1 }, 0)).toBe(false);
    expect(tunnels({ ...unsure, lastCycle: 1 }, 0)).toBe(false);
    expect(tunnels({ ...unsure, cycle: 4, lastCycle: 1 }, 0)).toBe(true);
    expect(tunnels({ ...unsure, confidences: [0.95] }, 0)).toBe(false);
    expect(tunnels(unsure, 0.95)).toBe(false);
    expect(tunnels({ ...unsure, confidences: [] }, 0)).toBe(false);
  });
});

describe("decoherence", () => {
  test("fades with age to a floor, never below, and corroboration slows it", () => {
    expect(decoherence("thought", 0, 0)).toBe(1);
    expect(decoherence("thought", 10 * DAY, 0)).toBeCloseTo(Math.exp(-1), 12);
    expect(decoherence("thought", 10 * DAY, 1)).toBeCloseTo(Math.exp(-0.5), 12);
    expect(decoherence("thought", 10_000 * DAY, 0)).toBe(DECOHERENCE_FLOOR);
    expect(decoherence("memory", -DAY, 0)).toBe(1);
    expect(decoherence("memory", 30 * DAY, 0)).toBeGreaterThan(decoherence("thought", 30 * DAY, 0));
  });
});

describe("entanglement", () => {
  const vote = (author: string, answer: string | null) => ({ author, answer });

  test("copies become one voice, strangers stay at the background", () => {
    const ledger = new EntanglementLedger();
    for (let i = 0; i < 100; i += 1) {
      const truth = "A";
      const clone = i % 3 === 0 ? "B" : "A";
      const other = i % 4 === 0 ? "C" : "A";
      ledger.absorb({ votes: [vote("x", clone), vote("y", clone), vote("z", other)], truth });
    }
    expect(ledger.pair("x", "y").errors).toBeGreaterThan(0.8);
    expect(ledger.pair("y", "x")).toEqual(ledger.pair("x", "y"));
    expect(ledger.pair("x", "z").errors).toBeLessThan(0.1);
    expect(ledger.pair("x", "nobody").errors).toBe(0.35);
    expect(ledger.entangled(10).map(({ a, b }) => [a, b])).toEqual([["x", "y"]]);
  });

  test("partners that succeed together lend, copies and strangers nothing", () => {
    const ledger = new EntanglementLedger();
    for (let i = 0; i < 200; i += 1) {
      // x and y know the same things and err each in its own way; z is x once more; w knows other things.
      const known = i % 2 === 0;
      const x = known ? "A" : `x${i}`;
      ledger.absorb({
        votes: [
          vote("x", x),
          vote("y", known ? "A" : `y${i}`),
          vote("z", x),
          vote("w", i % 3 === 0 ? "A" : `w${i}`),
        ],
        truth: "A",
      });
    }
    const partners = ledger.partners();
    const shareOf = (to: string, from: string) =>
      partners.get(to)?.find(({ author }) => author === from)?.share ?? 0;
    expect(shareOf("x", "y")).toBeGreaterThan(0.35);
    expect(shareOf("y", "x")).toBe(shareOf("x", "y"));
    expect(shareOf("x", "z")).toBeLessThan(0.1);
    expect(shareOf("x", "w")).toBe(0);
    expect(new EntanglementLedger().partners().size).toBe(0);
  });

  test("being right together is no error, and one shared slip makes no clone", () => {
    const ledger = new EntanglementLedger();
    for (let i = 0; i < 50; i += 1) ledger.absorb({ votes: [vote("x", "A"), vote("y", "A")], truth: "A" });
    expect(ledger.pair("x", "y").errors).toBe(0.35);
    ledger.absorb({ votes: [vote("x", "B"), vote("y", "B")], truth: "A" });
    expect(ledger.pair("x", "y").errors).toBeLessThan(0.45);
    ledger.absorb({ votes: [vote("x", null), vote("y", null)], truth: null });
    expect(ledger.pair("x", "y").errors).toBeLessThan(0.45);
  });

  test("correlations are proper whatever is graded", () => {
    const item = fc.record({
      votes: fc.array(
        fc.record({ author: fc.constantFrom("p", "q", "r"), answer: fc.option(fc.constantFrom("A", "B")) }),
        { maxLength: 4 },
      ),
      truth: fc.option(fc.constantFrom("A", "B")),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (items) => {
        const ledger = new EntanglementLedger();
        for (const graded of items) ledger.absorb(graded);
        const { errors, successes } = ledger.pair("p", "q");
        expect(errors).toBeGreaterThanOrEqual(0);
        expect(errors).toBeLessThanOrEqual(1);
        expect(Math.abs(successes)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});
