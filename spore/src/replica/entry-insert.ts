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
  for (const part of chunks(rows, ROWS_PER_INSERT)) statements.push(entryStatement(part, rowOf));
  statements.push(...edgeStatements("parents", rows), ...edgeStatements("retractions", rows));
  return statements;
}

/** Nearly every entry has none. */
const NO_EDGES: readonly (readonly [EntryId, EntryId])[] = [];

/** Rows of a table that is folded from entries: [child, parent] or [target, retraction]. */
export function edgeStatements(
  table: "parents" | "retractions",
  rows: readonly { readonly id: EntryId; readonly entry: Entry }[],
): InStatement[] {
  const pairs = rows.flatMap(({ id, entry }) => {
    if (table === "parents")
      return entry.parents.length === 0
        ? NO_EDGES
        : [...new Set(entry.parents)].map((parent) => [id, parent] as const);
    if (entry.kind !== "retraction") return NO_EDGES;
    return [...new Set(entry.body.targets)].map((target) => [target, id] as const);
  });
  return [...chunks(pairs, ROWS_PER_INSERT)].map((part) => ({
    sql: multiRow(`INSERT INTO ${table} VALUES`, 2, part.length),
    args: part.flatMap(([a, b]) => [bind(a), bind(b)]),
  }));
}

/** What rows written together nearly always have in common: bound once then, since every value bound has its price. */
const sharedValues = ({ entry, receivedAt }: NewRow, replica: number, task: EntryId | null): InValue[] => [
  entry.label,
  entry.kind,
  replica,
  task === null ? null : bind(task),
  receivedAt,
];

const signatureOf = (row: NewRow): Uint8Array =>
  row.signatureBytes ?? Buffer.from(row.signature, "base64url");

function entryStatement(part: readonly NewRow[], rowOf: (replica: ReplicaId) => number): InStatement {
  const [first] = part as [NewRow];
  const task = taskOf(first);
  const isLikeFirst = (row: NewRow, at: number): boolean =>
    row.seq === first.seq + at &&
    row.entry.counter === first.entry.counter + at &&
    row.entry.label === first.entry.label &&
    row.entry.kind === first.entry.kind &&
    row.entry.replica === first.entry.replica &&
    row.receivedAt === first.receivedAt &&
    taskOf(row) === task;
  if (part.every(isLikeFirst)) {
    return lazily(alikeRows(part.length), () => [
      first.seq,
      ...sharedValues(first, rowOf(first.entry.replica), task),
      first.entry.counter,
      Buffer.from(part.map(({ id }) => id).join(""), "hex"),
      Buffer.concat(part.map(signatureOf)),
      ...clocksAndTexts(part),
    ]);
  }
  return lazily(multiRow("INSERT INTO entries VALUES", 11, part.length), () =>
    part.flatMap((row) => {
      const [label, kind, replica, task, receivedAt] = sharedValues(
        row,
        rowOf(row.entry.replica),
        taskOf(row),
      ) as [InValue, InValue, InValue, InValue, InValue];
      const { counter, clock } = row.entry;
      return [
        row.seq,
        bind(row.id),
        label,
        kind,
        replica,
        counter,
        clock[0],
        task,
        row.text,
        signatureOf(row),
        receivedAt,
      ];
    }),
  );
}

function clocksAndTexts(part: readonly NewRow[]): InValue[] {
  const values: InValue[] = [];
  for (const { entry, text } of part) values.push(entry.clock[0], text);
  return values;
}

/**
 * Rows in a row: ?1 is the first seq, ?2 to ?6 are sharedValues, ?7 is the first counter. Ids and signatures come joined,
 * as ?8 and ?9: cutting a piece out is cheaper than handing one over. Two more a row are clock and text.
 */
function alikeRows(rows: number): string {
  return cached(`alike ${rows}`, () => {
    const tuples = Array.from({ length: rows }, (_, at) => {
      const [clock, text] = [`?${10 + 2 * at}`, `?${11 + 2 * at}`];
      const [id, signature] = [`substr(?8,${1 + 32 * at},32)`, `substr(?9,${1 + 64 * at},64)`];
      return `(?1+${at},${id},?2,?3,?4,?7+${at},${clock},?5,${text},${signature},?6)`;
    });
    return `INSERT INTO entries VALUES ${tuples.join(",")}`;
  });
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

function multiRow(head: string, width: number, rows: number): string {
  return cached(`${head} ${rows}`, () => {
    const tuple = `(${Array(width).fill("?").join(",")})`;
    return `${head} ${Array(rows).fill(tuple).join(",")}`;
  });
}

const sqlByShape = new Map<string, string>();

function cached(shape: string, make: () => string): string {
  let text = sqlByShape.get(shape);
  if (text === undefined) {
    text = make();
    if (sqlByShape.size < 64) sqlByShape.set(shape, text);
  }
  return text;
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
