/**
 * How the confidence of answers is to be read, learnt from graded answers: Platt's scaling (1999) of the log-odds,
 *
 *   p = σ(slope · logit(stated) + shift)
 *
 * with a normal prior at slope 1 and shift 0, so that with few graded answers a confidence stays as it was stated.
 *
 * 1. Deterministic, and the same for the items in any order.
 * 2. slope ≥ 0: more stated confidence never means less.
 */
import { type Calibration, rounded, UNCALIBRATED } from "@synapse/shared/rule/panel.ts";

export interface GradedConfidence {
  /** As it followed from what the supporters stated, 0 to 1. */
  readonly stated: number;
  readonly right: boolean;
  /** 0 to 1: trust in whoever graded. */
  readonly weight: number;
}

/** Strength of the prior: about this many graded answers move the reading half of the way. */
const PRIOR_ITEMS = 12;
const CLAMP = 0.005;
const NEWTON_STEPS_MAX = 25;
const SETTLED = 1e-9;
/** Below this nothing is learnt: one lucky answer must not change how all are read. */
const ITEMS_MIN = 5;
/** Reliability diagrams of so few answers have no finer bins. */
const BINS = 5;

export function fitCalibration(graded: readonly GradedConfidence[]): Calibration {
  const items = graded.reduce((sum, { weight }) => sum + weight, 0);
  if (items < ITEMS_MIN) return { ...UNCALIBRATED, items: rounded(items) };
  const points = graded.map(({ stated, right, weight }) => ({ x: logit(stated), y: right ? 1 : 0, weight }));
  // Prior precision: a logistic item carries at most a quarter unit of information.
  const ridge = PRIOR_ITEMS / 4;
  let [slope, shift] = [1, 0];
  for (let step = 0; step < NEWTON_STEPS_MAX; step += 1) {
    let [gs, gb, hss, hsb, hbb] = [ridge * (slope - 1), ridge * shift, ridge, 0, ridge];
    for (const { x, y, weight } of points) {
      const p = 1 / (1 + Math.exp(-(slope * x + shift)));
      const [error, curve] = [weight * (p - y), weight * p * (1 - p)];
      gs += error * x;
      gb += error;
      hss += curve * x * x;
      hsb += curve * x;
      hbb += curve;
    }
    const determinant = hss * hbb - hsb * hsb;
    const [ds, db] = [(hbb * gs - hsb * gb) / determinant, (hss * gb - hsb * gs) / determinant];
    // Half steps where a whole one would leave the region in which the curve is known.
    const factor = Math.min(1, 1 / Math.max(Math.abs(ds), Math.abs(db), 1e-12));
    slope = Math.max(0, slope - factor * ds);
    shift -= factor * db;
    if (Math.abs(ds) + Math.abs(db) < SETTLED) break;
  }
  return { slope: rounded(slope), shift: rounded(shift), items: rounded(items) };
}

/** Expected calibration error over equal bins, and the Brier score; null with nothing graded. */
export function reliabilityOf(
  points: readonly { readonly confidence: number; readonly right: boolean; readonly weight: number }[],
): { readonly ece: number; readonly brier: number } | null {
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  const bins = Array.from({ length: BINS }, () => ({ stated: 0, right: 0 }));
  let brier = 0;
  for (const { confidence, right, weight } of points) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (bin === undefined) continue;
    bin.stated += weight * confidence;
    bin.right += weight * Number(right);
    brier += weight * (confidence - Number(right)) ** 2;
  }
  const ece = bins.reduce((sum, { stated, right }) => sum + Math.abs(stated - right), 0) / total;
  return { ece, brier: brier / total };
}

function logit(p: number): number {
  const clamped = Math.min(1 - CLAMP, Math.max(CLAMP, p));
  return Math.log(clamped / (1 - clamped));
}
