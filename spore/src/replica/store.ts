/**
 * Rows in libSQL: the entries, and what is derived from them or belongs to this spore alone.
 *
 * One connection and only whole statements and batches: the native driver is synchronous, so each call is atomic with
 * regard to every other, PRAGMAs hold, and SQLITE_BUSY cannot arise inside the process. One process owns a file
 * (data-lock.ts). A group of entries is one batch of multi-row inserts, durable before it is acknowledged: WAL with
 * synchronous FULL.
 */

import { type Client, createClient, type InStatement, type InValue } from "@libsql/client";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { type Kind, taskOf } from "@synapse/shared/contract/entry.ts";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey, ReplicaId } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import type { AdmittedEntry } from "./admission.ts";
import type { StoredEntry } from "./feed.ts";
import { type MigrationError, migrate } from "./migrations.ts";
import * as tables from "./schema.ts";

/** SQLite allows 32,766 bound values a statement; an entry takes 11. */
const ROWS_PER_INSERT = 1_000;
/** Ids in one IN list: far below the limit on bound values. */
const IDS_PER_QUERY = 2_000;
/** Pages before SQLite folds the WAL back: halves the cost of the random-id index (measured). */
const WAL_AUTOCHECKPOINT_PAGES = 16_000;

export interface NewRow extends AdmittedEntry {
  readonly seq: number;
  readonly receivedAt: number;
}

export interface EntryFilter {
  readonly labels?: readonly Label[];
  readonly kinds?: readonly Kind[];
  readonly task?: EntryId;
  readonly beforeSeq?: number;
}

export type StoreError = MigrationError | { readonly kind: "unusable_database"; readonly message: string };

export type Store = Awaited<ReturnType<typeof buildStore>>;

export interface StoreOptions {
  /** `file:…`, `libsql://…` or `http(s)://…`. */
  readonly url: string;
  readonly token?: string;
}

export async function openStore(options: StoreOptions): Promise<Result<Store, StoreError>> {
  let client: Client;
  try {
    const isFile = options.url.startsWith("file:") || options.url === ":memory:";
    client = createClient({
      url: options.url,
      ...(options.token ? { authToken: options.token } : {}),
      ...(isFile ? { concurrency: 1 } : {}),
    });
    if (isFile) {
      await client.execute("PRAGMA journal_mode = WAL");
      await client.execute("PRAGMA synchronous = FULL");
      await client.execute(`PRAGMA wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`);
    }
    const migrated = await migrate(client);
    if (!migrated.ok) return migrated;
  } catch (cause) {
    return err({ kind: "unusable_database", message: `cannot open the database: ${String(cause)}` });
  }
  return ok(await buildStore(client, drizzle(client, { schema: tables })));
}

