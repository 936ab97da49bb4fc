/**
 * A rateless set sketch: what two sets do not share, at a cost that depends only on the difference.
 *
 * Rateless invertible Bloom lookup tables (Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM
 * 2024). An element (the first 8 bytes of an entry id, its *key*) is XORed into symbol 0 and into a pseudo-random
 * series of later ones; symbol i holds any element with probability 1 / (1 + i/2). Subtracting two sketches leaves the
 * sketch of the difference, which is peeled from the symbols that hold one element only. About 1.4 symbols per
 * difference suffice, and the first m symbols are a sketch by themselves.
 *
 * One symbol on the wire, 14 bytes, big endian: XOR of keys (8), XOR of their checks (4), number of keys mod 2^16 (2).
 *
 * The series of an element starts at index 0; from index i the next is i + ceil((i + 1.5)(1/sqrt(u) - 1)) with
 * u = (r + 1)/2^32 and r the next output of xoroshiro64** (Blackman, Vigna 2018) seeded with the key's halves, each
 * through `mix`. Only IEEE 754 basic operations and square roots are used, so every machine computes the same series.
 *
 * XOR can be gamed by whoever chooses ids, so a sketch is only a hint: it may waste a call, it never decides equality.
 *
 * Invariants:
 * 1. A sketch is a function of the set: order does not matter, and removing undoes inserting.
 * 2. `peel` ends after at most 4 × m steps, whatever the other side sent.
 */
import { assert } from "@synapse/shared/assert.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { hexNumber } from "./hex-number.ts";

/** Enough to decode a difference of about 11,000; beyond it the trie or the log is cheaper. 256 KiB in memory. */
export const SKETCH_SYMBOLS_MAX = 16_384;
export const SYMBOL_BYTES = 14;
/** Characters of an id that make its key. */
export const KEY_CHARS = 16;

export interface Decoded {
  /** Keys (16 hex) that only this side has. */
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

export class Sketch {
  readonly length: number;
  private readonly high: Int32Array;
  private readonly low: Int32Array;
  private readonly checks: Int32Array;
  private readonly counts: Int32Array;

  constructor(length: number = SKETCH_SYMBOLS_MAX) {
    assert(length >= 1 && length <= SKETCH_SYMBOLS_MAX, "sketch length out of range");
    this.length = length;
    this.high = new Int32Array(length);
    this.low = new Int32Array(length);
    this.checks = new Int32Array(length);
    this.counts = new Int32Array(length);
  }

  insert(id: EntryId): void {
    this.add(halfOf(id, 0), halfOf(id, 8), 1);
  }

  remove(id: EntryId): void {
    this.add(halfOf(id, 0), halfOf(id, 8), -1);
  }

  /** Symbols `from` to `to` (exclusive) as they travel. */
  encode(from: number, to: number): Uint8Array<ArrayBuffer> {
    assert(from >= 0 && from <= to && to <= this.length, "symbol range out of the sketch");
    const bytes = new Uint8Array((to - from) * SYMBOL_BYTES);
    const view = new DataView(bytes.buffer);
    for (let i = from, at = 0; i < to; i++, at += SYMBOL_BYTES) {
      view.setInt32(at, this.high[i] ?? 0);
      view.setInt32(at + 4, this.low[i] ?? 0);
      view.setInt32(at + 8, this.checks[i] ?? 0);
      view.setUint16(at + 12, (this.counts[i] ?? 0) & 0xffff);
    }
    return bytes;
  }

  /** This sketch's first symbols minus the other side's. Counts are right while both sides differ by < 32,768. */
  minus(theirs: Uint8Array): Sketch {
    const length = Math.floor(theirs.byteLength / SYMBOL_BYTES);
    assert(length >= 1 && length <= this.length, "more symbols than this sketch has");
    const view = new DataView(theirs.buffer, theirs.byteOffset, theirs.byteLength);
    const difference = new Sketch(length);
    for (let i = 0, at = 0; i < length; i++, at += SYMBOL_BYTES) {
      difference.high[i] = (this.high[i] ?? 0) ^ view.getInt32(at);
      difference.low[i] = (this.low[i] ?? 0) ^ view.getInt32(at + 4);
      difference.checks[i] = (this.checks[i] ?? 0) ^ view.getInt32(at + 8);
      difference.counts[i] = (((this.counts[i] ?? 0) - view.getUint16(at + 12)) << 16) >> 16;
    }
    return difference;
  }

