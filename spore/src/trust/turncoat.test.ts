import { expect, test } from "bun:test";
import { changePoint, type GradedStep } from "./turncoat.ts";

/** Uniform in [0, 1), the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function steps(count: number, rate: number, random: () => number, topic = "math"): GradedStep[] {
  return Array.from({ length: count }, () => ({ topic, positive: random() < rate, weight: 1 }));
}

test("a steady peer is hardly ever accused, whatever its level", () => {
  const random = sequence(11);
  for (const rate of [0.3, 0.5, 0.65, 0.8, 0.95]) {
    const accused = Array.from({ length: 100 }, () => changePoint(steps(400, rate, random))).filter(
      (at) => at > 0,
    );
    expect(accused.length).toBeLessThanOrEqual(10);
  }
});

test("a peer that turns is found within twenty items, and the change is dated where it happened", () => {
  const random = sequence(5);
  for (let run = 0; run < 50; run += 1) {
    const record = steps(200, 0.8, random);
    const at = changePoint([...record, ...steps(20, 0, random)]);
    expect(at).toBeGreaterThan(180);
    expect(at).toBeLessThanOrEqual(200);
  }
});

test("weakness in a new field is no betrayal in the old one", () => {
  const random = sequence(9);
  const record = [...steps(100, 0.9, random), ...steps(60, 0.1, random, "law")];
  expect(changePoint(record)).toBe(0);
});

test("what an untrusted grader says is not counted at all", () => {
  const random = sequence(3);
  const smear = steps(500, 0, random).map((step) => ({ ...step, weight: 0 }));
  expect(changePoint([...steps(100, 0.9, random), ...smear])).toBe(0);
});
