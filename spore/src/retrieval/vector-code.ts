/**
 * A sentence vector as the index keeps it: its direction in bytes, and the signs of its components as a signature. Pure.
 *
 * code       int8[d]     component / longest component · 127; cosines of codes differ from the true ones by under .01
 * signature  u32[d / 32] bit j is set where component j is positive; the share of equal bits grows with the cosine
 *            (Charikar 2002), which is enough to choose whom to compare exactly
 */

export type VectorCode = Int8Array;

const INT8_MAX = 127;

export function toCode(vector: readonly number[]): VectorCode {
  const scale = INT8_MAX / Math.max(...vector.map(Math.abs));
  return Int8Array.from(vector, (component) => Math.round(component * scale));
}

export function signatureWords(dimensions: number): number {
  return Math.ceil(dimensions / 32);
}

export function toSignature(code: ArrayLike<number>): Uint32Array {
  const signature = new Uint32Array(signatureWords(code.length));
  for (let j = 0; j < code.length; j++) {
    if ((code[j] ?? 0) > 0) signature[j >> 5] = (signature[j >> 5] ?? 0) | (1 << (j & 31));
  }
  return signature;
}

/** In how many bits two signatures differ; `at` is where the second starts in `words`. */
export function differingBits(signature: Uint32Array, words: Uint32Array, at: number): number {
  let bits = 0;
  for (let i = 0; i < signature.length; i++) {
    let x = ((signature[i] ?? 0) ^ (words[at + i] ?? 0)) >>> 0;
    x -= (x >>> 1) & 0x5555_5555;
    x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
    bits += (((x + (x >>> 4)) & 0x0f0f_0f0f) * 0x0101_0101) >>> 24;
  }
  return bits;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0);
  return sum;
}

export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const norms = Math.sqrt(dot(a, a) * dot(b, b));
  return norms === 0 ? 0 : dot(a, b) / norms;
}

/** The mean direction of some codes, as one. */
export function centroidOf(codes: readonly VectorCode[]): VectorCode {
  const sum = new Array<number>(codes[0]?.length ?? 0).fill(0);
  for (const code of codes) {
    const length = Math.sqrt(dot(code, code)) || 1;
    for (const [j, value] of code.entries()) sum[j] = (sum[j] ?? 0) + value / length;
  }
  return sum.every((value) => value === 0) ? (codes[0] ?? new Int8Array(0)) : toCode(sum);
}

/** Rounds of 2-means: enough for halves that hold together; more would not be noticed. */
const SPLIT_ROUNDS = 4;

/**
 * Two groups of codes that point apart (2-means from the pair of the first and what is least like it).
 *
 * @returns for each code 0 or 1; both occur where there are two codes or more.
 */
export function splitInTwo(codes: readonly VectorCode[]): Uint8Array {
  const first = codes[0] ?? new Int8Array(0);
  const farthest = codes.reduce(
    (far, code) => (cosineOf(first, code) < cosineOf(first, far) ? code : far),
    first,
  );
  let [a, b] = [first, farthest];
  const groups = new Uint8Array(codes.length);
  for (let round = 0; round < SPLIT_ROUNDS; round++) {
    for (const [at, code] of codes.entries()) groups[at] = cosineOf(b, code) > cosineOf(a, code) ? 1 : 0;
    const members = (group: number) => codes.filter((_, at) => groups[at] === group);
    if (members(0).length === 0 || members(1).length === 0) break;
    [a, b] = [centroidOf(members(0)), centroidOf(members(1))];
  }
  const ones = groups.reduce((sum, group) => sum + group, 0);
  // Copies of one text cannot be told apart; they are halved all the same, or the cell would grow for ever.
  if (ones === 0 || ones === codes.length) for (const at of groups.keys()) groups[at] = at % 2;
  return groups;
}
