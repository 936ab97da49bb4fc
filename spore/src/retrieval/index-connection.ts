/**
 * The index file's connection: Bun's own SQLite, opened, tuned and closed in one place.
 *
 * Not the libSQL binding that the replica uses: that one ends the whole process on a text column that is no UTF-8, which
 * one damaged byte of a disposable file must not do, and a call through it costs twice as much. The format is the same.
 */
import { Database } from "bun:sqlite";

export type SqlValue = string | number | null | Uint8Array;

/** The bytes read from the index are not what was written. */
export class IndexDamaged extends Error {}

/** What a column of a result holds; never null. */
export type Column = "number" | "text" | "bytes";
type ValueOf<C extends Column> = C extends "number" ? number : C extends "text" ? string : Uint8Array;
type RowOf<Columns extends readonly Column[]> = { -readonly [At in keyof Columns]: ValueOf<Columns[At]> };

export interface Statement<Columns extends readonly Column[] = readonly []> {
  /** Every row as the array of its columns. Throws IndexDamaged where a value is of another type. */
  all(...values: SqlValue[]): RowOf<Columns>[];
  first(...values: SqlValue[]): RowOf<Columns> | undefined;
  /** @returns how many rows it changed. */
  run(...values: SqlValue[]): number;
}

export interface Connection {
  /**
   * @param columns of its result: one damaged byte makes a null or a text of a number, which no later reader could tell
   * from what was written.
   */
  prepare<const Columns extends readonly Column[] = readonly []>(
    sql: string,
    columns?: Columns,
  ): Statement<Columns>;
  exec(sql: string): void;
  readonly inTransaction: boolean;
  /** Ends every statement and leaves everything in the file itself, without a write-ahead log beside it. */
  close(): void;
}

/** 16 MB of pages; the operating system caches the rest, outside this process. */
const CACHE_KIB = 16_384;

export function openConnection(path: string): Connection {
  const database = new Database(path);
  const finalizers: (() => void)[] = [];
  const close = (): void => {
    for (const finalize of finalizers) finalize();
    database.close(true);
  };
  try {
    database.run("PRAGMA journal_mode = WAL");
    // A crash may lose the last commits; the watermark goes back with them and the feed brings them again.
    database.run("PRAGMA synchronous = NORMAL");
    database.run(`PRAGMA cache_size = -${CACHE_KIB}`);
    database.run("PRAGMA cell_size_check = ON");
    // A file that is mapped into memory ends the process when it is cut short under it.
    database.run("PRAGMA mmap_size = 0");
  } catch (error) {
    close();
    throw error;
  }
  return {
    prepare<const Columns extends readonly Column[]>(sql: string, columns?: Columns) {
      const statement = database.prepare(sql);
      finalizers.push(() => statement.finalize());
      const all = (...values: SqlValue[]) => {
        const rows: readonly (readonly unknown[])[] = statement.values(...values);
        for (const row of rows) checkRow(row, columns ?? []);
        return rows as unknown as RowOf<Columns>[];
      };
      return {
        all,
        first: (...values: SqlValue[]) => all(...values)[0],
        run: (...values: SqlValue[]) => statement.run(...values).changes,
      };
    },
    exec: (sql) => void database.run(sql),
    get inTransaction() {
      return database.inTransaction;
    },
    close,
  };
}

function checkRow(row: readonly unknown[], columns: readonly Column[]): void {
  for (let at = 0; at < columns.length; at++) {
    const value = row[at];
    const column = columns[at];
    const fits =
      column === "number"
        ? typeof value === "number"
        : column === "text"
          ? typeof value === "string"
          : value instanceof Uint8Array;
    if (!fits) throw new IndexDamaged(`a ${column} was read as ${value === null ? "null" : typeof value}`);
  }
}
