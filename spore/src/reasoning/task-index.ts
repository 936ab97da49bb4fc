/**
 * A derived table with one row a task: what lists, filters and counts are answered from.
 *
 * Disposable: tasks without a row, and tasks whose row says they have not ended, are folded again at start. Rows are
 * written in groups off the request path; a list first writes what is waiting, so it never lags behind.
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
const ORDER = "CREATE INDEX IF NOT EXISTS task_index_order ON task_index (created_ms DESC, id)";
/** Changed whenever a row of today would be read wrongly tomorrow: the table is then folded anew. */
const VERSION = "1";
const FLUSH_AFTER_MS = 250;

export interface TaskFilter {
  readonly limit: number;
  readonly cursor: string | null;
  readonly status: TaskStatus | null;
  /** Words that must all stand in the description or the answer. */
  readonly text: string | null;
  readonly publicOnly: boolean;
}

export type TaskIndex = Awaited<ReturnType<typeof openTaskIndex>>;

export async function openTaskIndex(store: Store) {
  const { client } = store;
  if ((await store.getMeta("task_index_version")) !== VERSION) {
    await client.batch(["DROP TABLE IF EXISTS task_index", TABLE, ORDER], "write");
    await store.setMeta("task_index_version", VERSION);
  }
  const counts = new Map<string, number>();
  await recount();
  const waiting = new Map<EntryId, TaskSummary>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let flushing: Promise<void> = Promise.resolve();

  async function recount(): Promise<void> {
    counts.clear();
    for (const row of (await client.execute("SELECT status, count(*) FROM task_index GROUP BY status"))
      .rows) {
      counts.set(String(row[0]), Number(row[1]));
    }
  }

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    const rows = [...waiting.values()];
    waiting.clear();
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
    await client.batch(statements, "write");
    await recount();
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write, write);
    return flushing;
  };

  return {
    put(summary: TaskSummary): void {
      waiting.set(summary.task_id, summary);
      timer ??= setTimeout(() => void flush(), FLUSH_AFTER_MS);
    },

    flush,

    async list(filter: TaskFilter): Promise<{ tasks: TaskSummary[]; next: string | null }> {
      await flush();
      const where: string[] = [];
      const args: (string | number)[] = [];
      const cursor = parseCursor(filter.cursor);
      if (cursor) {
        where.push("(created_ms < ? OR (created_ms = ? AND id > ?))");
        args.push(cursor.createdMs, cursor.createdMs, cursor.id);
      }
      if (filter.status) {
        where.push("status = ?");
        args.push(filter.status);
      }
      if (filter.publicOnly) where.push("label = 'public'");
      for (const word of (filter.text ?? "").split(/\s+/).filter(Boolean).slice(0, 8)) {
        where.push(
          "(description LIKE ? ESCAPE '\\' OR json_extract(summary, '$.final_answer') LIKE ? ESCAPE '\\')",
        );
        const pattern = `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`;
        args.push(pattern, pattern);
      }
      const condition = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
      const sql = `SELECT summary FROM task_index ${condition} ORDER BY created_ms DESC, id LIMIT ?`;
      const rows = (await client.execute({ sql, args: [...args, filter.limit + 1] })).rows;
      const tasks = rows.map((row) => JSON.parse(String(row[0])) as TaskSummary);
      const hidden = await store.hiddenTasks();
      const page = tasks.slice(0, filter.limit).filter(({ task_id }) => !hidden.has(task_id as EntryId));
      const last = tasks.at(Math.min(tasks.length, filter.limit) - 1);
      const next =
        tasks.length > filter.limit && last ? `${Date.parse(last.created_at)}.${last.task_id}` : null;
      return { tasks: page, next };
    },

    /** Tasks to look at after a start: those that had not ended, and those without a row. */
    async unfinished(): Promise<EntryId[]> {
      const rows = await client.execute(`
        SELECT id FROM task_index WHERE status IN ('queued', 'reasoning')
        UNION SELECT lower(hex(id)) FROM entries
          WHERE kind = 'task' AND lower(hex(id)) NOT IN (SELECT id FROM task_index)`);
      return rows.rows.map((row) => String(row[0]) as EntryId);
    },

    /** As of the last write; at most a quarter of a second old. */
    count: (status: TaskStatus): number => counts.get(status) ?? 0,

    async close(): Promise<void> {
      await flush();
    },
  };
}

function parseCursor(cursor: string | null): { createdMs: number; id: string } | null {
  const match = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(cursor ?? "");
  return match ? { createdMs: Number(match[1]), id: match[2] as string } : null;
}
