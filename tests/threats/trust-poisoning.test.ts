/**
 * Hostile evidence: strangers who praise each other and slander the good move this spore's trust by exactly nothing,
 * unless a chain of graded work leads to whoever speaks.
 */
import { expect, test } from "bun:test";
import { EvaluatedSpore, keyOf } from "../eval/spore.ts";
import { gradedPanel, opinion } from "./support/evidence.ts";

test("ten thousand opinions of untrusted observers move nobody's trust by anything", () => {
  const spore = new EvaluatedSpore();
  gradedPanel(spore, { good: 0.9, bad: 0.3 }, 60);
  const scores = () => {
    const view = spore.ledger.view(0);
    return ["good", "bad", "nobody"].map((name) => view.score(keyOf(name), null));
  };
  const before = scores();
  const lies = Array.from({ length: 10_000 }, (_, index) =>
    opinion(`liar ${index % 500}`, index % 2 === 0 ? "good" : "nobody", index % 2 !== 0, index),
  );
  spore.ledger.absorb(lies);
  expect(scores()).toEqual(before);
});

test("praise inside one house is heard by nobody, and nobody is heard about himself", () => {
  const spore = new EvaluatedSpore();
  gradedPanel(spore, { good: 0.9 }, 60);
  spore.ledger.absorb(
    Array.from({ length: 200 }, (_, index) => opinion("braggart", "braggart", true, index)),
  );
  expect(spore.ledger.view(0).score(keyOf("braggart"), null).tier).toBe("stranger");
  expect(spore.ledger.view(0).observerTrust(keyOf("braggart"))).toBe(0);
});

test("a trusted observer is heard, in proportion and within a bound", () => {
  const spore = new EvaluatedSpore();
  gradedPanel(spore, { good: 0.95 }, 80);
  spore.ledger.absorb(Array.from({ length: 5_000 }, (_, index) => opinion("good", "friend", true, index)));
  const { dimensions, tier } = spore.ledger.view(0).score(keyOf("friend"), null);
  expect(dimensions.competence.positive).toBeGreaterThan(5);
  // Thirty items, summed in thousands of parts.
  expect(dimensions.competence.positive).toBeLessThanOrEqual(30 + 1e-9);
  expect(tier).not.toBe("stranger");
});
