/**
 * The tables that are folded from `entries` and read by queries: which entry is a parent of which, which retraction names
 * which entry. Whoever drops one of them finds it rebuilt at the next start.
 */
import type { Client, InStatement } from "@libsql/client";
import type { Entry } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { edgeStatements } from "./entry-insert.ts";
import { toEntryId } from "./membership.ts";

const TABLES: Readonly<Record<"parents" | "retractions", readonly string[]>> = {
  parents: [
    "CREATE TABLE parents (child BLOB NOT NULL, parent BLOB NOT NULL, PRIMARY KEY (child, parent)) WITHOUT ROWID",
    "CREATE INDEX parents_parent ON parents (parent)",
  ],
  retractions: [
    "CREATE TABLE retractions (target BLOB NOT NULL, by BLOB NOT NULL, PRIMARY KEY (target, by)) WITHOUT ROWID",
  ],
};

/** Entries read at once: a few megabytes. */
const PAGE = 1_000;

/** @returns the names of the tables that were missing. */
export async function rebuildMissingTables(client: Client): Promise<string[]> {
  const { rows } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  const there = new Set(rows.map((row) => String(row[0])));
  const missing = (["parents", "retractions"] as const).filter((name) => !there.has(name));
  if (missing.length === 0) return [];
  // In one transaction: a rebuild that was cut short must not look finished.
  const statements: InStatement[] = missing.flatMap((name) => TABLES[name]);
  for (let seq = 0; ; ) {
    const sql = "SELECT seq, id, text FROM entries WHERE seq > ? ORDER BY seq LIMIT ?";
    const page = (await client.execute({ sql, args: [seq, PAGE] })).rows;
    const entries = page.map((row) => ({
      id: toEntryId(row[1]) as EntryId,
      entry: JSON.parse(String(row[2])) as Entry,
    }));
    for (const name of missing) statements.push(...edgeStatements(name, entries));
    if (page.length < PAGE) break;
    seq = Number(page.at(-1)?.[0]);
  }
  await client.batch(statements, "write");
  return missing;
}
