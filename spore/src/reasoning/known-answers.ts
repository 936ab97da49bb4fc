/**
 * Right answers that this spore knows and nobody else is told: of its own probes, and of tasks whose asker gave one.
 * Operational state of this spore alone; an answer leaves it only as a grade, after everybody has spoken.
 */
import type { Client } from "@libsql/client";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { GradeSource } from "../trust/grading.ts";

export interface KnownAnswer {
  readonly task: EntryId;
  readonly value: string;
  readonly source: GradeSource;
}

export interface KnownAnswers {
  put(known: KnownAnswer): Promise<void>;
  /** Null for a task without a known answer, or one that is graded already. */
  open(task: EntryId): KnownAnswer | null;
  allOpen(): readonly KnownAnswer[];
  markGraded(task: EntryId): Promise<void>;
  probesSince(ms: number): Promise<number>;
}

export async function openKnownAnswers(client: Client, now: () => number): Promise<KnownAnswers> {
  const open = new Map<EntryId, KnownAnswer>();
  const rows = await client.execute("SELECT task, value, source FROM known_answers WHERE graded = 0");
  for (const row of rows.rows) {
    const task = String(row.task) as EntryId;
    open.set(task, { task, value: String(row.value), source: String(row.source) as GradeSource });
  }
  return {
    async put(known) {
      await client.execute({
        sql: "INSERT INTO known_answers (task, value, source, at, graded) VALUES (?, ?, ?, ?, 0) ON CONFLICT (task) DO UPDATE SET value = excluded.value, source = excluded.source, graded = 0",
        args: [known.task, known.value, known.source, now()],
      });
      open.set(known.task, known);
    },
    open: (task) => open.get(task) ?? null,
    allOpen: () => [...open.values()],
    async markGraded(task) {
      open.delete(task);
      await client.execute({ sql: "UPDATE known_answers SET graded = 1 WHERE task = ?", args: [task] });
    },
    async probesSince(ms) {
      const counted = await client.execute({
        sql: "SELECT count(*) FROM known_answers WHERE source = 'probe' AND at >= ?",
        args: [ms],
      });
      return Number(counted.rows[0]?.[0] ?? 0);
    },
  };
}
