import { expect, test } from "bun:test";
import { ChangeWatch, changePoint, type GradedStep } from "./turncoat.ts";

/** Uniform in [0, 1), the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function steps(count: number, rate: number, random: () => number, topic = "math"): GradedStep[] {
  return Array.from({ length: count }, () => ({ topic, positive: random() < rate, weight: 1, ease: 0 }));
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

/** Of 1,000 runs with some 50 expected, 100 come by chance with less than 1e-10. */
test("within 200 items at most one steady peer in ten is suspected even once, whatever its level", () => {
  const random = sequence(17);
  for (const rate of [0.6, 0.7, 0.8, 0.9]) {
    let suspected = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const watch = new ChangeWatch();
      for (const step of steps(200, rate, random)) watch.add(step);
      const known = watch.since;
      const accused = steps(200, rate, random).map((step) => {
        watch.add(step);
        return watch.since !== known;
      });
      if (accused.includes(true)) suspected += 1;
    }
    expect(suspected).toBeLessThanOrEqual(100);
  }
});

test("a peer that turns slowly is suspected within thirty items", () => {
  const random = sequence(23);
  for (let run = 0; run < 50; run += 1) {
    const turned = Array.from({ length: 30 }, (_, item) => random() >= Math.min(0.9, 0.23 + item / 30));
    const slow = turned.map((positive): GradedStep => ({ topic: "math", positive, weight: 1, ease: 0 }));
    expect(changePoint([...steps(200, 0.8, random), ...slow])).toBeGreaterThan(150);
  }
});

test("suspicion is withdrawn when the peer turns out to be what it was, an alarm stays", () => {
  const verdicts = (positive: boolean, count: number): GradedStep[] =>
    Array.from({ length: count }, () => ({ topic: "math", positive, weight: 1, ease: 0 }));
  const random = sequence(29);
  const record = [...steps(200, 0.8, random), ...verdicts(true, 12)];
  const unlucky = [...record, ...verdicts(false, 6)];
  expect(changePoint(unlucky)).toBe(record.length);
  expect(changePoint([...unlucky, ...verdicts(true, 2)])).toBe(0);
  const turned = [...record, ...verdicts(false, 10)];
  expect(changePoint([...turned, ...verdicts(true, 40)])).toBe(record.length);
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
  for (const rate of [0.1, 0.3, 0.5]) {
    const accused = Array.from({ length: 200 }, () =>
      changePoint([...steps(100, 0.9, random), ...steps(60, rate, random, "law")]),
    ).filter((at) => at > 0);
    // About 4 of 200 are; judged by the overall record 140 are, at the lowest of these rates.
    expect(accused.length).toBeLessThanOrEqual(20);
  }
});

test("what an untrusted grader says is not counted at all", () => {
  const random = sequence(3);
  const smear = steps(500, 0, random).map((step) => ({ ...step, weight: 0 }));
  expect(changePoint([...steps(100, 0.9, random), ...smear])).toBe(0);
});

test("what hardly counts does not make a turn look older, nor newer", () => {
  const verdicts = (positive: boolean, count: number, weight = 1): GradedStep[] =>
    Array.from({ length: count }, () => ({ topic: "math", positive, weight, ease: 0 }));
  const record = [...steps(200, 0.8, sequence(31)), ...verdicts(true, 12)];
  const needed = (between: readonly GradedStep[]): number => {
    const watch = new ChangeWatch();
    for (const step of [...record, ...verdicts(false, 1), ...between]) watch.add(step);
    const before = watch.since;
    for (let more = 1; more <= 30; more += 1) {
      watch.add(verdicts(false, 1)[0] as GradedStep);
      if (watch.since !== before) return more;
    }
    return Number.POSITIVE_INFINITY;
  };
  const soonest = needed([]);
  expect(soonest).toBeGreaterThan(2);
  expect(needed(verdicts(true, 500, 1e-6))).toBe(soonest);
  expect(needed(verdicts(false, 500, 1e-6))).toBe(soonest);
});
