/**
 * Writes a real GGUF file of half a megabyte: a two-layer Llama with random weights and a byte vocabulary.
 *
 * It says nothing sensible, but llama.cpp loads it and generates from it, so everything around a model can be tested.
 * Format: the GGUF specification of ggml, version 3.
 */
import { writeFileSync } from "node:fs";

const ALIGNMENT = 32;
const F32 = 0;
const TYPE = { u32: 4, f32: 6, bool: 7, string: 8, array: 9, i32: 5 } as const;
const SHAPE = { dim: 64, feedForward: 128, layers: 2, heads: 4 };

/** @param contextTokens the context it claims to be trained for */
export function writeTinyGguf(path: string, contextTokens = 2_048): void {
  const vocabulary = tinyVocabulary();
  const tensors = tinyTensors(vocabulary.length);
  const metadata = [
    text("general.architecture", "llama"),
    text("general.name", "tiny-random"),
    u32("general.alignment", ALIGNMENT),
    u32("llama.context_length", contextTokens),
    u32("llama.embedding_length", SHAPE.dim),
    u32("llama.block_count", SHAPE.layers),
    u32("llama.feed_forward_length", SHAPE.feedForward),
    u32("llama.attention.head_count", SHAPE.heads),
    u32("llama.attention.head_count_kv", SHAPE.heads),
    u32("llama.rope.dimension_count", SHAPE.dim / SHAPE.heads),
    u32("llama.vocab_size", vocabulary.length),
    entry("llama.attention.layer_norm_rms_epsilon", TYPE.f32, float32(1e-5)),
    text("tokenizer.ggml.model", "llama"),
    list(
      "tokenizer.ggml.tokens",
      TYPE.string,
      vocabulary.map(({ piece }) => string(piece)),
    ),
    list(
      "tokenizer.ggml.scores",
      TYPE.f32,
      vocabulary.map(({ score }) => float32(score)),
    ),
    list(
      "tokenizer.ggml.token_type",
      TYPE.i32,
      vocabulary.map(({ kind }) => uint32(kind)),
    ),
    u32("tokenizer.ggml.bos_token_id", 1),
    u32("tokenizer.ggml.eos_token_id", 2),
    u32("tokenizer.ggml.unknown_token_id", 0),
    entry("tokenizer.ggml.add_bos_token", TYPE.bool, Buffer.from([1])),
    text(
      "tokenizer.chat_template",
      "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\\n' }}{% endfor %}assistant: ",
    ),
  ];
  let offset = 0;
  const infos = tensors.map(({ name, shape, data }) => {
    const info = Buffer.concat([
      string(name),
      uint32(shape.length),
      ...shape.map(uint64),
      uint32(F32),
      uint64(offset),
    ]);
    offset += aligned(data.byteLength);
    return info;
  });
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    uint32(3),
    uint64(tensors.length),
    uint64(metadata.length),
    ...metadata,
    ...infos,
  ]);
  writeFileSync(path, Buffer.concat([padded(head), ...tensors.map(({ data }) => padded(data))]));
}

interface Piece {
  readonly piece: string;
  readonly score: number;
  /** 1 normal, 2 unknown, 3 control, 6 a byte. */
  readonly kind: number;
}

function tinyVocabulary(): readonly Piece[] {
  const special: Piece[] = [
    { piece: "<unk>", score: 0, kind: 2 },
    { piece: "<s>", score: 0, kind: 3 },
    { piece: "</s>", score: 0, kind: 3 },
  ];
  const bytes = Array.from({ length: 256 }, (_, byte) => ({
    piece: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
    score: 0,
    kind: 6,
  }));
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const words = ["\u2581", ...printable, "\u2581the", "\u2581a", "ing", "er"];
  return [...special, ...bytes, ...words.map((piece, i) => ({ piece, score: -i, kind: 1 }))];
}

function tinyTensors(vocabularySize: number) {
  const { dim, feedForward, layers } = SHAPE;
  // Any weights will do; the same ones every time make a failure repeatable.
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.17;
  };
  const weights = (name: string, ...shape: number[]) => ({
    name: `${name}.weight`,
    shape,
    data: Buffer.from(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random).buffer),
  });
  const norm = (name: string) => ({
    name: `${name}.weight`,
    shape: [dim],
    data: Buffer.from(new Float32Array(dim).fill(1).buffer),
  });
  const blocks = Array.from({ length: layers }, (_, i) => `blk.${i}`).flatMap((block) => [
    norm(`${block}.attn_norm`),
    ...["q", "k", "v", "output"].map((part) => weights(`${block}.attn_${part}`, dim, dim)),
    norm(`${block}.ffn_norm`),
    weights(`${block}.ffn_gate`, dim, feedForward),
    weights(`${block}.ffn_up`, dim, feedForward),
    weights(`${block}.ffn_down`, feedForward, dim),
  ]);
  return [
    weights("token_embd", dim, vocabularySize),
    ...blocks,
    norm("output_norm"),
    weights("output", dim, vocabularySize),
  ];
}

function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([string(key), uint32(type), value]);
}
const text = (key: string, value: string) => entry(key, TYPE.string, string(value));
const u32 = (key: string, value: number) => entry(key, TYPE.u32, uint32(value));
function list(key: string, type: number, items: readonly Buffer[]): Buffer {
  return entry(key, TYPE.array, Buffer.concat([uint32(type), uint64(items.length), ...items]));
}
function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
const aligned = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
