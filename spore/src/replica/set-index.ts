/**
 * What a spore knows about one replicated set without touching the database: a Merkle trie that decides equality and
 * a sketch that finds the difference. One index per scope, the same for every peer.
 *
 * Both are derived from the append-only log. An insert costs no SQL; a checkpoint (`snapshot`) lets a restart go on
 * from there by inserting only the ids that were committed after it.
 *
 * Invariants:
 * 1. `root` is a function of the set alone: equal roots, equal sets.
 * 2. `insert` is called once for each id, after its commit. The index does not remember ids, so it cannot tell.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
import { CACHE_NIBBLES, type IdScan, MerkleIndex, type TrieNode } from "./merkle-index.ts";
import { SKETCH_SYMBOLS_MAX, Sketch } from "./sketch.ts";

export interface SetIndexShape {
  /** Levels of the trie kept in memory, 1 to 4. Small sets need no more than 2. */
  readonly cacheNibbles: number;
  readonly symbols: number;
}

const DEFAULT_SHAPE: SetIndexShape = { cacheNibbles: CACHE_NIBBLES, symbols: SKETCH_SYMBOLS_MAX };
/** "SYIX", format 1, then the shape: a snapshot of another shape is refused, not misread. */
const MAGIC = 0x53594958;
const FORMAT = 1;
const HEADER_BYTES = 16;

export class SetIndex {
  readonly sketch: Sketch;
  private readonly trie: MerkleIndex;
  private readonly shape: SetIndexShape;

  /** @param scan reads ids by prefix from wherever the set is kept, committed rows only. */
  constructor(scan: IdScan, shape: SetIndexShape = DEFAULT_SHAPE) {
    this.shape = shape;
    this.trie = new MerkleIndex(scan, shape.cacheNibbles);
    this.sketch = new Sketch(shape.symbols);
  }

  get count(): number {
    return this.trie.count;
  }

  insert(id: EntryId): void {
    this.trie.insert(id);
    this.sketch.insert(id);
  }

  /** For sets whose members are replaced (peer cards, displaced forks, pardoned refusals). */
  remove(id: EntryId): void {
    this.trie.remove(id);
    this.sketch.remove(id);
  }

  /** 64 lowercase hex; all zeros for the empty set. */
  async root(): Promise<string> {
    return Buffer.from(await this.trie.root()).toString("hex");
  }

  node(prefix: string): Promise<TrieNode> {
    return this.trie.node(prefix);
  }

  children(prefix: string): Promise<readonly TrieNode[]> {
    return this.trie.children(prefix);
  }

  /** Re-reads some buckets to find silent corruption; @returns how many were healed. */
  scrub(buckets: number): Promise<number> {
    return this.trie.scrub(buckets);
  }

  /**
   * The index as bytes, and the sequence number up to which ids were inserted, both of one moment: when
   * no rehashing is under way. Nothing is rehashed for it: what is dirty stays dirty.
   */
  snapshot(remembered: () => number): Promise<{ seq: number; bytes: Uint8Array<ArrayBuffer> }> {
    return this.trie.atRest(() => ({ seq: remembered(), bytes: this.toBytes() }));
  }

  private toBytes(): Uint8Array<ArrayBuffer> {
    const trie = this.trie.snapshot();
    const sketch = this.sketch.snapshot();
    const bytes = new Uint8Array(HEADER_BYTES + trie.byteLength + sketch.byteLength);
    const view = new DataView(bytes.buffer);
    [MAGIC, FORMAT, this.shape.cacheNibbles, this.shape.symbols].forEach((word, i) => {
      view.setUint32(i * 4, word);
    });
    bytes.set(trie, HEADER_BYTES);
    bytes.set(sketch, HEADER_BYTES + trie.byteLength);
    return bytes;
  }

  /**
   * Whether they are the bytes that were written is for whoever keeps them to know (checkpoints.ts).
   * @returns false where they are of another format or shape: the caller then rebuilds from the entries.
   */
  restore(bytes: Uint8Array): boolean {
    if (bytes.byteLength < HEADER_BYTES) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = [MAGIC, FORMAT, this.shape.cacheNibbles, this.shape.symbols];
    if (header.some((word, i) => view.getUint32(i * 4) !== word)) return false;
    const sketchAt = bytes.byteLength - this.shape.symbols * 16;
    return (
      sketchAt > HEADER_BYTES &&
      this.trie.restore(bytes.subarray(HEADER_BYTES, sketchAt)) &&
      this.sketch.restore(bytes.subarray(sketchAt))
    );
  }
}
