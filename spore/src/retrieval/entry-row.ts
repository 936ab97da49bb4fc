/**
 * What the index keeps of one entry, as one blob: few columns cross the native boundary, and one read serves filters,
 * scoring and the answer.
 *
 * | at | bytes | holds                                        |
 * |----|-------|----------------------------------------------|
 * | 0  | 1     | label, by number, + 4 × share that asks      |
 * | 1  | 1     | kind, by number                              |
 * | 2  | 2     | speaker (forward-row.ts), 0 for none         |
 * | 4  | 4     | author, by number                            |
 * | 8  | 8     | createdAt, ms                                |
 * | 16 | 8     | knownAt, ms                                  |
 * | 24 | 8     | prefix of the task's id, or −1               |
 * | 32 | 4     | n: distinct terms                            |
 * | 36 | 32    | id                                           |
 * | 68 | 4 n   | terms, ascending                             |
 * | …  | n     | counts of the terms (forward-row.ts)         |
 * | …  | 0 / d | vector (word-vectors.ts), where it has one   |
 *
 * Little endian. The file may have been damaged in any way, so decoding checks what scoring relies on.
 */
import { KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ASKING_STEPS, COUNT_SCALE, type TextRow } from "./forward-row.ts";
import { DIMENSIONS } from "./word-vectors.ts";

export interface EntryRow {
  readonly label: Label;
  readonly kind: Kind;
  /** Number in the table of authors. */
  readonly author: number;
  readonly createdAt: number;
  readonly knownAt: number;
  /** prefixOf its id, or null. */
  readonly task: number | null;
  readonly id: EntryId;
  readonly row: TextRow;
}

const TERMS_AT = 68;
/** The two low bits of the first byte hold the label. */
const LABEL_MASK = 3;

/** The first 48 bits of an id, exact in a JS number; rows found by it are compared by the whole id where it matters. */
export function prefixOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 12), 16);
}

export function encodeEntryRow(entry: EntryRow): Uint8Array {
  const { terms, counts, speaker, asking, vector } = entry.row;
  const bytes = new Uint8Array(TERMS_AT + terms.length * 5 + (vector?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, LABELS.indexOf(entry.label) + (LABEL_MASK + 1) * Math.round(asking * ASKING_STEPS));
  view.setUint8(1, KINDS.indexOf(entry.kind));
  view.setUint16(2, speaker, true);
  view.setUint32(4, entry.author, true);
  view.setFloat64(8, entry.createdAt, true);
  view.setFloat64(16, entry.knownAt, true);
  view.setFloat64(24, entry.task ?? -1, true);
  view.setUint32(32, terms.length, true);
  bytes.set(Buffer.from(entry.id, "hex"), 36);
  bytes.set(new Uint8Array(terms.buffer, terms.byteOffset, terms.byteLength), TERMS_AT);
  bytes.set(counts, TERMS_AT + terms.byteLength);
  if (vector !== null) bytes.set(new Uint8Array(vector.buffer), TERMS_AT + terms.length * 5);
  return bytes;
}

function isAscending(terms: Uint32Array): boolean {
  for (let at = 1; at < terms.length; at++) {
    if ((terms[at - 1] ?? 0) >= (terms[at] ?? 0)) return false;
  }
  return true;
}

/** @returns null when the bytes are not such a row. */
export function decodeEntryRow(stored: Uint8Array): EntryRow | null {
  if (stored.length < TERMS_AT) return null;
  // Copied: the terms must start at a multiple of four, and the native buffer is not ours to keep.
  const bytes = stored.slice();
  const view = new DataView(bytes.buffer);
  const label = LABELS[view.getUint8(0) & LABEL_MASK];
  const kind = KINDS[view.getUint8(1)];
  const count = view.getUint32(32, true);
  const vectorAt = TERMS_AT + count * 5;
  const hasVector = bytes.length === vectorAt + DIMENSIONS;
  if (label === undefined || kind === undefined || (bytes.length !== vectorAt && !hasVector)) return null;
  const terms = new Uint32Array(bytes.buffer, TERMS_AT, count);
  if (!isAscending(terms)) return null;
  const counts = bytes.subarray(TERMS_AT + count * 4, vectorAt);
  let length = 0;
  for (const value of counts) length += value;
  const task = view.getFloat64(24, true);
  return {
    label,
    kind,
    author: view.getUint32(4, true),
    createdAt: view.getFloat64(8, true),
    knownAt: view.getFloat64(16, true),
    task: task < 0 ? null : task,
    id: Buffer.from(bytes.buffer, 36, 32).toString("hex") as EntryId,
    row: {
      terms,
      counts,
      length: length / COUNT_SCALE,
      speaker: view.getUint16(2, true),
      asking: Math.floor(view.getUint8(0) / (LABEL_MASK + 1)) / ASKING_STEPS,
      vector: hasVector ? new Int8Array(bytes.buffer, vectorAt, DIMENSIONS) : null,
    },
  };
}
