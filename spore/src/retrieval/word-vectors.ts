/**
 * The embedded embedder: what a text is about, as the weighted mean of its words' vectors. No network, no model, 60 µs.
 *
 *   v(text) = Σ_w weight(w) · vector(w), normalised                       (SIF: Arora, Liang & Ma 2017)
 *   weight  = A / (A + p(w)) in a text,  with p(w) ≈ 1 / (11 · rank of w) by Zipf's law: never stale, the same everywhere
 *   weight  = the word's inverse document frequency in a question: what is rare in this memory says what is meant
 *
 * The direction that all texts of a memory share says nothing about any of them; it is taken out when vectors are
 * compared (`similarityOf`), so that what is stored does not depend on what else is stored.
 *
 * File: "SWV1", then little-endian u32 count, u32 dimensions, u32 bytes of the words; the words, the most frequent first,
 * joined by line feeds in UTF-8 and padded to a multiple of four with line feeds; count × f32 scale; count × dimensions × i8.
 * English only: a text of another language has no vector, and is found by its words.
 */
import { readFileSync } from "node:fs";
import { assert } from "@synapse/shared/assert.ts";

const MAGIC = "SWV1";
const HEADER_BYTES = 16;
const INT8_MAX = 127;
/** A of the SIF weight. */
const SIF_A = 0.003;
/** Harmonic number of the vocabulary: turns a rank into a probability. */
const ZIPF_NORM = 11;
/** Texts until their mean is taken for what all texts share; with fewer it is partly what they are about. */
const SHARED_AFTER = 50;

export const DIMENSIONS = 100;
const ASSET = new URL("../../assets/word-vectors-en.bin", import.meta.url);

/** A unit vector, each component times 127. */
export type TextVector = Int8Array;

export interface WordVectors {
  /** @returns null when no word of the text is known. */
  ofText(words: Iterable<string>): TextVector | null;
  /**
   * @param weightOf what a word of the question weighs.
   * @returns the vector, and which share of the weight its known words have; null when none is known.
   */
  ofQuestion(
    words: Iterable<string>,
    weightOf: (word: string) => number,
  ): { readonly vector: TextVector; readonly coverage: number } | null;
}

/** What the texts of some labels have in common: the sum of their vectors, and how many they are. */
export interface SharedDirection {
  readonly sum: Float64Array;
  readonly count: number;
}

let loaded: WordVectors | null = null;

/** The vectors that come with this spore; read at the first use. */
export function embeddedVectors(): WordVectors {
  loaded ??= decodeWordVectors(readFileSync(ASSET));
  return loaded;
}

export function encodeWordVectors(
  words: readonly string[],
  vectors: readonly (readonly number[])[],
): Uint8Array {
  const dimensions = vectors[0]?.length ?? 0;
  const text = new TextEncoder().encode(words.join("\n"));
  const wordBytes = Math.ceil((text.length + 1) / 4) * 4;
  const scalesAt = HEADER_BYTES + wordBytes;
  const codesAt = scalesAt + 4 * words.length;
  const bytes = new Uint8Array(codesAt + words.length * dimensions);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(4, words.length, true);
  view.setUint32(8, dimensions, true);
  view.setUint32(12, wordBytes, true);
  bytes.fill(10, HEADER_BYTES, scalesAt);
  bytes.set(text, HEADER_BYTES);
  for (const [at, vector] of vectors.entries()) {
    const scale = Math.max(...vector.map(Math.abs)) / INT8_MAX || 1;
    view.setFloat32(scalesAt + 4 * at, scale, true);
    for (const [j, value] of vector.entries()) {
      view.setInt8(codesAt + at * dimensions + j, Math.round(value / scale));
    }
  }
  return bytes;
}

export function decodeWordVectors(file: Uint8Array): WordVectors {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  assert(new TextDecoder().decode(bytes.subarray(0, 4)) === MAGIC, "the word vectors are not a SWV1 file");
  const count = view.getUint32(4, true);
  const dimensions = view.getUint32(8, true);
  const scalesAt = HEADER_BYTES + view.getUint32(12, true);
  const words = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, scalesAt)).split("\n", count);
  const ranks = new Map(words.map((word, rank) => [word, rank]));
  const scales = new Float32Array(bytes.buffer, scalesAt, count);
  const codes = new Int8Array(bytes.buffer, scalesAt + 4 * count, count * dimensions);

  function addTo(sum: Float64Array, rank: number, weight: number): void {
    const factor = weight * (scales[rank] ?? 0);
    const from = rank * dimensions;
    for (let j = 0; j < dimensions; j++) sum[j] = (sum[j] ?? 0) + factor * (codes[from + j] ?? 0);
  }

  return {
    ofText(words) {
      const sum = new Float64Array(dimensions);
      for (const word of words) {
        const rank = ranks.get(word);
        if (rank !== undefined) addTo(sum, rank, SIF_A / (SIF_A + 1 / (ZIPF_NORM * (rank + 1))));
      }
      return toUnit(sum);
    },
    ofQuestion(words, weightOf) {
      const sum = new Float64Array(dimensions);
      let [known, all] = [0, 0];
      for (const word of words) {
        const weight = weightOf(word);
        const rank = ranks.get(word);
        all += weight;
        if (rank === undefined) continue;
        known += weight;
        addTo(sum, rank, weight);
      }
      const vector = toUnit(sum);
      return vector === null ? null : { vector, coverage: known / all };
    },
  };
}

function toUnit(sum: Float64Array): TextVector | null {
  const length = Math.hypot(...sum);
  return length === 0 ? null : Int8Array.from(sum, (value) => Math.round((value / length) * INT8_MAX));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0);
  return sum;
}

/**
 * A function that gives the cosine of a text to this question, −1 to 1, once the direction `shared` by all texts is taken
 * out of both; in a memory of few texts only partly.
 */
export function similarityOf(
  question: TextVector,
  { sum, count }: SharedDirection,
): (text: TextVector) => number {
  const length = Math.hypot(...sum);
  const share = count / (count + SHARED_AFTER);
  const taken = length === 0 ? 0 : share * (2 - share);
  const unit = 1 / INT8_MAX;
  const common = (vector: TextVector) => (length === 0 ? 0 : (dot(vector, sum) / length) * unit);
  const questionCommon = common(question);
  const questionNorm = Math.sqrt(Math.max(0, 1 - taken * questionCommon ** 2));
  return (text) => {
    const textCommon = common(text);
    const norm = questionNorm * Math.sqrt(Math.max(0, 1 - taken * textCommon ** 2));
    const cosine = dot(question, text) * unit * unit - taken * questionCommon * textCommon;
    return norm < 1e-6 ? 0 : Math.max(-1, Math.min(1, cosine / norm));
  };
}
