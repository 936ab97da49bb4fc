/**
 * Rows as multi-row INSERT statements: the hot path of every write, written out, because building a thousand rows through
 * the query builder costs more than storing them.
 */
import type { InStatement, InValue } from "@libsql/client";
import { type Entry, taskOf } from "@synapse/shared/contract/entry.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import type { NewRow } from "./store.ts";

/** Rows in one statement: enough to spread its cost, few enough that the signatures of the next ones are made meanwhile. */
const ROWS_PER_INSERT = 100;

export const bind = (id: EntryId) => Buffer.from(id, "hex");

/** Statements that store rows, their parents and what they retract. `freshReplicas` are not in `replicas` yet. */
export function insertStatements(
  rows: readonly NewRow[],
  freshReplicas: ReadonlyMap<ReplicaId, number>,
  rowOf: (replica: ReplicaId) => number,
): InStatement[] {
  const statements: InStatement[] = [];
  for (const [id, n] of freshReplicas) {
    statements.push({ sql: "INSERT INTO replicas (n, id) VALUES (?, ?)", args: [n, id] });
  }
  for (const part of chunks(rows, ROWS_PER_INSERT)) {
    statements.push(
      lazily(multiRow("INSERT INTO entries VALUES", 11, part.length), () =>
        part.flatMap((row) => entryValues(row, rowOf(row.entry.replica))),
      ),
    );
  }
  statements.push(...edgeStatements("parents", rows), ...edgeStatements("retractions", rows));
  return statements;
}

/** Rows of a table that is folded from entries: [child, parent] or [target, retraction]. */
export function edgeStatements(
  table: "parents" | "retractions",
  rows: readonly { readonly id: EntryId; readonly entry: Entry }[],
): InStatement[] {
  const pairs = rows.flatMap(({ id, entry }) => {
    if (table === "parents") return [...new Set(entry.parents)].map((parent) => [id, parent] as const);
    if (entry.kind !== "retraction") return [];
    return [...new Set(entry.body.targets)].map((target) => [target, id] as const);
  });
  return [...chunks(pairs, ROWS_PER_INSERT)].map((part) => ({
    sql: multiRow(`INSERT INTO ${table} VALUES`, 2, part.length),
    args: part.flatMap(([a, b]) => [bind(a), bind(b)]),
  }));
}

function entryValues(row: NewRow, replica: number): InValue[] {
  const { entry } = row;
  const task = taskOf(row);
  return [
    row.seq,
    bind(row.id),
    entry.label,
    entry.kind,
    replica,
    entry.counter,
    entry.clock[0],
    task === null ? null : bind(task),
    row.text,
    Buffer.from(row.signature, "base64url"),
    row.receivedAt,
  ];
}

/** A statement whose values are computed when its turn comes: signatures of later rows are made meanwhile. */
function lazily(text: string, values: () => InValue[]): InStatement {
  let made: InValue[] | null = null;
  return {
    sql: text,
    get args() {
      made ??= values();
      return made;
    },
  };
}

const sqlByShape = new Map<string, string>();

function multiRow(head: string, width: number, rows: number): string {
  const key = `${head}${rows}`;
  let text = sqlByShape.get(key);
  if (text === undefined) {
    const tuple = `(${Array(width).fill("?").join(",")})`;
    text = `${head} ${Array(rows).fill(tuple).join(",")}`;
    if (sqlByShape.size < 64) sqlByShape.set(key, text);
  }
  return text;
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
