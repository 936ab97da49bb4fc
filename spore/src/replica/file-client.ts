/**
 * A libSQL file behind the client interface that remote servers have too, over the synchronous binding.
 *
 * The stock file client prepares every statement anew and describes every column of every row: that is a quarter of the
 * cost of an insert and most of the cost of a read. Here statements are prepared and described once. There is one connection and every call runs to its end before another one starts, so a
 * batch is atomic, PRAGMAs hold, and SQLITE_BUSY cannot arise inside the process.
 */
import {
  type Client,
  type InArgs,
  type InStatement,
  LibsqlError,
  type ResultSet,
  type Row,
  type TransactionMode,
} from "@libsql/client";
import Database from "libsql";

/** Statements kept prepared: those of the hot paths several times over, at a few kilobytes each. */
const PREPARED_MAX = 256;
/** How long another process (a backup, a person with a shell) may hold the file before a write fails. */
const BUSY_TIMEOUT_MS = 5_000;

type Value = null | number | bigint | string | ArrayBufferView | ArrayBuffer;

interface Prepared {
  readonly statement: Database.Statement;
  /** Of the rows, arrays whose columns also have names; null where there are none. */
  readonly prototype: object | null;
}

/** @param url `file:…` or `:memory:`. Throws where it cannot be opened. */
export function createFileClient(url: string): Client {
  const database = new Database(pathOf(url), { timeout: BUSY_TIMEOUT_MS });
  const prepared = new Map<string, Prepared>();
  let closed = false;

  function prepare(text: string): Prepared {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    const one = { statement, prototype: statement.reader ? rowPrototype(statement) : null };
    if (one.prototype !== null) statement.raw(true);
    if (prepared.size >= PREPARED_MAX) prepared.delete(prepared.keys().next().value ?? "");
    prepared.set(text, one);
    return one;
  }

  function run(text: string, args: InArgs | undefined): ResultSet {
    const { statement, prototype } = prepare(text);
    const values = (args ?? []) as Value[];
    if (prototype === null) return toResult([], statement.run(values).changes);
    const rows = statement.all(values) as unknown[][];
    for (const row of rows) Object.setPrototypeOf(row, prototype);
    return toResult(rows, 0);
  }

  function runOne(statement: InStatement | [string, InArgs?], args?: InArgs): ResultSet {
    if (closed) throw new LibsqlError("the database is closed", "CLIENT_CLOSED");
    try {
      if (typeof statement === "string") return run(statement, args);
      if (Array.isArray(statement)) return run(statement[0], statement[1]);
      return run(statement.sql, statement.args);
    } catch (cause) {
      throw toError(cause);
    }
  }

  function batch(
    statements: readonly (InStatement | [string, InArgs?])[],
    mode: TransactionMode,
  ): ResultSet[] {
    runOne(mode === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
    try {
      const results = statements.map((one) => runOne(one));
      runOne("COMMIT");
      return results;
    } catch (cause) {
      // Some failures (a full disk) have rolled back already.
      if (database.inTransaction) runOne("ROLLBACK");
      throw cause;
    }
  }

  const unsupported = (what: string) => () =>
    Promise.reject(new LibsqlError(`${what} is not used here: send one batch`, "UNSUPPORTED"));

  return {
    protocol: "file",
    get closed() {
      return closed;
    },
    execute: async (statement: InStatement | string, args?: InArgs) => runOne(statement, args),
    batch: async (statements, mode = "deferred") => batch(statements, mode),
    async executeMultiple(text) {
      database.exec(text);
    },
    migrate: unsupported("migrate"),
    transaction: unsupported("an interactive transaction"),
    sync: unsupported("sync"),
    reconnect() {
      throw new LibsqlError("a file is opened once", "UNSUPPORTED");
    },
    close() {
      if (closed) return;
      closed = true;
      prepared.clear();
      try {
        // Statements that the collector has not taken yet keep the file open, so SQLite would not fold the log back.
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch {
        // A full or failing disk: the log stays beside the file and is read at the next start.
      }
      database.close();
    },
  };
}

function rowPrototype(statement: Database.Statement): object {
  const named: PropertyDescriptorMap = {};
  statement.columns().forEach(({ name }, index) => {
    named[name] ??= {
      get(this: readonly unknown[]) {
        return this[index];
      },
    };
  });
  return Object.create(Array.prototype, named);
}

function toResult(rows: readonly unknown[][], rowsAffected: number): ResultSet {
  return {
    columns: [],
    columnTypes: [],
    rows: rows as unknown as Row[],
    rowsAffected,
    lastInsertRowid: undefined,
    toJSON: () => rows,
  };
}

export function pathOf(url: string): string {
  if (url === ":memory:") return url;
  const path = url.slice("file:".length);
  return path.startsWith("//") ? decodeURIComponent(new URL(url).pathname) : path;
}

/** The driver's errors as the client's, so that callers see one kind whatever the database is. */
function toError(cause: unknown): unknown {
  if (cause instanceof LibsqlError || !(cause instanceof Error)) return cause;
  const { code, rawCode } = cause as Error & { code?: string; rawCode?: number };
  return new LibsqlError(cause.message, code ?? "SQLITE_UNKNOWN", undefined, rawCode, cause);
}
