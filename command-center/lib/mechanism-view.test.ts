/** A measured effect in words: signs, digits, and why a mechanism ships as it does. */
import { expect, test } from "bun:test";
import { chosenHere, type Effect, type Mechanism, shipsBecause, toEffectWords } from "./mechanism-view.ts";

const effect = (value: number, low: number, high: number, more: Partial<Effect> = {}): Effect => ({
  value,
  low,
  high,
  unit: "share",
  measure: "right answers",
  n: 1_500,
  counted: "questions",
  arm: "simulated",
  measured_on: "2026-11-26",
  ...more,
});
const mechanism = (more: Partial<Mechanism>): Mechanism => ({ name: "tunnelling", ...more });

test("shares are points of a hundred, with a second digit where one would read as nothing", () => {
  expect(toEffectWords(effect(0.018, 0.006, 0.03))).toEqual({
    figure: "+1.8 points",
    interval: "[+0.6, +3.0]",
    counted: "1,500 questions",
  });
  expect(toEffectWords(effect(-0.0009, -0.0024, 0.0004)).interval).toBe("[−0.24, +0.04]");
  expect(toEffectWords(effect(0, 0, 0)).figure).toBe("0.00 points");
});

test("counts are counts", () => {
  const { figure, interval } = toEffectWords(effect(3.16, 2.5, 3.86, { unit: "count" }));
  expect([figure, interval]).toEqual(["+3.2", "[+2.5, +3.9]"]);
});

test("the reason follows from the interval", () => {
  const of = (ships: boolean, one: Effect) => shipsBecause(mechanism({ ships, effect: one }));
  expect(of(true, effect(0.02, 0.01, 0.03))).toBe("Ships on: the whole interval lies above zero");
  expect(of(false, effect(0.02, -0.01, 0.05))).toBe("Ships off: the interval does not clear zero");
  expect(of(false, effect(-0.02, -0.03, -0.01))).toContain("does harm");
  expect(shipsBecause(mechanism({ ships: false, effect: null, effect_missing: "not measured" }))).toBe(
    "Ships off",
  );
  // A spore of an older version tells neither.
  expect(shipsBecause(mechanism({}))).toBeNull();
});

test("a commander's own choice is told apart from what ships", () => {
  expect(chosenHere(mechanism({ ships: false, enabled: true }))).toContain("Switched on here");
  expect(chosenHere(mechanism({ ships: true, enabled: true }))).toBeNull();
  expect(chosenHere(mechanism({ enabled: true }))).toBeNull();
});
