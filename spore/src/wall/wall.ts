/**
 * The Knowledge Wall: what may be labelled `public`, and a record of every decision.
 *
 * Public text is scanned even when its sender asked for it: a secret in it is refused with the name of what was found,
 * never with the secret itself.
 */

import type { Kind } from "@synapse/shared/contract/entry.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { desc, lt, sql } from "drizzle-orm";
import { wallAudit } from "../replica/schema.ts";
import type { Store } from "../replica/store.ts";
import { findSensitive } from "./redact.ts";

/** Decisions kept; older ones are dropped, the counters go on. */
const AUDIT_ROWS_MAX = 10_000;

export type WallAction = "crossed" | "blocked" | "filtered";

export interface WallRefusal {
  readonly kind: "secret_found";
  /** Names of what was found, each once. */
  readonly found: readonly string[];
}

export type Wall = Awaited<ReturnType<typeof createWall>>;

export async function createWall(deps: { readonly store: Store; readonly now: () => number }) {
  const { db } = deps.store;
  const counts: Record<WallAction, number> = { crossed: 0, blocked: 0, filtered: 0 };
  for (const row of await db
    .select({ action: wallAudit.action, count: sql<number>`count(*)` })
    .from(wallAudit)
    .groupBy(wallAudit.action)) {
    counts[row.action as WallAction] = row.count;
  }

  async function record(action: WallAction, reason: string, kind: Kind | null): Promise<void> {
    counts[action]++;
    const rows = await db
      .insert(wallAudit)
      .values({ at: deps.now(), action, reason, kind })
      .returning({ n: wallAudit.n });
    const newest = rows[0]?.n ?? 0;
    if (newest % 1_000 === 0) await db.delete(wallAudit).where(lt(wallAudit.n, newest - AUDIT_ROWS_MAX));
  }

  return {
    /** May these texts be published as they are? Notes the decision once for all of them. */
    async admitPublic(kind: Kind, texts: readonly string[]): Promise<Result<void, WallRefusal>> {
      const found = new Set<string>();
      for (const text of texts) {
        for (const finding of findSensitive(text)) if (finding.class === "secret") found.add(finding.name);
      }
      if (found.size > 0) {
        await record("blocked", `found: ${[...found].join(", ")}`, kind);
        return err({ kind: "secret_found", found: [...found] });
      }
      await record("crossed", "published by its sender", kind);
      return ok(undefined);
    },

    async status() {
      const rows = await db.select().from(wallAudit).orderBy(desc(wallAudit.n)).limit(50);
      return {
        crossings: counts.crossed,
        blocks: counts.blocked,
        filtered: counts.filtered,
        recent_audit: rows.map((row) => ({
          at: new Date(row.at).toISOString(),
          action: row.action,
          reason: row.reason,
          kind: row.kind,
        })),
      };
    },
  };
}
