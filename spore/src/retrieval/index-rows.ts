/** Reads of the index file by entry: rows, links, authors, retractions. Each is one statement for many entries. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { decodeEntryRow, type EntryRow } from "./entry-row.ts";
import { type Connection, IndexDamaged } from "./index-connection.ts";
import { isBefore } from "./index-writer.ts";

export interface StoredRow extends EntryRow {
  readonly seq: number;
}

/** What stands around an entry, by seq. */
export interface Neighbours {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface IndexRows {
  /** Adds the rows of these entries that `into` lacks. */
  load(seqs: readonly number[], into: Map<number, StoredRow>): void;
  neighbours(seqs: readonly number[]): ReadonlyMap<number, Neighbours>;
  authorNumber(key: PublicKey): number | undefined;
  authorKeys(numbers: readonly number[]): ReadonlyMap<number, PublicKey>;
  /** Per entry that someone asked to hide: who. */
  retractors(rows: readonly StoredRow[]): ReadonlyMap<number, readonly PublicKey[]>;
}

export function createIndexRows(connection: Connection): IndexRows {
  const { prepare } = connection;
  const sql = {
    rows: prepare("SELECT seq, row FROM entries WHERE seq IN (SELECT value FROM json_each(?))", [
      "number",
      "bytes",
    ]),
    links: prepare("SELECT entry, side, other FROM links WHERE entry IN (SELECT value FROM json_each(?))", [
      "number",
      "number",
      "number",
    ]),
    author: prepare("SELECT number FROM authors WHERE key = ?", ["number"]),
    authors: prepare("SELECT number, key FROM authors WHERE number IN (SELECT value FROM json_each(?))", [
      "number",
      "text",
    ]),
    anyRetraction: prepare("SELECT 1 FROM retractions LIMIT 1", ["number"]),
    retractors: prepare(
      `SELECT target, key FROM retractions JOIN authors ON number = author
       WHERE target IN (SELECT value FROM json_each(?))`,
      ["text", "text"],
    ),
  };
  return {
    load(seqs, into) {
      const missing = seqs.filter((seq) => !into.has(seq));
      if (missing.length === 0) return;
      for (const [seq, bytes] of sql.rows.all(JSON.stringify(missing))) {
        const entry = decodeEntryRow(bytes);
        if (entry === null) throw new IndexDamaged(`the row of entry ${seq} is not one`);
        into.set(seq, { ...entry, seq });
      }
    },
    neighbours(seqs) {
      const found = new Map<number, { before: number[]; after: number[] }>();
      for (const [entry, side, other] of sql.links.all(JSON.stringify(seqs))) {
        let sides = found.get(entry);
        if (sides === undefined) {
          sides = { before: [], after: [] };
          found.set(entry, sides);
        }
        (isBefore(side) ? sides.before : sides.after).push(other);
      }
      return found;
    },
    authorNumber: (key) => sql.author.first(key)?.[0],
    authorKeys: (numbers) => new Map(sql.authors.all(JSON.stringify(numbers)) as [number, PublicKey][]),
    retractors(rows) {
      const found = new Map<number, PublicKey[]>();
      if (rows.length === 0 || sql.anyRetraction.first() === undefined) return found;
      const seqs = new Map<string, number>(rows.map(({ id, seq }) => [id, seq]));
      for (const [target, key] of sql.retractors.all(JSON.stringify([...seqs.keys()]))) {
        const seq = seqs.get(target);
        if (seq !== undefined) found.set(seq, [...(found.get(seq) ?? []), key as PublicKey]);
      }
      return found;
    },
  };
}