async function buildStore(client: Client, db: LibSQLDatabase<typeof tables>) {
  const replicaRows = new Map<ReplicaId, number>();
  for (const row of await db.select().from(tables.replicas)) replicaRows.set(row.id as ReplicaId, row.n);
  const last = await db.select({ seq: sql<number | null>`max(seq)` }).from(tables.entries);
  let head = last[0]?.seq ?? 0;

  const columns = {
    seq: tables.entries.seq,
    id: tables.entries.id,
    text: tables.entries.text,
    signature: tables.entries.signature,
    receivedAt: tables.entries.receivedAt,
  };

  async function select(where: SQL | undefined, order: SQL, limit?: number): Promise<StoredEntry[]> {
    const query = db.select(columns).from(tables.entries).where(where).orderBy(order);
    const rows = await (limit === undefined ? query : query.limit(limit));
    return rows.map(toStored);
  }

  return {
    client,
    db,
    head: () => head,

    /** Stores rows and whatever else belongs to the same moment, or nothing at all. */
    async commit(rows: readonly NewRow[], also: readonly InStatement[] = []): Promise<void> {
      const fresh = new Map<ReplicaId, number>();
      for (const { entry } of rows) {
        if (!replicaRows.has(entry.replica) && !fresh.has(entry.replica)) {
          fresh.set(entry.replica, replicaRows.size + fresh.size + 1);
        }
      }
      const rowOf = (replica: ReplicaId) => replicaRows.get(replica) ?? fresh.get(replica) ?? 0;
      await client.batch([...insertStatements(rows, fresh, rowOf), ...also], "write");
      for (const [id, n] of fresh) replicaRows.set(id, n);
      head = rows.at(-1)?.seq ?? head;
    },

    /** Which of these ids are stored. */
    async known(ids: readonly EntryId[]): Promise<Set<EntryId>> {
      const found = new Set<EntryId>();
      for (const part of chunks(ids, IDS_PER_QUERY)) {
        const rows = await db
          .select({ id: tables.entries.id })
          .from(tables.entries)
          .where(inArray(tables.entries.id, part));
        for (const row of rows) found.add(row.id);
      }
      return found;
    },

    async get(ids: readonly EntryId[]): Promise<StoredEntry[]> {
      const found: StoredEntry[] = [];
      for (const part of chunks(ids, IDS_PER_QUERY)) {
        found.push(...(await select(inArray(tables.entries.id, part), asc(tables.entries.seq))));
      }
      return found.sort((a, b) => a.seq - b.seq);
    },

    after: (seq: number, limit: number) =>
      select(gt(tables.entries.seq, seq), asc(tables.entries.seq), limit),

    /** Newest first. */
    async recent(filter: EntryFilter, limit: number): Promise<StoredEntry[]> {
      return await select(toWhere(filter), desc(tables.entries.seq), limit);
    },

    /** All entries of some kinds in commit order, in batches; the rest of a large store is not read. */
    async *ofKinds(kinds: readonly Kind[]): AsyncGenerator<StoredEntry[]> {
      const rows = await db
        .select({ seq: tables.entries.seq })
        .from(tables.entries)
        .where(inArray(tables.entries.kind, [...kinds]));
      const seqs = rows.map(({ seq }) => seq).sort((a, b) => a - b);
      for (const part of chunks(seqs, IDS_PER_QUERY)) {
        yield await select(inArray(tables.entries.seq, part), asc(tables.entries.seq));
      }
    },

    ofTask: (task: EntryId) => select(eq(tables.entries.task, task), asc(tables.entries.seq)),

    children: async (parent: EntryId): Promise<EntryId[]> => {
      const rows = await db
        .select({ child: tables.parents.child })
        .from(tables.parents)
        .where(eq(tables.parents.parent, parent))
        .limit(1_000);
      return rows.map((row) => row.child);
    },

    /** Ids of a scope that start with the prefix, ascending. */
    async idsByPrefix(scope: SharedLabel, prefixHex: string): Promise<EntryId[]> {
      const low = prefixHex.padEnd(64, "0") as EntryId;
      const high = prefixHex.padEnd(64, "f") as EntryId;
      const rows = await db
        .select({ id: tables.entries.id })
        .from(tables.entries)
        .where(
          and(
            sql`${tables.entries.id} BETWEEN ${bind(low)} AND ${bind(high)}`,
            eq(tables.entries.label, scope),
          ),
        )
        .orderBy(asc(tables.entries.id));
      const ids = rows.map((row) => row.id);
      const refusedRows = await db
        .select({ id: tables.refused.id })
        .from(tables.refused)
        .where(
          and(
            sql`${tables.refused.id} BETWEEN ${bind(low)} AND ${bind(high)}`,
            eq(tables.refused.scope, scope),
          ),
        );
      return refusedRows.length === 0 ? ids : [...ids, ...refusedRows.map((row) => row.id)].sort();
    },

    /** Ids of a scope with seq > after, in commit order: replayed into the set index at start. */
    async idsAfter(scope: SharedLabel, seq: number, limit: number): Promise<{ id: EntryId; seq: number }[]> {
      return await db
        .select({ id: tables.entries.id, seq: tables.entries.seq })
        .from(tables.entries)
        .where(and(gt(tables.entries.seq, seq), eq(tables.entries.label, scope)))
        .orderBy(asc(tables.entries.seq))
        .limit(limit);
    },

    async dots(): Promise<{ replica: ReplicaId; counter: number }[]> {
      const ids = new Map([...replicaRows].map(([id, n]) => [n, id]));
      const rows = await client.execute("SELECT replica, counter FROM entries ORDER BY replica, counter");
      return rows.rows.map((row) => ({
        replica: ids.get(Number(row[0])) as ReplicaId,
        counter: Number(row[1]),
      }));
    },

    /** All stored entries on one dot; more than one is equivocation. */
    async onDot(replica: ReplicaId, counter: number): Promise<EntryId[]> {
      const n = replicaRows.get(replica);
      if (n === undefined) return [];
      const rows = await db
        .select({ id: tables.entries.id })
        .from(tables.entries)
        .where(and(eq(tables.entries.replica, n), eq(tables.entries.counter, counter)));
      return rows.map((row) => row.id);
    },

    async countsByKind(): Promise<{ kind: Kind; label: Label; count: number }[]> {
      return await db
        .select({ kind: tables.entries.kind, label: tables.entries.label, count: sql<number>`count(*)` })
        .from(tables.entries)
        .groupBy(tables.entries.kind, tables.entries.label);
    },

    async retractionPairs(): Promise<{ target: EntryId; by: EntryId }[]> {
      return await db.select().from(tables.retractions);
    },

    async certificates(): Promise<Certificate[]> {
      const rows = await db.select({ json: tables.certificates.json }).from(tables.certificates);
      return rows.map((row) => JSON.parse(row.json) as Certificate);
    },

    async saveCertificate(certificate: Certificate): Promise<void> {
      const row = {
        spore: certificate.spore,
        operator: certificate.operator,
        json: JSON.stringify(certificate),
      };
      await db
        .insert(tables.certificates)
        .values(row)
        .onConflictDoUpdate({
          target: tables.certificates.spore,
          set: { operator: row.operator, json: row.json },
        });
    },

    async getMeta(key: string): Promise<string | null> {
      const rows = await db.select().from(tables.meta).where(eq(tables.meta.key, key));
      return rows[0]?.value ?? null;
    },

    async setMeta(key: string, value: string): Promise<void> {
      await db
        .insert(tables.meta)
        .values({ key, value })
        .onConflictDoUpdate({ target: tables.meta.key, set: { value } });
    },

    operatorOfSpore: async (spore: PublicKey): Promise<PublicKey | null> => {
      const rows = await db
        .select({ operator: tables.certificates.operator })
        .from(tables.certificates)
        .where(eq(tables.certificates.spore, spore));
      return (rows[0]?.operator ?? null) as PublicKey | null;
    },

    close(): void {
      client.close();
    },
  };
}

