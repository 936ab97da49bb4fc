/**
 * The forward row: everything that exact scoring needs to know of one entry, in about 5 bytes a distinct term.
 *
 *   terms    n × uint32, little endian, ascending        which terms
 *   counts   n × uint8, in half occurrences, capped      how often; the half is what a date counts (document.ts)
 *
 * The blob is read back from a file that anything may have happened to, so decoding checks what scoring relies on.
 */

export interface ForwardRow {
  /** Ascending, distinct. */
  readonly terms: Uint32Array;
  /** Occurrences of each term, times COUNT_SCALE. */
  readonly counts: Uint8Array;
  /** Occurrences of all terms together. */
  readonly length: number;
}

export const COUNT_SCALE = 2;
const BYTES_PER_TERM = 5;

export function toForwardRow(weights: ReadonlyMap<number, number>): ForwardRow {
  const terms = Uint32Array.from(weights.keys()).sort();
  const counts = new Uint8Array(terms.length);
  let length = 0;
  for (const [at, term] of terms.entries()) {
    const weight = weights.get(term) ?? 0;
    counts[at] = Math.min(255, Math.round(weight * COUNT_SCALE));
    length += weight;
  }
  return { terms, counts, length };
}

export function encodeForwardRow(row: ForwardRow): Uint8Array {
  const bytes = new Uint8Array(row.terms.length * BYTES_PER_TERM);
  bytes.set(new Uint8Array(row.terms.buffer, row.terms.byteOffset, row.terms.byteLength));
  bytes.set(row.counts, row.terms.byteLength);
  return bytes;
}

/** @returns null when the bytes are not a forward row. */
export function decodeForwardRow(bytes: Uint8Array, length: number): ForwardRow | null {
  const count = bytes.length / BYTES_PER_TERM;
  if (!Number.isInteger(count) || !(length >= 0)) return null;
  const own = bytes.slice();
  const terms = new Uint32Array(own.buffer, 0, count);
  for (let at = 1; at < count; at++) {
    if ((terms[at - 1] ?? 0) >= (terms[at] ?? 0)) return null;
  }
  return { terms, counts: new Uint8Array(own.buffer, count * 4), length };
}

/** Occurrences of a term in the row. */
export function countOf(row: ForwardRow, term: number): number {
  let low = 0;
  let high = row.terms.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = row.terms[middle] ?? 0;
    if (found === term) return (row.counts[middle] ?? 0) / COUNT_SCALE;
    if (found < term) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/** The terms that occur in the text itself, not only in what is said about it (its date, its source). */
export function mainTerms(row: ForwardRow): Uint32Array {
  return row.terms.filter((_, at) => (row.counts[at] ?? 0) >= COUNT_SCALE);
}

/** Share of the terms of both that both have, 0 to 1 (Jaccard); the terms ascending and distinct. Two empty texts share nothing. */
export function overlapOf(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) shared += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 0 : shared / all;
}
