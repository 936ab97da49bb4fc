/** The logarithm of the gamma function and its derivative, which the divergence of two Dirichlet laws is made of. Pure. */

/** Lanczos' approximation with g = 7 and nine terms (Press et al., Numerical Recipes); relative error below 1e-13. */
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];

/** @param x above 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  const series = LANCZOS.reduce((sum, term, at) => sum + (at === 0 ? term : term / (shifted + at)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/** ψ(x), by recurrence up to 6 and the asymptotic series above it (Abramowitz & Stegun 6.3.18). @param x above 0. */
export function digamma(x: number): number {
  let value = x;
  let result = 0;
  while (value < 6) {
    result -= 1 / value;
    value += 1;
  }
  const inverse = 1 / (value * value);
  return (
    result +
    Math.log(value) -
    0.5 / value -
    inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse / 240)))
  );
}
