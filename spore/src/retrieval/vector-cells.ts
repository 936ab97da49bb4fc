/**
 * Nearest neighbours among sentence vectors, inside the index file: cells of at most CELL_MAX vectors, each with its
 * centroid; a full cell is split in two (an inverted file that grows, after SPFresh, Xu et al. 2023).
 *
 * | table   | holds                                                                             |
 * |---------|-----------------------------------------------------------------------------------|
 * | vectors | code of each entry that has a vector                                               |
 * | cells   | per label and cell: the centroid's code; and of its members seq (u32) and signature |
 *
 * A question reads the members of the nearest cells, keeps those whose signature differs least, and compares these by
 * their codes. Centroids are held in memory: one for every hundred or so entries.
 *
 * Invariants: 1. Cells never mix labels. 2. What is read may have been damaged in any way: lengths are checked.
 */
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import { type Connection, IndexDamaged } from "./index-connection.ts";
import {
  centroidOf,
  cosineOf,
  differingBits,
  dot,
  signatureWords,
  splitInTwo,
  toSignature,
  type VectorCode,
} from "./vector-code.ts";

const CELL_MAX = 256;
/** Cells read for one question and label. */
const PROBES = 32;
/** Members compared by their codes. */
const COMPARED = 200;

export interface VectorItem {
  readonly seq: number;
  readonly label: Label;
  readonly code: VectorCode;
}

export interface VectorCells {
  add(items: readonly VectorItem[]): void;
  /** The nearest entries of these labels with their cosines, best first. */
  nearest(code: VectorCode, labels: readonly Label[], limit: number): readonly (readonly [number, number])[];
  /** Cosines of those of these entries that have a vector. */
  cosines(code: VectorCode, seqs: readonly number[]): ReadonlyMap<number, number>;
}

interface Cell {
  readonly number: number;
  centroid: VectorCode;
  /** Length of the centroid. */
  norm: number;
}

function toCell(number: number, centroid: VectorCode): Cell {
  return { number, centroid, norm: Math.sqrt(dot(centroid, centroid)) || 1 };
}

