/**
 * Message bodies: CBOR in and out, with every limit checked before the memory it guards is taken.
 *
 * Invariants:
 * 1. Decompression stops at the cap; a bomb costs the cap, not its size, whichever coding it is of.
 * 2. Nesting is bounded while reading tokens, so no input can exhaust the stack.
 * 3. What decodes has been checked against the schema of its kind; anything else is a `BodyError`, never a throw.
 */
import { constants, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { type DecodeOptions, decode, Tokenizer } from "cborg";
import type { z } from "zod";
import { writeCbor } from "./cbor-writer.ts";

export interface BodyError {
  readonly kind: "malformed" | "too_large";
  readonly message: string;
}

/** Deeper than any message: a card's certificate inside a list inside the message is 4. */
const DEPTH_MAX = 8;
/** Smaller bodies rarely shrink, and a symbol or an id does not compress at all. */
const COMPRESS_BYTES_MIN = 1_024;
/** Speed over size: level 1 takes half the time of 6 and loses a tenth; zstd's first is quicker than gzip's and smaller. */
const COMPRESS_LEVEL = 1;

/** A frame may ask its reader for a window of 128 MiB; no body needs more than the 2 MiB that hold all of it. */
const WINDOW_LOG_MAX = { [constants.ZSTD_d_windowLogMax]: 21 };

const DECODE_OPTIONS: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};

/** Every spore reads gzip. zstd (RFC 8878) is for whoever has named it in `accept-encoding`. */
export type Coding = "gzip" | "zstd";

export interface EncodedBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly encoding: Coding | null;
}

/**
 * @param compressible false for bodies of hashes, which only grow
 * @param coding what the reader is known to read
 */
export function encodeBody(message: object, compressible: boolean, coding: Coding = "gzip"): EncodedBody {
  const plain = writeCbor(message);
  if (!compressible || plain.byteLength < COMPRESS_BYTES_MIN)
    return { bytes: new Uint8Array(plain), encoding: null };
  const packed =
    coding === "zstd"
      ? Bun.zstdCompressSync(plain, { level: COMPRESS_LEVEL })
      : gzipSync(plain, { level: COMPRESS_LEVEL });
  return { bytes: new Uint8Array(packed), encoding: coding };
}

export function decodeBody<S extends z.ZodType>(
  bytes: Uint8Array,
  encoding: string | null,
  bytesMax: number,
  schema: S,
): Result<z.infer<S>, BodyError> {
  if (bytes.byteLength > bytesMax) return err(tooLarge(bytesMax));
  const plain = unpack(bytes, encoding, bytesMax);
  if (!plain.ok) return plain;
  let value: unknown;
  try {
    value = decode(plain.value, {
      ...DECODE_OPTIONS,
      tokenizer: new BoundedTokenizer(plain.value, DECODE_OPTIONS),
    });
  } catch (cause) {
    return err({ kind: "malformed", message: `not valid CBOR: ${messageOf(cause)}` });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err({
    kind: "malformed",
    message: `${issue?.path.join(".") || "message"}: ${issue?.message ?? "invalid"}`,
  });
}

/** The best coding that an `accept-encoding` header (RFC 9110) names; gzip where it names none of ours. */
export function acceptedCoding(header: string | null): Coding {
  const accepted = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((one) => one.replace(/\s/g, ""));
  return accepted.some((one) => /^zstd(?:;q=(?!0(?:\.0*)?$).+)?$/.test(one)) ? "zstd" : "gzip";
}

/** Reads a body to its end, or stops as soon as it is longer than the cap. */
export async function readCapped(
  stream: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<Result<Uint8Array<ArrayBuffer>, BodyError>> {
  if (stream === null) return ok(new Uint8Array(0));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > bytesMax) {
      await reader.cancel();
      return err(tooLarge(bytesMax));
    }
    chunks.push(value);
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return ok(joined);
}

/** A body's bytes before they were packed. */
export function unpack(
  bytes: Uint8Array,
  encoding: string | null,
  bytesMax: number,
): Result<Uint8Array, BodyError> {
  if (encoding === null || encoding === "identity") return ok(bytes);
  if (encoding !== "gzip" && encoding !== "zstd")
    return err({ kind: "malformed", message: `content-encoding ${encoding} is not spoken here` });
  try {
    // Both inflate piece by piece and stop once the output passes the limit.
    if (encoding === "gzip") return ok(gunzipSync(bytes, { maxOutputLength: bytesMax }));
    return ok(zstdDecompressSync(bytes, { maxOutputLength: bytesMax, params: WINDOW_LOG_MAX }));
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    return code === "ERR_BUFFER_TOO_LARGE"
      ? err(tooLarge(bytesMax))
      : err({ kind: "malformed", message: `not valid ${encoding}` });
  }
}

function tooLarge(bytesMax: number): BodyError {
  return { kind: "too_large", message: `body exceeds ${bytesMax} bytes` };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

class BoundedTokenizer extends Tokenizer {
  /** Items still open at each level. */
  private readonly open: number[] = [];

  override next() {
    const token = super.next();
    const { name } = token.type;
    if (name === "tag" || name === "float") throw new Error(`${name}s are not used`);
    if (name === "array" || name === "map") {
      const length = Number(token.value);
      if (length > this.data.length) throw new Error("length beyond the message");
      if (this.open.length >= DEPTH_MAX) throw new Error("nested too deeply");
      if (length > 0) {
        this.open.push(name === "map" ? length * 2 : length);
        return token;
      }
    }
    while (this.open.length > 0) {
      const left = (this.open.pop() ?? 0) - 1;
      if (left > 0) {
        this.open.push(left);
        break;
      }
    }
    return token;
  }
}
