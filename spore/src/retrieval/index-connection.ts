/**
 * The index file's connection: Bun's own SQLite, opened, tuned and closed in one place.
 *
 * Not the libSQL binding that the replica uses: that one ends the whole process on a text column that is no UTF-8, which
 * one damaged byte of a disposable file must not do, and a call through it costs twice as much. The format is the same.
 */
import { Database } from "bun:sqlite";

export type SqlValue = string | number | null | Uint8Array;

export interface Statement {
  /** Every row as the array of its columns. */
  all<Row extends readonly unknown[]>(...values: SqlValue[]): Row[];
  first<Row extends readonly unknown[]>(...values: SqlValue[]): Row | undefined;
  /** @returns how many rows it changed. */
  run(...values: SqlValue[]): number;
}

export interface Connection {
  prepare(sql: string): Statement;
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
    prepare(sql) {
      const statement = database.prepare(sql);
      finalizers.push(() => statement.finalize());
      return {
        all: <Row extends readonly unknown[]>(...values: SqlValue[]) =>
          statement.values(...values) as unknown as Row[],
        first: <Row extends readonly unknown[]>(...values: SqlValue[]) =>
          statement.values(...values)[0] as unknown as Row | undefined,
        run: (...values) => statement.run(...values).changes,
      };
    },
    exec: (sql) => void database.run(sql),
    get inTransaction() {
      return database.inTransaction;
    },
    close,
  };
}
