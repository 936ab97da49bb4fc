/**
 * The recall index on disk: one file of its own, derived from the change feed and disposable.
 *
 * | table                                | holds                                                                   |
 * |--------------------------------------|-------------------------------------------------------------------------|
 * | entries, authors                     | per entry: who, what kind, when, its terms (entry-row.ts)               |
 * | links                                | who stands before and after whom, at most a few each                    |
 * | waiting                              | entries whose source has not arrived yet                                |
 * | retractions                          | who asked to hide what                                                  |
 * | terms                                | in how many entries of a label a term or a filter word occurs           |
 * | spellings                            | the stems that occur in a label, in the order of their letters          |
 * | postings_private, _cluster, _public  | which entries hold a term: FTS5 with `detail=none`, one table per label |
 * | vectors, cells                       | of an embedder, where there is one (vector-cells.ts)                    |
 * | meta                                 | version, watermarks, totals                                             |
 *
 * It is apart from the spore's database because that one may be a remote server, because it is written at another pace,
 * and because throwing it away must never risk an entry.
 *
 * Invariants:
 * 1. A file that is missing, cut short, garbage or of another version is replaced by an empty one, with the reason.
 * 2. The watermark and everything up to it are committed together.
 * 3. Terms are hashes and filter words are made here: nothing a user wrote reaches the FTS5 query syntax.
 */
import { SQLiteError } from "bun:sqlite";
import { rmSync, statSync } from "node:fs";
import { KINDS } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import { ANALYZER_VERSION } from "./analyzer.ts";
import { type Connection, IndexDamaged, openConnection } from "./index-connection.ts";

const SCHEMA_VERSION = 6;
const VERSION = `${SCHEMA_VERSION}.${ANALYZER_VERSION} ${LABELS.join(",")} ${KINDS.join(",")}`;
export interface IndexFile {
  readonly connection: Connection;
  /** Why an index that was there, or should have been, was replaced by an empty one; null when it was taken over. */
  readonly replaced: string | null;
}

export function postingsTable(label: Label): string {
  return `postings_${label}`;
}

function schema(): string {
  const postings = LABELS.map(
    (label) =>
      `CREATE VIRTUAL TABLE ${postingsTable(label)} USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii');`,
  );
  return `
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (
      seq INTEGER PRIMARY KEY,
      prefix INTEGER NOT NULL,
      label INTEGER NOT NULL,
      document INTEGER,
      position INTEGER,
      length REAL NOT NULL,
      row BLOB NOT NULL
    ) STRICT;
    CREATE INDEX entries_by_prefix ON entries (prefix);
    CREATE INDEX entries_by_document ON entries (document, position) WHERE document IS NOT NULL;
    CREATE TABLE authors (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE links (entry INTEGER, side INTEGER, other INTEGER, PRIMARY KEY (entry, side, other)) STRICT, WITHOUT ROWID;
    CREATE TABLE waiting (prefix INTEGER, entry INTEGER, PRIMARY KEY (prefix, entry)) STRICT, WITHOUT ROWID;
    CREATE TABLE retractions (target TEXT, author INTEGER, PRIMARY KEY (target, author)) STRICT, WITHOUT ROWID;
    CREATE TABLE terms (term INTEGER, label INTEGER, entries INTEGER NOT NULL, PRIMARY KEY (term, label)) STRICT, WITHOUT ROWID;
    CREATE TABLE spellings (label INTEGER, stem TEXT, term INTEGER NOT NULL, PRIMARY KEY (label, stem)) STRICT, WITHOUT ROWID;
    CREATE TABLE vectors (seq INTEGER PRIMARY KEY, code BLOB NOT NULL) STRICT;
    CREATE TABLE cells (label INTEGER, cell INTEGER, centroid BLOB NOT NULL, members BLOB NOT NULL, PRIMARY KEY (label, cell)) STRICT;
    ${postings.join("\n")}
    INSERT INTO meta VALUES ('version', '${VERSION}');
  `;
}

/** What the machine refuses for now; the file is as sound as before. */
const REFUSED = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|READONLY|CANTOPEN|PERM|INTERRUPT)/;

/**
 * Whether an error means that the file is not what was written to it. That is everything SQLite can say but a refusal of
 * the machine: the statements are fixed, so a broken constraint or a missing table is damage too.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof IndexDamaged || (error instanceof SQLiteError && !REFUSED.test(error.code ?? ""));
}

function removeIndexFile(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

/** @returns why the file cannot be used, or null. Pages that were cut off are found by size, without reading them all. */
function faultOf(connection: Connection, path: string): string | null {
  const version = connection.prepare("SELECT value FROM meta WHERE key = 'version'", ["text"]).first();
  if (version?.[0] !== VERSION) return "it is of another version";
  connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
  const number = (pragma: string): number =>
    connection.prepare(`PRAGMA ${pragma}`, ["number"]).first()?.[0] ?? 0;
  const bytes = number("page_count") * number("page_size");
  return statSync(path).size < bytes ? "it was cut short" : null;
}

function reopen(path: string): { connection: Connection } | { fault: string } {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { fault: "it is missing" };
  let connection: Connection | null = null;
  try {
    connection = openConnection(path);
    const fault = faultOf(connection, path);
    if (fault === null) return { connection };
    connection.close();
    return { fault };
  } catch (error) {
    connection?.close();
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

export function openIndexFile(path: string): IndexFile {
  const opened = reopen(path);
  if ("connection" in opened) return { connection: opened.connection, replaced: null };
  return { connection: createIndexFile(path), replaced: opened.fault };
}

/** An empty index in place of whatever is there. */
export function createIndexFile(path: string): Connection {
  removeIndexFile(path);
  const connection = openConnection(path);
  connection.exec("BEGIN");
  connection.exec(schema());
  connection.exec("COMMIT");
  return connection;
}
