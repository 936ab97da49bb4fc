/**
 * A derived table with one row a task: what lists, filters and counts are answered from.
 *
 * Disposable: tasks without a row, and tasks whose row says they have not ended, are folded again at start. Rows are
 * written in groups off the request path; a list first writes what is waiting, so it never lags behind what can be written.
 * What cannot be written (a full disk) waits, and is tried again by itself.
 *
 * Each list reads an index in its own order, by label and status where it names them, so a page costs what it shows
 * however many tasks there are. A search reads texts row by row: for a stranger no more than SEARCHED_MAX of them, and
 * `next` leads on to the older ones.
 */

import type { InStatement } from "@libsql/client";
import type { TaskStatus, TaskSummary } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Store } from "../replica/store.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS task_index (
  id TEXT PRIMARY KEY,
  created_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  label TEXT NOT NULL,
  description TEXT NOT NULL,
  summary TEXT NOT NULL
) WITHOUT ROWID`;
/** Made where they are missing, also in a table of before. */
const INDEXES = [
  ["order", ""],
  ["status", "status, "],
  ["label", "label, "],
  ["label_status", "label, status, "],
].map(
  ([name, first]) =>
    `CREATE INDEX IF NOT EXISTS task_index_${name} ON task_index (${first}created_ms DESC, id)`,
);
/** Changed whenever a row of today would be read wrongly tomorrow: the table is then folded anew. */
const VERSION = "1";
const FLUSH_AFTER_MS = 250;
/** After a failure the wait doubles up to this. */
const RETRY_MAX_MS = 10_000;
/** Rows of which one search of a stranger reads the text: some 30 ms of this spore's time. */
export const SEARCHED_MAX = 2_000;
/** Ids in one statement; SQLite takes 32,766 arguments. */
const IDS_MAX = 1_000;

/** What is left out, or null, narrows nothing. */
export interface TaskFilter {
  readonly limit: number;
  readonly cursor?: string | null | undefined;
  readonly status?: TaskStatus | null | undefined;
  /** Words that must all stand in the description or the answer. */
  readonly text?: string | null | undefined;
  readonly publicOnly: boolean;
}

type Warn = (message: string, details?: Record<string, unknown>) => void;

export type TaskIndex = Awaited<ReturnType<typeof openTaskIndex>>;

export async function openTaskIndex(store: Store, warn: Warn) {
  const { client } = store;
  if ((await store.getMeta("task_index_version")) !== VERSION) {
    await client.batch(["DROP TABLE IF EXISTS task_index", TABLE], "write");
    await store.setMeta("task_index_version", VERSION);
  }
  await client.batch(INDEXES, "write");
  const counts = new Map<string, number>();
  await recount();
  const waiting = new Map<EntryId, TaskSummary>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let retryMs = FLUSH_AFTER_MS;
  let isClosed = false;
  let flushing: Promise<void> = Promise.resolve();
  /** A write failed, and nobody knows how much of it took place. */
  let doubtful = false;

  async function recount(): Promise<void> {
    const { rows } = await client.execute("SELECT status, count(*) FROM task_index GROUP BY status");
    counts.clear();
    for (const row of rows) counts.set(String(row[0]), Number(row[1]));
  }

  const count = (status: string, by: number) => counts.set(status, (counts.get(status) ?? 0) + by);

  /** Statuses as they stand in the table, of those tasks that have a row. */
  async function statusesOf(ids: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let at = 0; at < ids.length; at += IDS_MAX) {
      const args = ids.slice(at, at + IDS_MAX);
      const sql = `SELECT status FROM task_index WHERE id IN (${args.map(() => "?").join()})`;
      for (const row of (await client.execute({ sql, args })).rows) found.push(String(row[0]));
    }
    return found;
  }

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    const rows = [...waiting.values()];
    waiting.clear();
    try {
      await insert(rows);
      retryMs = FLUSH_AFTER_MS;
    } catch (cause) {
      // Once, until a write succeeds again.
      if (!doubtful)
        warn("the table of tasks cannot be written: it is tried again", { cause: String(cause) });
      doubtful = true;
      for (const row of rows) if (!waiting.has(row.task_id)) waiting.set(row.task_id, row);
      retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
      flushAfter(retryMs);
      throw cause;
    }
  }

  async function insert(rows: readonly TaskSummary[]): Promise<void> {
    const statements: InStatement[] = rows.map((summary) => ({
      sql: `INSERT INTO task_index VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
        status = excluded.status, summary = excluded.summary`,
      args: [
        summary.task_id,
        Date.parse(summary.created_at),
        summary.status,
        summary.label,
        summary.description,
        JSON.stringify(summary),
      ],
    }));
    // Nobody else writes here, so what these rows were and what they become is the whole change of the counts.
    const before = doubtful ? null : await statusesOf(rows.map(({ task_id }) => task_id));
    await client.batch(statements, "write");
    if (before === null) {
      await recount();
      doubtful = false;
      return;
    }
    for (const status of before) count(status, -1);
    for (const { status } of rows) count(status, 1);
  }

  /** The last task that a search read, or null where it read them all. */
  async function endOfReach({ sql, args }: Narrowed): Promise<string | null> {
    const asked = `SELECT created_ms, id FROM task_index ${toWhere(sql)} ${ORDER} LIMIT 2 OFFSET ?`;
    const [last, more] = (await client.execute({ sql: asked, args: [...args, SEARCHED_MAX - 1] })).rows;
    return last === undefined || more === undefined ? null : `${last[0]}.${last[1]}`;
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write, write);
    return flushing;
  };

  function flushAfter(ms: number): void {
    // A failure was said, and is followed by the next try.
    if (!isClosed) timer ??= setTimeout(() => void flush().catch(() => undefined), ms);
  }

  return {
    put(summary: TaskSummary): void {
      waiting.set(summary.task_id, summary);
      flushAfter(FLUSH_AFTER_MS);
    },

    flush,

    async list(filter: TaskFilter): Promise<{ tasks: TaskSummary[]; next: string | null }> {
      // Where that fails, the list shows what the table holds.
      await flush().catch(() => undefined);
      const where = narrow(filter);
      const words = wordsOf(filter.text);
      const reach = words.length > 0 && filter.publicOnly ? SEARCHED_MAX : -1;
      const read =
        reach < 0
          ? "task_index"
          : `(SELECT created_ms, id, description, summary FROM task_index ${toWhere(where.sql)} ${ORDER} LIMIT ${reach})`;
      const conditions = [...(reach < 0 ? where.sql : []), ...words.map(() => MATCHES)];
      const args = [...where.args, ...words.flatMap((word) => [word, word]), filter.limit + 1];
      const sql = `SELECT summary FROM ${read} ${toWhere(conditions)} ${ORDER} LIMIT ?`;
      const found = (await client.execute({ sql, args })).rows;
      const tasks = found.map((row) => JSON.parse(String(row[0])) as TaskSummary);
      const hidden = await store.hiddenTasks();
      const page = tasks.slice(0, filter.limit).filter(({ task_id }) => !hidden.has(task_id as EntryId));
      const last = tasks.at(Math.min(tasks.length, filter.limit) - 1);
      if (tasks.length > filter.limit && last) {
        return { tasks: page, next: `${Date.parse(last.created_at)}.${last.task_id}` };
      }
      return { tasks: page, next: reach < 0 ? null : await endOfReach(where) };
    },

    /** Tasks to look at after a start: those that had not ended, and those without a row. */
    async unfinished(): Promise<EntryId[]> {
      const rows = await client.execute(`
        SELECT id FROM task_index WHERE status IN ('queued', 'reasoning')
        UNION SELECT lower(hex(id)) FROM entries
          WHERE kind = 'task' AND lower(hex(id)) NOT IN (SELECT id FROM task_index)`);
      return rows.rows.map((row) => String(row[0]) as EntryId);
    },

    /** As of the last write; at most a quarter of a second old where writes succeed. */
    count: (status: TaskStatus): number => counts.get(status) ?? 0,

    async close(): Promise<void> {
      isClosed = true;
      await flush();
    },
  };
}

const ORDER = "ORDER BY created_ms DESC, id";
const MATCHES =
  "(description LIKE ? ESCAPE '\\' OR json_extract(summary, '$.final_answer') LIKE ? ESCAPE '\\')";

interface Narrowed {
  readonly sql: readonly string[];
  readonly args: readonly (string | number)[];
}

/** What an index answers: the page, the status, the label. */
function narrow(filter: TaskFilter): Narrowed {
  const where: string[] = [];
  const args: (string | number)[] = [];
  const cursor = parseCursor(filter.cursor);
  if (cursor) {
    // The first part alone says where in the index to begin.
    where.push("created_ms <= ? AND (created_ms < ? OR id > ?)");
    args.push(cursor.createdMs, cursor.createdMs, cursor.id);
  }
  if (filter.status) {
    where.push("status = ?");
    args.push(filter.status);
  }
  if (filter.publicOnly) where.push("label = 'public'");
  return { sql: where, args };
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

/** Patterns for LIKE. */
function wordsOf(text: TaskFilter["text"]): string[] {
  const words = (text ?? "").split(/\s+/).filter(Boolean).slice(0, 8);
  return words.map((word) => `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`);
}

/** The form of `next`. */
export const CURSOR_PATTERN = /^(\d{1,15})\.([0-9a-f]{64})$/;

function parseCursor(cursor: TaskFilter["cursor"]): { createdMs: number; id: string } | null {
  const match = CURSOR_PATTERN.exec(cursor ?? "");
  return match ? { createdMs: Number(match[1]), id: match[2] as string } : null;
}
