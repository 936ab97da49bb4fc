/**
 * The tables, as Drizzle sees them. `migrations.ts` creates them; a test holds the two together.
 *
 * `entries` is the truth. `parents` and `retractions` are derived from it and can be rebuilt. The rest is operational
 * state of this spore alone: it is never shared, and losing it loses no entry.
 */

import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { customType, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** 32 raw bytes in the file, 64 hex everywhere else: half the size in the two largest indexes. */
const entryId = customType<{ data: EntryId; driverData: Uint8Array | ArrayBuffer }>({
  dataType: () => "blob",
  toDriver: (id) => Buffer.from(id, "hex"),
  fromDriver: (bytes) => Buffer.from(bytes as ArrayBuffer).toString("hex") as EntryId,
});

/** An Ed25519 signature: 64 raw bytes in the file, base64url in memory. */
const signature = customType<{ data: string; driverData: Uint8Array | ArrayBuffer }>({
  dataType: () => "blob",
  toDriver: (text) => Buffer.from(text, "base64url"),
  fromDriver: (bytes) => Buffer.from(bytes as ArrayBuffer).toString("base64url"),
});

export const entries = sqliteTable("entries", {
  /** Commit order. */
  seq: integer().primaryKey(),
  id: entryId().notNull(),
  label: text().$type<Label>().notNull(),
  kind: text().$type<Kind>().notNull(),
  /** Row of `replicas`. */
  replica: integer().notNull(),
  counter: integer().notNull(),
  clockMs: integer("clock_ms").notNull(),
  /** The task the entry belongs to; null for entries of no task. */
  task: entryId(),
  /** The canonical JSON that was hashed. */
  text: text().notNull(),
  signature: signature().notNull(),
  receivedAt: integer("received_at").notNull(),
});

export const parents = sqliteTable(
  "parents",
  { child: entryId().notNull(), parent: entryId().notNull() },
  (table) => [primaryKey({ columns: [table.child, table.parent] })],
);

/** Which retraction names which entry; whether it is in force is decided by or-set.ts. */
export const retractions = sqliteTable(
  "retractions",
  { target: entryId().notNull(), by: entryId().notNull() },
  (table) => [primaryKey({ columns: [table.target, table.by] })],
);

export const replicas = sqliteTable("replicas", { n: integer().primaryKey(), id: text().notNull() });

export const certificates = sqliteTable("certificates", {
  spore: text().primaryKey(),
  operator: text().notNull(),
  json: text().notNull(),
});

/** Small named values: incarnation, schema version, settings, watermarks. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

/** Answers already given to an Idempotency-Key. */
export const idempotency = sqliteTable("idempotency", {
  key: text().primaryKey(),
  /** SHA-256 of the request, so that the same key with another body is noticed. */
  request: text().notNull(),
  response: text().notNull(),
  at: integer().notNull(),
});

export const wallAudit = sqliteTable("wall_audit", {
  n: integer().primaryKey(),
  at: integer().notNull(),
  action: text().notNull(),
  reason: text().notNull(),
  kind: text(),
});
