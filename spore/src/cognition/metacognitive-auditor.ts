/**
 * MetacognitiveAuditor: how well a spore knows what it knows, and what it should ask itself. Pure.
 *
 * From graded items only (a stated confidence, and whether the answer turned out right), by topic:
 * Brier score (Brier 1950), expected calibration error over ten equal bins (Guo et al. 2017), and the kind of error.
 * The question it would put to itself is about its weakest topic: a contradiction found there, or an answer it lacks.
 */
export interface Graded {
  readonly topic: string;
  /** 0 to 1, as it was stated. */
  readonly confidence: number;
  readonly correct: boolean;
}

export type ErrorMode = "sound" | "overconfident" | "underconfident" | "unreliable";

export interface Calibration {
  readonly topic: string;
  readonly items: number;
  readonly accuracy: number;
  readonly confidence: number;
  readonly brier: number;
  readonly ece: number;
  readonly mode: ErrorMode;
}

/** A possible question to oneself, with what it rests on. */
export interface Doubt {
  readonly topic: string;
  readonly question: string;
  readonly sources: readonly string[];
}

const BINS = 10;
/** Fewer graded items say nothing about a topic. */
export const AUDIT_ITEMS_MIN = 5;
/** Confidence this far from accuracy is an error of its own. */
const BIAS_MAX = 0.1;
/** Below it a topic is not mastered, however well it is calibrated. */
const ACCURACY_MIN = 0.6;

export function calibrationOf(topic: string, items: readonly Graded[]): Calibration {
  const n = Math.max(1, items.length);
  const accuracy = items.filter(({ correct }) => correct).length / n;
  const confidence = items.reduce((sum, one) => sum + one.confidence, 0) / n;
  const brier = items.reduce((sum, one) => sum + (one.confidence - Number(one.correct)) ** 2, 0) / n;
  return {
    topic,
    items: items.length,
    accuracy,
    confidence,
    brier,
    ece: expectedCalibrationError(items),
    mode: modeOf(accuracy, confidence),
  };
}

export function expectedCalibrationError(items: readonly Graded[]): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, correct: 0, count: 0 }));
  for (const { confidence, correct } of items) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (bin === undefined) continue;
    bin.confidence += confidence;
    bin.correct += Number(correct);
    bin.count += 1;
  }
  return (
    bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0) / Math.max(1, items.length)
  );
}

function modeOf(accuracy: number, confidence: number): ErrorMode {
  if (confidence - accuracy > BIAS_MAX) return "overconfident";
  if (accuracy - confidence > BIAS_MAX) return "underconfident";
  return accuracy < ACCURACY_MIN ? "unreliable" : "sound";
}

/** Overall first, then by topic, the worst Brier score first; topics with too few items are left out. */
export function audit(items: readonly Graded[]): readonly Calibration[] {
  const byTopic = Map.groupBy(items, ({ topic }) => topic);
  const topics = [...byTopic]
    .filter(([, own]) => own.length >= AUDIT_ITEMS_MIN)
    .map(([topic, own]) => calibrationOf(topic, own))
    .sort((a, b) => b.brier - a.brier);
  return items.length === 0 ? [] : [calibrationOf("all", items), ...topics];
}

/** The doubt to ask about: in the weakest audited topic first, else the first of those given (curiosity ordered them). */
export function chooseDoubt(doubts: readonly Doubt[], report: readonly Calibration[]): Doubt | null {
  const weak = report
    .filter(({ topic, mode }) => topic !== "all" && mode !== "sound")
    .map(({ topic }) => topic);
  for (const topic of weak) {
    const own = doubts.find((doubt) => doubt.topic === topic);
    if (own) return own;
  }
  return doubts[0] ?? null;
}