function toStored(row: {
  seq: number;
  id: EntryId;
  text: string;
  signature: string;
  receivedAt: number;
}): StoredEntry {
  const { seq, id, signature, receivedAt } = row;
  return { seq, id, signature, receivedAt, entry: JSON.parse(row.text) };
}

function toWhere(filter: EntryFilter): SQL | undefined {
  return and(
    filter.labels && inArray(tables.entries.label, [...filter.labels]),
    filter.kinds && inArray(tables.entries.kind, [...filter.kinds]),
    filter.task && eq(tables.entries.task, filter.task),
    filter.beforeSeq === undefined ? undefined : lt(tables.entries.seq, filter.beforeSeq),
  );
}

const bind = (id: EntryId) => Buffer.from(id, "hex");

/** The hot path is written out: building a thousand rows through the query builder costs more than storing them. */
function insertStatements(
  rows: readonly NewRow[],
  freshReplicas: ReadonlyMap<ReplicaId, number>,
  rowOf: (replica: ReplicaId) => number,
): InStatement[] {
  const statements: InStatement[] = [];
  for (const [id, n] of freshReplicas) {
    statements.push({ sql: "INSERT INTO replicas (n, id) VALUES (?, ?)", args: [n, id] });
  }
  for (const part of chunks(rows, ROWS_PER_INSERT)) {
    const args: InValue[] = [];
    for (const row of part) {
      const { entry } = row;
      const task = taskOf(row);
      args.push(
        row.seq,
        bind(row.id),
        entry.label,
        entry.kind,
        rowOf(entry.replica),
        entry.counter,
        entry.clock[0],
      );
      args.push(
        task === null ? null : bind(task),
        row.text,
        Buffer.from(row.signature, "base64url"),
        row.receivedAt,
      );
    }
    statements.push({ sql: multiRow("INSERT INTO entries VALUES", 11, part.length), args });
  }
  const edges = rows.flatMap((row) =>
    [...new Set(row.entry.parents)].map((parent) => [row.id, parent] as const),
  );
  const removals = rows.flatMap((row) =>
    row.entry.kind === "retraction"
      ? [...new Set(row.entry.body.targets)].map((target) => [target, row.id] as const)
      : [],
  );
  for (const [table, pairs] of [
    ["parents", edges],
    ["retractions", removals],
  ] as const) {
    for (const part of chunks(pairs, ROWS_PER_INSERT)) {
      const args = part.flatMap(([a, b]) => [bind(a), bind(b)]);
      statements.push({ sql: multiRow(`INSERT INTO ${table} VALUES`, 2, part.length), args });
    }
  }
  return statements;
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
