/**
 * A Merkle trie over entry ids: equal roots prove equal sets.
 *
 * The trie is canonical, a function of the set alone. A node stands for all ids with one hexadecimal prefix:
 *
 *   empty            digest = 32 zero bytes
 *   at most 32 ids   digest = SHA-256(0x00 ‖ the ids, 32 bytes each, ascending)
 *   more             digest = SHA-256(0x01 ‖ the digests of its 16 children in order)
 *
 * so two spores agree on every node without agreeing on anything else, and forging a root costs 2^128 work. (Sums and
 * XORs of ids, the cheaper fingerprints in use, are forged within a day or within milliseconds.)
 *
 * Only digests and counts of the upper levels are kept; ids stay in the database and are read by prefix when a node
 * must be rehashed. Memory is therefore constant: 2.4 MB with 65,536 buckets, whatever the set holds.
 *
 * Invariants:
 * 1. `insert` touches counters and flags only: no hashing, no reading.
 * 2. A flag is cleared before the ids below it are read, so an insert during the read is never lost; and set again
 *    where that read fails, here and above: else what was inserted would never be hashed.
 * 3. A node without a flag has no flag below it, down to its leaves; below a leaf neither flags nor digests say anything.
 * 4. Where leaf and cache levels lie is a local matter: the digests do not depend on `cacheNibbles`.
 */
import { createHash } from "node:crypto";
import { assert } from "@synapse/shared/assert.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { hexNumber } from "./hex-number.ts";
import { createTurns } from "./turns.ts";

/** Ids in the set whose hex form starts with the prefix, ascending. */
export type IdScan = (prefixHex: string) => Promise<readonly EntryId[]>;

export interface TrieNode {
  readonly digest: Uint8Array;
  readonly count: number;
}

/** A node of up to this many ids is a leaf: its ids in full (1 KiB) are cheaper to send than another level. */
export const LEAF_IDS_MAX = 32;
/** 16^4 = 65,536 buckets of 15 ids each at a million entries: one short range scan per changed bucket. */
export const CACHE_NIBBLES = 4;
/** One range scan costs about as much as reading this many more rows, so many small scans become one large one. */
const ROWS_PER_SCAN = 15;
const DIGEST_BYTES = 32;
const HEX = "0123456789abcdef";

interface Level {
  readonly counts: Uint32Array;
  readonly digests: Uint8Array;
  readonly dirty: Uint8Array;
}

export class MerkleIndex {
  readonly cacheNibbles: number;
  private readonly scan: IdScan;
  private readonly levels: readonly Level[];
  /** Refreshes run one after the other: two at once would read and clear the same flags. */
  private readonly inTurn = createTurns();
  private scrubNext = 0;
  private readonly suspects: number[] = [];

  constructor(scan: IdScan, cacheNibbles: number = CACHE_NIBBLES) {
    assert(cacheNibbles >= 1 && cacheNibbles <= CACHE_NIBBLES, "cacheNibbles is 1 to 4");
    this.scan = scan;
    this.cacheNibbles = cacheNibbles;
    this.levels = Array.from({ length: cacheNibbles + 1 }, (_, depth) => {
      const nodes = 16 ** depth;
      return {
        counts: new Uint32Array(nodes),
        digests: new Uint8Array(nodes * DIGEST_BYTES),
        dirty: new Uint8Array(nodes),
      };
    });
  }

  get count(): number {
    return this.level(0).counts[0] ?? 0;
  }

  insert(id: EntryId): void {
    this.touch(this.bucketOf(id), 1);
  }

  /** For sets whose members are replaced, as peer cards are; entries are never removed. */
  remove(id: EntryId): void {
    this.touch(this.bucketOf(id), -1);
  }

  /** 32 bytes. */
  root(): Promise<Uint8Array> {
    return this.inTurn(() => this.digest(0, 0));
  }

