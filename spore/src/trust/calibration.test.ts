/** Stated confidence, read as graded answers teach. */
import { expect, test } from "bun:test";
import { calibrated } from "@synapse/shared/rule/panel.ts";
import { fitCalibration, type GradedConfidence, reliabilityOf } from "./calibration.ts";

function graded(stated: number, rights: number, wrongs: number): GradedConfidence[] {
  const one = (right: boolean): GradedConfidence => ({ stated, right, weight: 1 });
  return [
    ...Array.from({ length: rights }, () => one(true)),
    ...Array.from({ length: wrongs }, () => one(false)),
  ];
}

test("few graded answers leave a confidence as it was stated", () => {
  expect(fitCalibration([])).toEqual({ slope: 1, shift: 0, items: 0 });
  const few = fitCalibration(graded(0.9, 0, 4));
  expect(calibrated(0.9, few)).toBe(0.9);
  expect(few.items).toBe(4);
});

test("overconfidence is read down, in proportion to how much was graded", () => {
  const [some, many] = [fitCalibration(graded(0.9, 5, 5)), fitCalibration(graded(0.9, 100, 100))];
  expect(calibrated(0.9, some)).toBeLessThan(0.9);
  expect(calibrated(0.9, many)).toBeLessThan(calibrated(0.9, some));
  expect(calibrated(0.9, many)).toBeCloseTo(0.5, 1);
});

test("more stated confidence never means less, and the order of the items does not matter", () => {
  const items = [...graded(0.9, 2, 8), ...graded(0.3, 8, 2), ...graded(0.6, 5, 5)];
  const fit = fitCalibration(items);
  expect(fit.slope).toBeGreaterThanOrEqual(0);
  const read = [0.1, 0.3, 0.5, 0.7, 0.95].map((stated) => calibrated(stated, fit));
  expect(read).toEqual(read.toSorted((a, b) => a - b));
  const again = fitCalibration(items.toReversed());
  expect(again.slope).toBeCloseTo(fit.slope, 5);
});

test("reliability: nothing graded says nothing; perfect calibration has no error", () => {
  expect(reliabilityOf([])).toBeNull();
  const points = graded(0.7, 7, 3).map(({ stated: confidence, right, weight }) => ({
    confidence,
    right,
    weight,
  }));
  expect(reliabilityOf(points)?.ece).toBeCloseTo(0, 9);
});
