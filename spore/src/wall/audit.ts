/**
 * The wall's books: every crossing, refusal and sentence left behind, bounded and queryable. What crossed or stayed is
 * never written down here, only why; so the books can be shown to anybody.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { and, desc, eq, gte, lte, type SQL, sql } from "drizzle-orm";
import { wallAudit } from "../replica/schema.ts";
import type { Store } from "../replica/store.ts";

/** Decisions kept; older ones are dropped, the counters go on. */
const AUDIT_ROWS_MAX = 10_000;
/** Old rows are removed once in this many decisions. */
const TRIM_EVERY = 1_000;
/** Decisions in one answer. */
export const AUDIT_PAGE_MAX = 500;

export const WALL_ACTIONS = ["crossed", "blocked", "filtered"] as const;
export type WallAction = (typeof WALL_ACTIONS)[number];

const trimmedKey = (action: WallAction): string => `wall_trimmed_${action}`;

export interface AuditQuery {
  readonly limit: number;
  readonly action?: WallAction | undefined;
  /** ms since the epoch, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export async function openAudit({ store, now }: { readonly store: Store; readonly now: () => number }) {
  const { db, client } = store;
  const counts: Record<WallAction, number> = { crossed: 0, blocked: 0, filtered: 0 };
  for (const action of WALL_ACTIONS) counts[action] = Number((await store.getMeta(trimmedKey(action))) ?? 0);
  const kept = await db
    .select({ action: wallAudit.action, count: sql<number>`count(*)` })
    .from(wallAudit)
    .groupBy(wallAudit.action);
  for (const { action, count } of kept) counts[action as WallAction] += count;

  /** What is dropped from the books stays in the counts: both in one transaction, or a failure between would count it twice. */
  async function trim(before: number): Promise<void> {
    await client.batch(
      [
        ...WALL_ACTIONS.map((action) => ({
          sql: `INSERT INTO meta (key, value) SELECT ?, CAST(count(*) AS TEXT) FROM wall_audit WHERE action = ? AND n < ?
                ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + CAST(excluded.value AS INTEGER) AS TEXT)`,
          args: [trimmedKey(action), action, before],
        })),
        { sql: "DELETE FROM wall_audit WHERE n < ?", args: [before] },
      ],
      "write",
    );
  }

  return {
    counts: (): Readonly<Record<WallAction, number>> => counts,

    /** @param kinds of what was decided on, a decision each; null where it was no entry */
    async record(action: WallAction, reason: string, ...kinds: readonly (Kind | null)[]): Promise<void> {
      if (kinds.length === 0) return;
      const at = now();
      const rows = await db
        .insert(wallAudit)
        .values(kinds.map((kind) => ({ at, action, reason, kind })))
        .returning({ n: wallAudit.n });
      counts[action] += kinds.length;
      const newest = Math.max(...rows.map(({ n }) => n));
      if (newest % TRIM_EVERY < kinds.length) await trim(newest - AUDIT_ROWS_MAX);
    },

    /** Newest first. */
    async read({ limit, action, from, to }: AuditQuery) {
      const conditions: SQL[] = [];
      if (action !== undefined) conditions.push(eq(wallAudit.action, action));
      if (from !== undefined) conditions.push(gte(wallAudit.at, from));
      if (to !== undefined) conditions.push(lte(wallAudit.at, to));
      const rows = await db
        .select()
        .from(wallAudit)
        .where(and(...conditions))
        .orderBy(desc(wallAudit.n))
        .limit(Math.min(limit, AUDIT_PAGE_MAX));
      return rows.map((row) => ({
        at: new Date(row.at).toISOString(),
        action: row.action,
        reason: row.reason,
        kind: row.kind,
      }));
    },

    /** Which restricted entries a claim came from: for this spore's own proofs, never shared. */
    async rememberOrigin(claim: EntryId, sources: readonly EntryId[]): Promise<void> {
      if (sources.length === 0) return;
      await client.batch(
        sources.map((source) => ({
          sql: "INSERT OR IGNORE INTO wall_origins (claim, source) VALUES (?, ?)",
          args: [claim, source],
        })),
        "write",
      );
    },

    async originsOf(claim: EntryId): Promise<EntryId[]> {
      const { rows } = await client.execute({
        sql: "SELECT source FROM wall_origins WHERE claim = ? ORDER BY source",
        args: [claim],
      });
      return rows.map((row) => String(row[0]) as EntryId);
    },
  };
}
