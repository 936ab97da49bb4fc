/**
 * What one spore believed about the voices of a panel when it weighed them, as a synthesis records it. The live spore
 * and the offline verifier feed the rule from this record alone, so both must come to the same weights.
 *
 * The beliefs themselves (how far each author is trusted, which pairs err together) are the synthesiser's own view: a
 * receipt shows them with the evidence they rest on, it cannot prove that they are the right conclusion from it.
 *
 * 1. A panel about which nothing was learnt is FRESH_PANEL: every author weighs 1, copies are told by stated model.
 * 2. Everything is rounded when it is recorded, before it is used: a number read back is the number that counted.
 */
import { modelCorrelation, type StatedSource } from "./model-correlation.ts";
import { RULE_OPTIONS } from "./options.ts";

/** Slope and shift on the log-odds scale; slope 1 and shift 0 leave a confidence as it was stated. */
export interface Calibration {
  readonly slope: number;
  readonly shift: number;
  /** Graded answers behind it. */
  readonly items: number;
}

export interface PanelRecord {
  /** Author → trust in it on this task's topic, log-odds scale. Absent: 1. */
  readonly trust: ReadonlyMap<string, number>;
  /** Pairs whose graded errors say something else than their stated models. */
  readonly pairs: readonly { readonly a: string; readonly b: string; readonly errors: number }[];
  /** How far weights are still damped for errors that all models share: 1 with nothing graded. */
  readonly damping: number;
  readonly interference: boolean;
  readonly calibration: Calibration;
  /** Author → ids of the newest evidence behind the trust in it. No part of the rule: what a receipt names. */
  readonly grounds: ReadonlyMap<string, readonly string[]>;
}

export const UNCALIBRATED: Calibration = { slope: 1, shift: 0, items: 0 };

export const FRESH_PANEL: PanelRecord = {
  trust: new Map(),
  pairs: [],
  damping: 1,
  interference: RULE_OPTIONS.interference,
  calibration: UNCALIBRATED,
  grounds: new Map(),
};

/** What is recorded keeps this many decimals. */
const DECIMALS = 1e6;
/** Certainty has no log-odds. */
const CONFIDENCE_MIN = 0.005;

export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}

/** Error correlation of two authors: what grades taught, else what their stated sources suggest. */
export function panelCorrelation(
  sources: readonly StatedSource[],
  { pairs }: Pick<PanelRecord, "pairs">,
): (a: string, b: string) => number {
  const stated = modelCorrelation(sources);
  const learnt = new Map(
    pairs.flatMap(({ a, b, errors }) => [[`${a} ${b}`, errors] as const, [`${b} ${a}`, errors] as const]),
  );
  return (a, b) => learnt.get(`${a} ${b}`) ?? stated(a, b);
}

/** The stated confidence behind a calibrated one; what a slope of 0 has flattened cannot be brought back. */
export function uncalibrated(confidence: number, { slope, shift }: Calibration): number {
  if (slope === 0 || (slope === 1 && shift === 0)) return confidence;
  const clamped = Math.min(1 - CONFIDENCE_MIN, Math.max(CONFIDENCE_MIN, confidence));
  return 1 / (1 + Math.exp(-(Math.log(clamped / (1 - clamped)) - shift) / slope));
}

/** A stated confidence as the graded answers say it should be read. */
export function calibrated(confidence: number, { slope, shift }: Calibration): number {
  if (slope === 1 && shift === 0) return confidence;
  const clamped = Math.min(1 - CONFIDENCE_MIN, Math.max(CONFIDENCE_MIN, confidence));
  return 1 / (1 + Math.exp(-(slope * Math.log(clamped / (1 - clamped)) + shift)));
}