  /** The node of a prefix of any length. */
  node(prefix: string): Promise<TrieNode> {
    return this.inTurn(async () => {
      if (prefix.length <= this.cacheNibbles) {
        const at = hexNumber(prefix, 0, prefix.length);
        if (!this.hasLeafAncestor(prefix)) {
          const digest = await this.digest(prefix.length, at);
          return { digest: digest.slice(), count: this.level(prefix.length).counts[at] ?? 0 };
        }
      }
      const ids = await this.scan(prefix);
      return { digest: digestOfIds(ids, prefix.length), count: ids.length };
    });
  }

  /** The 16 children of a prefix, in order. */
  children(prefix: string): Promise<readonly TrieNode[]> {
    return this.inTurn(async () => {
      const depth = prefix.length;
      const at = depth < this.cacheNibbles ? hexNumber(prefix, 0, depth) : 0;
      const cached = depth < this.cacheNibbles && (this.level(depth).counts[at] ?? 0) > LEAF_IDS_MAX;
      if (!cached || this.hasLeafAncestor(prefix)) return childrenOfIds(await this.scan(prefix), depth);
      await this.digest(depth, at);
      const nodes: TrieNode[] = [];
      for (let nibble = 0; nibble < 16; nibble++) {
        const child = at * 16 + nibble;
        const digest = await this.digest(depth + 1, child);
        nodes.push({ digest: digest.slice(), count: this.level(depth + 1).counts[child] ?? 0 });
      }
      return nodes;
    });
  }

  /**
   * Reads the leaves of the next buckets again and compares them and all above with what is cached, to find silent
   * corruption. A count that disagrees twice in a row is corrected; once may be an insert between commit and `insert`.
   * @returns for how many buckets something was healed.
   */
  scrub(buckets: number): Promise<number> {
    return this.inTurn(async () => {
      const leaves = this.level(this.cacheNibbles);
      const again = this.suspects;
      let healed = 0;
      for (let bucket = again[0]; bucket !== undefined; bucket = again[0]) {
        if (await this.heal(bucket, true)) healed++;
        again.shift();
      }
      for (let i = 0; i < Math.min(buckets, leaves.counts.length); i++) {
        if (await this.heal(this.scrubNext, false)) healed++;
        this.scrubNext = (this.scrubNext + 1) % leaves.counts.length;
      }
      return healed;
    });
  }

  /** Runs when no rehashing is under way, so that flags, counts and digests agree with each other. */
  atRest<T>(work: () => T): Promise<T> {
    return this.inTurn(async () => work());
  }

  /** Counts, digests and flags of the buckets; everything above is recomputed from them. Call it at rest. */
  snapshot(): Uint8Array<ArrayBuffer> {
    const { counts, digests, dirty } = this.level(this.cacheNibbles);
    const bytes = new Uint8Array(counts.byteLength + digests.byteLength + dirty.byteLength);
    bytes.set(new Uint8Array(counts.buffer), 0);
    bytes.set(digests, counts.byteLength);
    bytes.set(dirty, counts.byteLength + digests.byteLength);
    return bytes;
  }

  /** @returns false where the bytes are not a snapshot of this shape; the index is then unchanged. */
  restore(bytes: Uint8Array): boolean {
    const leaves = this.level(this.cacheNibbles);
    const { counts, digests, dirty } = leaves;
    if (bytes.byteLength !== counts.byteLength + digests.byteLength + dirty.byteLength) return false;
    new Uint8Array(counts.buffer).set(bytes.subarray(0, counts.byteLength));
    digests.set(bytes.subarray(counts.byteLength, counts.byteLength + digests.byteLength));
    dirty.set(bytes.subarray(counts.byteLength + digests.byteLength));
    for (let depth = this.cacheNibbles - 1; depth >= 0; depth--) {
      const { counts: above, dirty: flags } = this.level(depth);
      const below = this.level(depth + 1).counts;
      for (let i = 0; i < above.length; i++) {
        let sum = 0;
        for (let nibble = 0; nibble < 16; nibble++) sum += below[i * 16 + nibble] ?? 0;
        above[i] = sum;
        flags[i] = 1;
      }
    }
    return true;
  }

  private level(depth: number): Level {
    const level = this.levels[depth];
    assert(level !== undefined, "depth beyond the cached levels");
    return level;
  }

  private bucketOf(id: EntryId): number {
    return hexNumber(id, 0, this.cacheNibbles);
  }

