/**
 * Anti-entropy: two spores compare a set and give each other what the other lacks.
 *
 * The answering half is stateless. It decodes the caller's symbols if the difference is small, sends as many symbols
 * of its own as the estimated difference needs if it is larger, and hands over to the trie where it is larger still or
 * where the sketch contradicts the roots (a hostile id can cancel itself out of a sketch, never out of the trie).
 * The asking half is `reconcile` in reconcile.ts.
 *
 * Invariants:
 * 1. "equal" is said only for equal Merkle roots.
 * 2. One answer costs at most one sketch of SKETCH_SYMBOLS_MAX peeled, or NODES_MAX trie nodes, or ITEMS_MAX items
 *    read; its payload is at most REPLY_PAYLOAD_BYTES_MAX.
 */
import { createHash, hash } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";
import { LEAF_IDS_MAX, sameBytes } from "../replica/merkle-index.ts";
import { KEY_CHARS, type Sketch, SYMBOL_BYTES } from "../replica/sketch.ts";
import type { Collection } from "./collection.ts";
import {
  bytesToHexList,
  hexListToBytes,
  ID_BYTES,
  ITEMS_MAX,
  type Item,
  itemBytes,
  KEY_BYTES,
  type Portable,
  PRINT_BYTES,
  REPLY_PAYLOAD_BYTES_MAX,
  type Reply,
  type Request_,
  toItem,
} from "./wire.ts";

/** Decodes 10 differences with 99 % certainty in one call of 546 bytes, and estimates larger ones within ±20 % mostly. */
export const FIRST_SYMBOLS = 39;
/**
 * An estimate up to so many times beyond the sketch's reach still tries the whole sketch: 229 KB that decode, as they do
 * when the estimate was high, save megabytes of descending.
 */
const HOPE = 2;
/** Symbols per difference that decode almost always from 1,000 differences on (measured: 1.5). */
const SYMBOLS_PER_DIFFERENCE = 1.5;
/** Small differences need relatively more symbols. */
const SYMBOLS_SPARE = 32;

export function symbolsFor(estimate: number): number {
  return Math.ceil(estimate * SYMBOLS_PER_DIFFERENCE) + SYMBOLS_SPARE;
}

export async function answerCompare(
  own: Collection,
  request: Request_<"compare">,
): Promise<Reply<"compare">> {
  const root = Buffer.from(await own.index.root(), "hex");
  if (sameBytes(root, request.root)) return { is: "equal" };
  const { sketch, count: n } = own.index;
  if (request.sym === undefined) {
    return { is: "sketch", sym: sketch.encode(0, Math.min(FIRST_SYMBOLS, sketch.length)), root, n };
  }
  const difference = sketch.minus(request.sym.subarray(0, sketch.length * SYMBOL_BYTES));
  const estimate = difference.estimate();
  const decoded = difference.peel();
  if (decoded === null) {
    if (symbolsFor(estimate) > HOPE * sketch.length) return { is: "split", root, n };
    return { is: "sketch", sym: sketch.encode(0, Math.min(symbolsFor(estimate), sketch.length)), root, n };
  }
  if (decoded.mine.length === 0 && decoded.theirs.length === 0) return { is: "split", root, n };
  const { items, left } = await fitting(own, await idsOfKeys(own, decoded.mine.slice(0, ITEMS_MAX)));
  const have = [...left.map((id) => id.slice(0, KEY_CHARS)), ...decoded.mine.slice(ITEMS_MAX)];
  return { is: "diff", items, have: hexListToBytes(have), want: hexListToBytes(decoded.theirs), root, n };
}

export function answerSketch(own: Collection, request: Request_<"sketch">): Reply<"sketch"> | null {
  const { sketch, count: n } = own.index;
  const to = Math.min(request.to, sketch.length);
  if (request.from >= to) return null;
  return { sym: sketch.encode(request.from, to), n };
}

export async function answerDescend(
  own: Collection,
  request: Request_<"descend">,
): Promise<Reply<"descend">> {
  const nodes: Reply<"descend">["nodes"] = [];
  let done = 0;
  let bytes = 0;
  for (const [prefix, print] of request.nodes) {
    if (bytes > REPLY_PAYLOAD_BYTES_MAX / 2) break;
    done++;
    const node = await own.index.node(prefix);
    if (sameBytes(printOf(request.nonce, node.digest), print)) continue;
    if (node.count <= LEAF_IDS_MAX || prefix.length === ID_BYTES * 2) {
      const ids = (await own.idsByPrefix(prefix)).slice(0, LEAF_IDS_MAX);
      nodes.push([prefix, 1, hexListToBytes(ids)]);
      bytes += ids.length * ID_BYTES;
    } else {
      const children = await own.index.children(prefix);
      const prints = Buffer.concat(children.map((child) => printOf(request.nonce, child.digest)));
      nodes.push([prefix, 0, new Uint8Array(prints)]);
      bytes += prints.byteLength;
    }
  }
  return { done, nodes };
}

export async function answerWant(own: Collection, request: Request_<"want">): Promise<Reply<"want">> {
  const ids = await idsOfKeys(own, bytesToHexList(request.keys, KEY_BYTES));
  ids.push(...(bytesToHexList(request.ids, ID_BYTES) as EntryId[]));
  const { items, left } = await fitting(own, ids.slice(0, ITEMS_MAX));
  return { items, more: left.length > 0 || ids.length > ITEMS_MAX };
}

/** As many items as one reply holds, in the collection's order, and the ids that did not fit. */
async function fitting(
  own: Collection,
  ids: readonly EntryId[],
): Promise<{ items: Item[]; left: EntryId[] }> {
  const portables = await own.items(ids);
  const taken = takeWithin(portables, REPLY_PAYLOAD_BYTES_MAX);
  const left = portables.slice(taken.length).map(idOf);
  return { items: taken.map(toItem), left };
}

/** The longest prefix of the list that stays within the bytes. */
export function takeWithin(portables: readonly Portable[], bytesMax: number): readonly Portable[] {
  let bytes = 0;
  const end = portables.findIndex((portable, i) => {
    bytes += itemBytes(portable);
    return bytes > bytesMax || i >= ITEMS_MAX;
  });
  return end === -1 ? portables : portables.slice(0, end);
}

/** Keys are prefixes: a key that several ids share gives all of them. */
export async function idsOfKeys(own: Collection, keys: readonly string[]): Promise<EntryId[]> {
  const ids: EntryId[] = [];
  for (const key of keys) ids.push(...(await own.idsByPrefix(key)));
  return ids;
}

export function printOf(nonce: Uint8Array, digest: Uint8Array): Uint8Array {
  return createHash("sha256").update(nonce).update(digest).digest().subarray(0, PRINT_BYTES);
}

export function idOf(item: { readonly text: string }): EntryId {
  return hash("sha256", item.text, "hex") as EntryId;
}

export function decodeWith(own: Sketch, theirs: Uint8Array) {
  return own.minus(theirs.subarray(0, own.length * SYMBOL_BYTES)).peel();
}
