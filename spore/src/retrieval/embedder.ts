/**
 * An embedder beside the embedded one: a sentence model that somebody runs or rents, fused with words and word vectors.
 *
 * Every spore has lexical recall and word vectors (word-vectors.ts) whatever happens here. With an embedder, entries get a
 * second vector in the background, and questions are compared by it as far as that has come. Three adapters stand behind
 * this port: any server with `POST /embeddings`, Hugging Face Inference, and a GGUF file in a process of its own. One
 * acceptance suite holds them all, and as far as it applies the embedded word vectors too (tests/support/embedder-suite.ts).
 *
 * The word vectors are not behind the port on purpose. A question's vector there weighs its words by their rarity in the
 * memory at this moment and takes out the direction that all texts share, both known only inside the index: a vector of
 * the text alone finds less. They are made in the index worker with the entry itself, cost 60 µs, cannot be away, and so
 * need no background, no progress and no failure, which is what the port is about.
 *
 * A text labelled `private` stays on the spore: it goes only to an embedder that is `local`.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";

export interface EmbedError {
  readonly kind: "unavailable" | "refused" | "unusable_reply";
  /** Names no key and quotes no text. */
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

export interface Embedder {
  /** Names the model and how it is asked: vectors of different ids are never compared. */
  readonly id: string;
  /** Texts do not leave this machine. */
  readonly local: boolean;
  /**
   * @param texts 1 to BATCH_MAX, none longer than TEXT_CHARS_MAX.
   * @returns one vector for each text, in their order, all of one length and finite.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Result<readonly number[][], EmbedError>>;
  close?(): Promise<void>;
}

/** Texts in one call: few enough that a slow model answers in seconds. */
export const BATCH_MAX = 32;
/** Sentence models read some 256 to 512 tokens; the rest of a text would be cut off there. */
export const TEXT_CHARS_MAX = 2_000;
/** Far above any model's; a reply of more is not one. */
export const DIMENSIONS_MAX = 8_192;

/** Checks a reply against what was asked. */
export function checkVectors(value: unknown, asked: number): Result<readonly number[][], EmbedError> {
  const unusable = (what: string): Result<never, EmbedError> =>
    err({ kind: "unusable_reply", message: `the embedder's reply has ${what}`, retryable: false });
  if (!Array.isArray(value)) return unusable("no list of vectors");
  if (value.length !== asked) return unusable(`${value.length} vectors for ${asked} texts`);
  const [first] = value;
  const length = Array.isArray(first) ? first.length : 0;
  if (length === 0 || length > DIMENSIONS_MAX) return unusable("no vector of a usable length");
  for (const vector of value) {
    if (!Array.isArray(vector) || vector.length !== length) return unusable("vectors of unequal lengths");
    if (!vector.every((component) => typeof component === "number" && Number.isFinite(component)))
      return unusable("a component that is no number");
    if (vector.every((component) => component === 0)) return unusable("a vector without a direction");
  }
  return ok(value as number[][]);
}