  /**
   * How many elements a difference holds, from its counts: with a gap g = mine - theirs, count i has mean g·p and
   * variance d·p(1 - p) for p = 1/(1 + i/2). About ±20 % from 48 symbols.
   */
  estimate(): number {
    const gap = this.counts[0] ?? 0;
    let squares = 0;
    let variance = 0;
    for (let i = 1; i < this.length; i++) {
      const p = 1 / (1 + i / 2);
      squares += ((this.counts[i] ?? 0) - gap * p) ** 2;
      variance += p * (1 - p);
    }
    return Math.max(Math.abs(gap), Math.round(squares / Math.max(variance, 1e-9)));
  }

  /** Takes a difference apart; null where it holds too much for its length. Consumes the sketch. */
  peel(): Decoded | null {
    const mine: string[] = [];
    const theirs: string[] = [];
    const queue: number[] = [];
    for (let i = this.length - 1; i >= 0; i--) if (this.isPure(i)) queue.push(i);
    const steps = 4 * this.length;
    for (let step = 0; step < steps && queue.length > 0; step++) {
      const at = queue.pop() ?? 0;
      if (!this.isPure(at)) continue;
      const [high, low, sign] = [this.high[at] ?? 0, this.low[at] ?? 0, this.counts[at] ?? 0];
      (sign > 0 ? mine : theirs).push(keyHex(high, low));
      this.add(high, low, -sign, queue);
    }
    return this.isZero() ? { mine, theirs } : null;
  }

  snapshot(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.length * 16);
    let at = 0;
    for (const part of [this.high, this.low, this.checks, this.counts]) {
      bytes.set(new Uint8Array(part.buffer), at);
      at += part.byteLength;
    }
    return bytes;
  }

  restore(bytes: Uint8Array): boolean {
    if (bytes.byteLength !== this.length * 16) return false;
    let at = 0;
    for (const part of [this.high, this.low, this.checks, this.counts]) {
      new Uint8Array(part.buffer).set(bytes.subarray(at, at + part.byteLength));
      at += part.byteLength;
    }
    return true;
  }

  private add(high: number, low: number, sign: number, pure?: number[]): void {
    const check = checkOf(high, low);
    let s0 = mix(high ^ 0x243f6a88);
    let s1 = mix(low ^ 0x13198a2e) | 1;
    for (let i = 0; i < this.length; ) {
      this.high[i] = (this.high[i] ?? 0) ^ high;
      this.low[i] = (this.low[i] ?? 0) ^ low;
      this.checks[i] = (this.checks[i] ?? 0) ^ check;
      this.counts[i] = (this.counts[i] ?? 0) + sign;
      if (pure !== undefined && this.isPure(i)) pure.push(i);
      const r = Math.imul(rotate(Math.imul(s0, 0x9e3779bb), 5), 5) >>> 0;
      s1 ^= s0;
      s0 = rotate(s0, 26) ^ s1 ^ (s1 << 9);
      s1 = rotate(s1, 13);
      i += Math.ceil((i + 1.5) * (65_536 / Math.sqrt(r + 1) - 1));
    }
  }

  private isPure(i: number): boolean {
    const count = this.counts[i];
    if (count !== 1 && count !== -1) return false;
    return this.checks[i] === checkOf(this.high[i] ?? 0, this.low[i] ?? 0);
  }

  private isZero(): boolean {
    for (let i = 0; i < this.length; i++) {
      if (this.counts[i] || this.high[i] || this.low[i] || this.checks[i]) return false;
    }
    return true;
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Finaliser of MurmurHash3: every input bit changes every output bit with probability one half. */
function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function checkOf(high: number, low: number): number {
  return mix(mix(high ^ 0x452821e6) ^ low);
}

function halfOf(id: EntryId, at: number): number {
  return hexNumber(id, at, at + 8);
}

function keyHex(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}
