/** The soonest that a turn can be noticed: later for a slow one, and sooner the more steady peers may be suspected. */
import { expect, test } from "bun:test";
import { soonest } from "./turncoat-limit.ts";

const SHARES = [0.01, 0.1, 0.5];
const alone = { accuracy: 0.8, others: 0, model: { phi: 0.37, sameError: 0.32 } };
const amongSeven = { ...alone, others: 6 };
const slowly = (item: number) => Math.min(0.9, 0.2 + item / 30);

test("more suspicion finds a turn sooner, and a turn at once sooner than a slow one", () => {
  const slow = soonest(alone, slowly, SHARES);
  const atOnce = soonest(alone, () => 1, SHARES);
  for (const delays of [slow, atOnce]) expect(delays).toEqual([...delays].sort((a, b) => b - a));
  for (const [index, delay] of atOnce.entries()) expect(delay).toBeLessThan(slow[index] as number);
  expect(slow[0]).toBeGreaterThan(slow[2] as number);
});

test("a turn at once with certain errors is as good as its arithmetic", () => {
  // Each error is five times as likely after the turn: four of them are 625 to 1, and ten in a row hardly ever come by chance.
  const [delay] = soonest(alone, () => 1, [0.01]);
  expect(delay).toBeGreaterThanOrEqual(3);
  expect(delay).toBeLessThanOrEqual(10);
});

test("what does not turn is noticed by chance alone", () => {
  const [delay] = soonest(alone, () => 0.2, [0.05]);
  expect(delay).toBe(60);
});

test("others who were graded on the same items show it sooner", () => {
  const [solo] = soonest(alone, slowly, [0.1]);
  const [beside] = soonest(amongSeven, slowly, [0.1]);
  expect(beside).toBeLessThan(solo as number);
});
