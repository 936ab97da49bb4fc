/**
 * Numbered, forward-only migrations, held in the source so that a spore is one thing to ship.
 *
 * Invariants: 1. A migration that was released is never edited. 2. Each runs in one transaction together with the
 * record that it ran. 3. A database of a newer version than this code knows is refused, never guessed at.
 */

import type { Client } from "@libsql/client";
import { err, ok, type Result } from "@synapse/shared/result.ts";

const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE entries (
      seq INTEGER PRIMARY KEY,
      id BLOB NOT NULL,
      label TEXT NOT NULL,
      kind TEXT NOT NULL,
      replica INTEGER NOT NULL,
      counter INTEGER NOT NULL,
      clock_ms INTEGER NOT NULL,
      task BLOB,
      text TEXT NOT NULL,
      signature BLOB NOT NULL,
      received_at INTEGER NOT NULL
    )`,
    "CREATE UNIQUE INDEX entries_id ON entries (id)",
    "CREATE INDEX entries_dot ON entries (replica, counter)",
    "CREATE INDEX entries_task ON entries (task) WHERE task IS NOT NULL",
    "CREATE INDEX entries_kind ON entries (kind, label)",
    "CREATE TABLE parents (child BLOB NOT NULL, parent BLOB NOT NULL, PRIMARY KEY (child, parent)) WITHOUT ROWID",
    "CREATE INDEX parents_parent ON parents (parent)",
    "CREATE TABLE retractions (target BLOB NOT NULL, by BLOB NOT NULL, PRIMARY KEY (target, by)) WITHOUT ROWID",
    "CREATE TABLE replicas (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    "CREATE TABLE certificates (spore TEXT PRIMARY KEY, operator TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE refused (id BLOB PRIMARY KEY, scope TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE equivocations (first BLOB NOT NULL, second BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID",
    "CREATE TABLE idempotency (key TEXT PRIMARY KEY, request TEXT NOT NULL, response TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE wall_audit (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL, kind TEXT)",
  ],
  [
    "CREATE TABLE history (metric TEXT NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (metric, at)) WITHOUT ROWID",
  ],
  ["CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID"],
  [
    "CREATE TABLE wall_origins (claim TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (claim, source)) WITHOUT ROWID",
  ],
  [
    // With the label inside, the ids of a set are read from this index alone.
    "DROP INDEX entries_id",
    "CREATE UNIQUE INDEX entries_id ON entries (id, label)",
    "CREATE TABLE displaced (id BLOB PRIMARY KEY, scope TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE checkpoints (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, bytes BLOB NOT NULL)",
  ],
  ["CREATE TABLE model_chain (key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID"],
  [
    "CREATE TABLE invites (id TEXT PRIMARY KEY, note TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_by TEXT, used_at INTEGER) WITHOUT ROWID",
  ],
  [
    "CREATE TABLE blocklist (source TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (source, scope, key)) WITHOUT ROWID",
    "CREATE TABLE blocklist_subscriptions (url TEXT PRIMARY KEY) WITHOUT ROWID",
  ],
  [
    "CREATE TABLE known_answers (task TEXT PRIMARY KEY, value TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL, graded INTEGER NOT NULL) WITHOUT ROWID",
  ],
  ["CREATE TABLE anchors (url TEXT PRIMARY KEY, operator TEXT NOT NULL) WITHOUT ROWID"],
  [
    // An id without its dot cannot be judged beside its forks: what was refused until now is offered again, once.
    "DELETE FROM checkpoints WHERE name LIKE 'index:%' AND EXISTS (SELECT 1 FROM refused)",
    "DROP TABLE refused",
    "CREATE TABLE refused (id BLOB PRIMARY KEY, scope TEXT NOT NULL, replica TEXT NOT NULL, counter INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX refused_dot ON refused (replica, counter)",
  ],
];

export type MigrationError = { readonly kind: "newer_database"; readonly message: string };

/** Brings the database to this code's version. @returns the version reached. */
export async function migrate(client: Client): Promise<Result<number, MigrationError>> {
  await client.execute(
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  );
  const row = (await client.execute("SELECT value FROM meta WHERE key = 'schema_version'")).rows[0];
  const version = Number(row?.[0] ?? 0);
  if (version > MIGRATIONS.length) {
    return err({
      kind: "newer_database",
      message: `the database has version ${version}, this spore knows ${MIGRATIONS.length}: run a newer spore`,
    });
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    await client.batch(
      [
        ...(MIGRATIONS[next] ?? []),
        {
          sql: "INSERT INTO meta (key, value) VALUES ('schema_version', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
          args: [String(next + 1)],
        },
      ],
      "write",
    );
  }
  return ok(MIGRATIONS.length);
}