  private touch(bucket: number, by: number): void {
    for (let depth = this.cacheNibbles, at = bucket; depth >= 0; depth--, at >>>= 4) {
      const { counts, dirty } = this.level(depth);
      counts[at] = (counts[at] ?? 0) + by;
      dirty[at] = 1;
    }
  }

  /** Below a leaf the cached nodes are never computed, so they say nothing. */
  private hasLeafAncestor(prefix: string): boolean {
    for (let depth = 0; depth < prefix.length && depth < this.cacheNibbles; depth++) {
      if ((this.level(depth).counts[hexNumber(prefix, 0, depth)] ?? 0) <= LEAF_IDS_MAX) return true;
    }
    return false;
  }

  private stored(depth: number, at: number): Uint8Array {
    return this.level(depth).digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES);
  }

  private async digest(depth: number, at: number): Promise<Uint8Array> {
    const { counts, dirty } = this.level(depth);
    const stored = this.stored(depth, at);
    if (dirty[at] === 0) return stored;
    const count = counts[at] ?? 0;
    dirty[at] = 0;
    try {
      if (count <= LEAF_IDS_MAX || depth === this.cacheNibbles) {
        stored.set(count === 0 ? EMPTY : digestOfIds(await this.scan(prefixOf(depth, at)), depth));
      } else if (this.isCheaperWhole(depth, at)) await this.rehashWhole(depth, at);
      else {
        const children: Uint8Array[] = [];
        for (let nibble = 0; nibble < 16; nibble++)
          children.push(await this.digest(depth + 1, at * 16 + nibble));
        stored.set(innerDigest(children));
      }
      return stored;
    } catch (cause) {
      // Each caller on the way up does the same.
      dirty[at] = 1;
      throw cause;
    }
  }

  private isCheaperWhole(depth: number, at: number): boolean {
    // Two levels above the buckets: a page is at most 256 buckets, so the rows read at once stay few.
    if (depth !== Math.max(0, this.cacheNibbles - 2)) return false;
    const leaves = this.level(this.cacheNibbles);
    const width = 16 ** (this.cacheNibbles - depth);
    let scans = 0;
    for (let i = at * width; i < (at + 1) * width; i++)
      if (leaves.dirty[i] === 1 && leaves.counts[i]) scans++;
    return scans * ROWS_PER_SCAN >= (this.level(depth).counts[at] ?? 0);
  }

  private async rehashWhole(depth: number, at: number): Promise<void> {
    this.flagBelow(depth, at, 0);
    try {
      this.fill(depth, at, await this.scan(prefixOf(depth, at)));
    } catch (cause) {
      this.flagBelow(depth, at, 1);
      throw cause;
    }
  }

  private flagBelow(depth: number, at: number, flag: 0 | 1): void {
    for (let below = depth + 1; below <= this.cacheNibbles; below++) {
      const width = 16 ** (below - depth);
      this.level(below).dirty.fill(flag, at * width, (at + 1) * width);
    }
  }

  private fill(depth: number, at: number, ids: readonly EntryId[]): Uint8Array {
    const stored = this.stored(depth, at);
    if (ids.length <= LEAF_IDS_MAX || depth === this.cacheNibbles) {
      this.flagBelow(depth, at, 1);
      stored.set(digestOfIds(ids, depth));
      return stored;
    }
    const parts = partition(ids, depth);
    stored.set(innerDigest(parts.map((part, nibble) => this.fill(depth + 1, at * 16 + nibble, part))));
    return stored;
  }

  private async heal(bucket: number, correctCount: boolean): Promise<boolean> {
    const leafDepth = this.leafDepthOf(bucket);
    const ids = await this.scan(prefixOf(leafDepth, this.ancestor(bucket, leafDepth)));
    const { counts } = this.level(this.cacheNibbles);
    const inBucket = ids.filter((id) => this.bucketOf(id) === bucket).length;
    const off = inBucket - (counts[bucket] ?? 0);
    if (off !== 0 && !correctCount) {
      this.suspects.push(bucket);
      return false;
    }
    let healed = off !== 0;
    if (off !== 0) this.touch(bucket, off);
    for (let depth = this.cacheNibbles - 1; depth >= 0; depth--) {
      if (this.addUp(depth, this.ancestor(bucket, depth))) healed = true;
    }
    // Where a count has changed meanwhile, or is wrong in another bucket, the leaf may be a different one by now.
    for (let depth = leafDepth; depth >= 0; depth--) {
      const at = this.ancestor(bucket, depth);
      const sound = depth === leafDepth ? this.isLeafSound(depth, at, ids) : this.isInnerSound(depth, at);
      if (sound) continue;
      this.flagUpwards(depth, at);
      healed = true;
    }
    return healed;
  }

  /** How deep the node is that holds the ids of a bucket in full. */
  private leafDepthOf(bucket: number): number {
    for (let depth = 0; depth < this.cacheNibbles; depth++) {
      if ((this.level(depth).counts[this.ancestor(bucket, depth)] ?? 0) <= LEAF_IDS_MAX) return depth;
    }
    return this.cacheNibbles;
  }

  private ancestor(bucket: number, depth: number): number {
    return bucket >>> (4 * (this.cacheNibbles - depth));
  }

  /** A node counts what its children count. @returns whether it did not: it does now. */
  private addUp(depth: number, at: number): boolean {
    const { counts } = this.level(depth);
    const sum = this.level(depth + 1)
      .counts.subarray(at * 16, at * 16 + 16)
      .reduce((total, count) => total + count, 0);
    if (counts[at] === sum) return false;
    counts[at] = sum;
    this.flagUpwards(depth, at);
    return true;
  }

  /** What is to be hashed anew anyway, and what other ids than those were counted in, is not judged. */
  private isLeafSound(depth: number, at: number, ids: readonly EntryId[]): boolean {
    const { counts, dirty } = this.level(depth);
    if (dirty[at] === 1 || counts[at] !== ids.length) return true;
    return sameBytes(this.stored(depth, at), digestOfIds(ids, depth));
  }

  private isInnerSound(depth: number, at: number): boolean {
    if (this.level(depth).dirty[at] === 1) return true;
    const { dirty, digests } = this.level(depth + 1);
    if (dirty.subarray(at * 16, at * 16 + 16).includes(1)) return false;
    const children = digests.subarray(at * 16 * DIGEST_BYTES, (at * 16 + 16) * DIGEST_BYTES);
    return sameBytes(this.stored(depth, at), innerDigest([children]));
  }

  private flagUpwards(depth: number, at: number): void {
    for (let above = depth, node = at; above >= 0; above--, node >>>= 4) this.level(above).dirty[node] = 1;
  }
}

