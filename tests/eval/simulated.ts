/**
 * Simulated voices that err like real ones: a probit one-factor model. Every question has a difficulty that all voices
 * feel (so errors come together) and a tempting wrong answer (so errors agree).
 *
 * Both strengths are measured on the recorded answers where there are any, else set to what was measured once (printed
 * with the results). What this arm cannot show: anything that depends on the content of questions.
 */
import { isCorrect } from "./baselines.ts";
import type { Matrix, Question, Recorded } from "./questions.ts";
import { normal } from "./random.ts";

export interface ErrorModel {
  /** Correlation of correctness between two voices (phi). */
  readonly phi: number;
  /** How often two voices that are both wrong say the same. */
  readonly sameError: number;
}

/** Measured on 29 models and 14 topics of MMLU-Pro. */
const MEASURED: ErrorModel = { phi: 0.37, sameError: 0.32 };
const OPTIONS = "ABCDEFGHIJ".split("");

export type Behaviour =
  /** Right with this probability, erring as models do. */
  | { readonly kind: "honest"; readonly accuracy: number }
  /** All of them give the same wrong answer, on this share of the questions; honest at `accuracy` on the others. */
  | { readonly kind: "colluding"; readonly share: number; readonly accuracy: number };

export function errorModelOf(recorded: Recorded | null): ErrorModel {
  if (recorded === null) return MEASURED;
  const { models, questions } = recorded.mmluPro;
  let [phi, phiPairs, same, bothWrong] = [0, 0, 0, 0];
  const right = models.map((_, model) =>
    questions.map(({ answers, truth }) => (isCorrect(answers[model], truth) ? 1 : 0)),
  );
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = right.map(meanOf);
  for (let a = 0; a < models.length; a += 1) {
    for (let b = a + 1; b < models.length; b += 1) {
      let both = 0;
      for (const [index, { answers }] of questions.entries()) {
        const [aRight, bRight] = [right[a]?.[index] ?? 0, right[b]?.[index] ?? 0];
        both += aRight * bRight;
        if (aRight + bRight > 0 || typeof answers[a] !== "string" || typeof answers[b] !== "string") continue;
        bothWrong += 1;
        if (answers[a] === answers[b]) same += 1;
      }
      const [p, q] = [means[a] ?? 0, means[b] ?? 0];
      const spread = Math.sqrt(p * (1 - p) * q * (1 - q));
      // Who is always right, or always wrong, goes together with nobody in particular.
      if (spread === 0) continue;
      phi += (both / questions.length - p * q) / spread;
      phiPairs += 1;
    }
  }
  return phiPairs === 0 || bothWrong === 0 ? MEASURED : { phi: phi / phiPairs, sameError: same / bothWrong };
}

/** A matrix of simulated answers; voice i behaves as behaviours[i] and is called names[i]. */
export function simulate(
  names: readonly string[],
  behaviours: readonly Behaviour[],
  count: number,
  { phi, sameError }: ErrorModel,
  random: () => number,
): Matrix {
  const loading = Math.sin((Math.PI * phi) / 2);
  const others = OPTIONS.length - 1;
  const tempted = Math.sqrt(Math.max(0, (sameError - 1 / others) / (1 - 1 / others)));
  const questions: Question[] = [];
  for (let index = 0; index < count; index += 1) {
    const difficulty = normal(random);
    const truth = OPTIONS[Math.floor(random() * OPTIONS.length)] as string;
    const wrong = OPTIONS.filter((option) => option !== truth);
    const [tempting, plotted] = [
      wrong[Math.floor(random() * others)],
      wrong[Math.floor(random() * others)],
    ] as [string, string];
    const plotOn = random();
    const answers = behaviours.map((behaviour) => {
      if (behaviour.kind === "colluding" && plotOn < behaviour.share) return plotted;
      const skill = probit(behaviour.accuracy);
      const luck = normal(random);
      if (skill + Math.sqrt(loading) * difficulty + Math.sqrt(1 - loading) * luck > 0) return truth;
      return random() < tempted ? tempting : (wrong[Math.floor(random() * others)] as string);
    });
    questions.push({
      id: `s${index}`,
      topic: "simulated",
      truth,
      form: { type: "choice", options: OPTIONS },
      answers,
    });
  }
  return { models: names, questions };
}

/** Inverse of the standard normal distribution (Acklam's rational approximation, error below 1.2e-9 of the value). */
export function probit(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (coefficients: readonly number[], x: number): number =>
    coefficients.reduce((sum, k) => sum * x + k, 0);
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.97575) return -probit(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(c, q) / (horner(d, q) * q + 1);
  }
  const q = p - 0.5;
  return (horner(a, q * q) * q) / (horner(b, q * q) * q * q + 1);
}