/** @param dimensions of every vector that will be added. */
export function createVectorCells(connection: Connection, dimensions: number): VectorCells {
  const sql = {
    add: connection.prepare("INSERT OR REPLACE INTO vectors VALUES (?, ?)"),
    codes: connection.prepare("SELECT seq, code FROM vectors WHERE seq IN (SELECT value FROM json_each(?))", [
      "number",
      "bytes",
    ]),
    centroids: connection.prepare("SELECT label, cell, centroid FROM cells", ["number", "number", "bytes"]),
    members: connection.prepare(
      "SELECT members FROM cells WHERE label = ? AND cell IN (SELECT value FROM json_each(?))",
      ["bytes"],
    ),
    store: connection.prepare("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)"),
  };
  /** 32-bit words of one member: its seq and its signature. */
  const stride = 1 + signatureWords(dimensions);
  const cells = LABELS.map((): Cell[] => []);
  for (const [label, number, centroid] of sql.centroids.all()) {
    cells[label]?.push(toCell(number, toStoredCode(centroid)));
  }

  function toStoredCode(bytes: Uint8Array): VectorCode {
    if (bytes.length !== dimensions) throw new IndexDamaged("a vector has another length");
    return new Int8Array(bytes.slice().buffer);
  }

  function toMembers(bytes: Uint8Array): Uint32Array {
    if (bytes.length % (4 * stride) !== 0) throw new IndexDamaged("the members of a cell are cut off");
    return new Uint32Array(bytes.slice().buffer);
  }

  function codesOf(seqs: readonly number[]): Map<number, VectorCode> {
    const rows = sql.codes.all(JSON.stringify(seqs));
    return new Map(rows.map(([seq, bytes]) => [seq, toStoredCode(bytes)]));
  }

  function nearestCells(label: number, code: VectorCode, limit: number): Cell[] {
    const likeness = (cell: Cell) => [dot(code, cell.centroid) / cell.norm, cell] as const;
    const all = (cells[label] ?? []).map(likeness).sort(([a], [b]) => b - a);
    return all.slice(0, limit).map(([, cell]) => cell);
  }

  function membersOf(label: number, numbers: readonly number[]): Uint32Array[] {
    return sql.members.all(label, JSON.stringify(numbers)).map(([bytes]) => toMembers(bytes));
  }

  function storeCell(label: number, cell: Cell, members: Uint32Array): void {
    sql.store.run(label, cell.number, new Uint8Array(cell.centroid.buffer), new Uint8Array(members.buffer));
  }

  /** Splits until no cell is too large. */
  function storeSplit(label: number, cell: Cell, members: Uint32Array): void {
    const count = members.length / stride;
    if (count <= CELL_MAX) {
      storeCell(label, cell, members);
      return;
    }
    const known = codesOf(Array.from({ length: count }, (_, at) => members[at * stride] ?? 0));
    const codes = Array.from({ length: count }, (_, at) => known.get(members[at * stride] ?? 0));
    if (codes.includes(undefined)) throw new IndexDamaged("a cell names an entry without a vector");
    const whole = codes as VectorCode[];
    const groups = splitInTwo(whole);
    const half = (group: number) => {
      const chosen = [...groups.keys()].filter((at) => groups[at] === group);
      const part = new Uint32Array(chosen.length * stride);
      for (const [to, at] of chosen.entries()) {
        part.set(members.subarray(at * stride, (at + 1) * stride), to * stride);
      }
      return { part, centroid: centroidOf(chosen.flatMap((at) => whole[at] ?? [])) };
    };
    const [left, right] = [half(0), half(1)];
    Object.assign(cell, toCell(cell.number, left.centroid));
    const fresh = toCell(nextNumber(label), right.centroid);
    cells[label]?.push(fresh);
    storeSplit(label, cell, left.part);
    storeSplit(label, fresh, right.part);
  }

  function nextNumber(label: number): number {
    return (cells[label] ?? []).reduce((most, { number }) => Math.max(most, number), -1) + 1;
  }

  return {
    add(items) {
      const byCell = new Map<Cell, { readonly label: number; readonly items: VectorItem[] }>();
      for (const item of items) {
        const label = LABELS.indexOf(item.label);
        let [cell] = nearestCells(label, item.code, 1);
        if (cell === undefined) {
          cell = toCell(nextNumber(label), item.code);
          cells[label]?.push(cell);
        }
        const group = byCell.get(cell) ?? { label, items: [] };
        group.items.push(item);
        byCell.set(cell, group);
        sql.add.run(item.seq, new Uint8Array(item.code.buffer));
      }
      for (const [cell, { label, items: added }] of byCell) {
        const held = membersOf(label, [cell.number])[0] ?? new Uint32Array(0);
        const members = new Uint32Array(held.length + added.length * stride);
        members.set(held);
        for (const [at, { seq, code }] of added.entries()) {
          members[held.length + at * stride] = seq;
          members.set(toSignature(code), held.length + at * stride + 1);
        }
        storeSplit(label, cell, members);
      }
    },

    nearest(code, labels, limit) {
      const signature = toSignature(code);
      const found: { seq: number; bits: number }[] = [];
      for (const label of labels.map((name) => LABELS.indexOf(name))) {
        const near = nearestCells(label, code, PROBES).map(({ number }) => number);
        for (const members of membersOf(label, near)) {
          for (let at = 0; at < members.length; at += stride) {
            found.push({ seq: members[at] ?? 0, bits: differingBits(signature, members, at + 1) });
          }
        }
      }
      found.sort((a, b) => a.bits - b.bits || b.seq - a.seq);
      const exact = this.cosines(
        code,
        found.slice(0, COMPARED).map(({ seq }) => seq),
      );
      return [...exact].sort(([a, x], [b, y]) => y - x || b - a).slice(0, limit);
    },

    cosines(code, seqs) {
      return new Map([...codesOf(seqs)].map(([seq, other]) => [seq, cosineOf(code, other)]));
    },
  };
}