/** Digest of the trie node that holds exactly these ids (ascending), `depth` nibbles below the root. */
export function digestOfIds(ids: readonly EntryId[], depth: number): Uint8Array {
  if (ids.length === 0) return EMPTY;
  if (ids.length <= LEAF_IDS_MAX) {
    return createHash("sha256")
      .update(LEAF_TAG)
      .update(Buffer.from(ids.join(""), "hex"))
      .digest();
  }
  return innerDigest(partition(ids, depth).map((part) => digestOfIds(part, depth + 1)));
}

function childrenOfIds(ids: readonly EntryId[], depth: number): TrieNode[] {
  return partition(ids, depth).map((part) => ({ digest: digestOfIds(part, depth + 1), count: part.length }));
}

function innerDigest(children: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256").update(INNER_TAG);
  for (const child of children) hash.update(child);
  return hash.digest();
}

function partition(ids: readonly EntryId[], depth: number): EntryId[][] {
  const parts: EntryId[][] = Array.from({ length: 16 }, () => []);
  for (const id of ids) parts[HEX.indexOf(id.charAt(depth))]?.push(id);
  return parts;
}

function prefixOf(depth: number, at: number): string {
  return depth === 0 ? "" : at.toString(16).padStart(depth, "0");
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const EMPTY = new Uint8Array(DIGEST_BYTES);
const LEAF_TAG = new Uint8Array([0]);
const INNER_TAG = new Uint8Array([1]);
