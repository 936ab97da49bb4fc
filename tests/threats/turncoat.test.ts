/** A peer with a long good record turns: slowly or at once, it is demoted before it can live off its past. */
import { expect, test } from "bun:test";
import { itemsUntilDemoted } from "../eval/panels/robustness.ts";
import { randomOf } from "../eval/random.ts";
import { EvaluatedSpore, keyOf, NOW } from "../eval/spore.ts";

const RECORD = 200;
const GRADED_ITEMS_MAX = 20;

function turncoat(seed: number, wrongShare: (item: number) => number) {
  const random = randomOf(seed);
  const spore = new EvaluatedSpore();
  const grade = (item: number, right: boolean) =>
    spore.learn({ id: `item ${item}`, topic: "math", truth: "7", form: { type: "number" } }, [
      { author: keyOf("turncoat"), value: right ? "7" : String(100 + item) },
    ]);
  for (let item = 0; item < RECORD; item += 1) grade(item, random() < 0.8);
  const score = () => spore.ledger.view(NOW + 1_000_000).score(keyOf("turncoat"), null);
  const { tier } = score();
  for (let item = 1; item <= 60; item += 1) {
    grade(RECORD + item, random() >= wrongShare(item));
    if (score().tier !== tier) return { items: item, tier, after: score().tier };
  }
  return { items: 61, tier, after: tier };
}

test("turning at once: the tier is lost within twenty graded items, in nineteen runs of twenty", () => {
  const runs = Array.from({ length: 20 }, (_, seed) => turncoat(seed + 1, () => 1).items).sort(
    (a, b) => a - b,
  );
  expect(runs[18]).toBeLessThanOrEqual(GRADED_ITEMS_MAX);
});

test("a slow burn, wrong a little more often each time, is noticed as well", () => {
  const runs = Array.from({ length: 20 }, (_, seed) =>
    turncoat(seed + 50, (item) => Math.min(0.9, 0.3 + item / 30)),
  );
  expect(runs.filter(({ items }) => items <= 40).length).toBeGreaterThanOrEqual(18);
});

test("a steady peer keeps its tier", () => {
  const runs = Array.from({ length: 20 }, (_, seed) => turncoat(seed + 100, () => 0.2));
  expect(runs.filter(({ items }) => items <= 60).length).toBeLessThanOrEqual(4);
});

test("others who are graded on the same items show a slow turn sooner", () => {
  const swarm = { accuracy: 0.8, model: { phi: 0.37, sameError: 0.32 } };
  const slowly = (item: number) => Math.min(0.9, 0.2 + item / 30);
  const sum = (others: number) =>
    Array.from({ length: 20 }, (_, run) => itemsUntilDemoted({ ...swarm, others }, slowly, run)).reduce(
      (total, items) => total + items,
      0,
    );
  // Of the same twenty runs each, and so the same in every run: some 14 items against 18.
  expect(sum(6)).toBeLessThan(0.9 * sum(0));
});
