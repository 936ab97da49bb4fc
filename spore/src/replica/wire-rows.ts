/**
 * Entries as they are kept, to be sent on without being taken apart. Texts are read as bytes: the binding ends the process
 * on text that is no UTF-8, as a damaged disk may return it.
 */
import type { Client, Row } from "@libsql/client";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { toEntryId } from "./membership.ts";

export interface WireRow {
  readonly seq: number;
  readonly id: EntryId;
  /** Null where it has another label. */
  readonly text: string | null;
  readonly signature: string;
}

/** @param shown a condition on rows that are shown. In commit order. */
export async function readWireRows(
  client: Client,
  shown: string,
  scope: SharedLabel,
  ids: readonly EntryId[],
): Promise<WireRow[]> {
  const sql = `SELECT seq, id, CASE WHEN label = ? THEN CAST(text AS BLOB) END, signature FROM entries
    WHERE id IN (SELECT unhex(value) FROM json_each(?)) AND ${shown} ORDER BY seq`;
  return (await client.execute({ sql, args: [scope, JSON.stringify(ids)] })).rows.map(toWireRow);
}

function toWireRow(row: Row): WireRow {
  return {
    seq: Number(row[0]),
    id: toEntryId(row[1]),
    text: row[2] === null ? null : Buffer.from(row[2] as ArrayBuffer).toString("utf8"),
    signature: Buffer.from(row[3] as ArrayBuffer).toString("base64url"),
  };
}

/** Of a row: seq, then the bytes of its id, its signature and its text, which is null where it has another label. */
type RowNumbers = readonly [number, number, number, number | null];

/**
 * The next rows in commit order. They come as one row of the database: the numbers of each, and ids, signatures and texts
 * joined, because every byte string that the binding hands over has its price.
 */
export async function readWirePage(
  client: Client,
  shown: string,
  scope: SharedLabel,
  afterSeq: number,
  limit: number,
): Promise<WireRow[]> {
  const sql = `SELECT json_group_array(json_array(seq, length(id), length(signature), length(text))),
      CAST(group_concat(id || signature || coalesce(text, ''), '') AS BLOB)
    FROM (SELECT seq, id, signature, CASE WHEN label = ? THEN CAST(text AS BLOB) END AS text
      FROM entries WHERE seq > ? AND ${shown} ORDER BY seq LIMIT ?)`;
  const [row] = (await client.execute({ sql, args: [scope, afterSeq, limit] })).rows;
  const joined = Buffer.from((row?.[1] ?? new ArrayBuffer(0)) as ArrayBuffer);
  const numbers = JSON.parse(String(row?.[0] ?? "[]")) as readonly RowNumbers[];
  let at = 0;
  return numbers.map(([seq, idBytes, signatureBytes, textBytes]) => {
    const signatureAt = at + idBytes;
    const textAt = signatureAt + signatureBytes;
    const end = textAt + (textBytes ?? 0);
    const row = {
      seq,
      id: joined.toString("hex", at, signatureAt) as EntryId,
      text: textBytes === null ? null : joined.toString("utf8", textAt, end),
      signature: joined.toString("base64url", signatureAt, textAt),
    };
    at = end;
    return row;
  });
}
