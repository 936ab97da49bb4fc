/**
 * Rows in libSQL: the entries, and what is derived from them or belongs to this spore alone.
 *
 * One connection and only whole statements and batches: the native driver is synchronous, so each call is atomic with
 * regard to every other, PRAGMAs hold, and SQLITE_BUSY cannot arise inside the process. One process owns a file
 * (data-lock.ts). A group of entries is one batch of multi-row inserts, durable before it is acknowledged: WAL with
 * synchronous FULL.
 */

import { type Client, createClient, type InStatement } from "@libsql/client";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label, type SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import type { AdmittedEntry } from "./admission.ts";
import { rebuildMissingTables } from "./derived-tables.ts";
import type { Dot } from "./dot.ts";
import { insertStatements } from "./entry-insert.ts";
import type { StoredEntry } from "./feed.ts";
import { createFileClient, pathOf } from "./file-client.ts";
import { createHiding } from "./hiding.ts";
import { createMembership, toEntryId } from "./membership.ts";
import { type MigrationError, migrate } from "./migrations.ts";
import { createProvenance } from "./provenance.ts";
import * as tables from "./schema.ts";
import { explainFailure, fileProblem } from "./storage-failure.ts";
import { readWirePage, readWireRows, type WireRow } from "./wire-rows.ts";

/** An entry takes about 1.3 KB: eight fit on a page, of four times as few pages as with SQLite's default. */
const PAGE_BYTES = 8_192;
/** Holds the upper levels of the index on random ids at a million entries; SQLite's default of 2 MB does not. */
const CACHE_KIB = 32_768;
/** 64 MB before SQLite folds the WAL back: halves the cost of the random-id index (measured). */
const WAL_AUTOCHECKPOINT_PAGES = 8_000;

/** Entries parsed at once while a view is folded anew. */
const BATCH_ROWS = 1_000;

export interface NewRow extends AdmittedEntry {
  readonly seq: number;
  /** The signature as it was made, where it was made here. */
  readonly signatureBytes?: Uint8Array;
  readonly receivedAt: number;
}

/** What is known of an entry without reading its text. */
export interface DatedDot extends Dot {
  readonly seq: number;
  /** Of its hybrid clock, without the count. */
  readonly clockMs: number;
  readonly receivedAt: number;
}

export interface EntryFilter {
  readonly labels?: readonly Label[];
  readonly kinds?: readonly Kind[];
  readonly task?: EntryId;
  /** Whose sequence the entries are of. */
  readonly replica?: ReplicaId;
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
  const isFile = options.url.startsWith("file:") || options.url === ":memory:";
  const problem = isFile ? fileProblem(pathOf(options.url)) : null;
  if (problem !== null) return err({ kind: "unusable_database", message: problem });
  let client: Client | null = null;
  try {
    client = isFile
      ? createFileClient(options.url)
      : createClient({ url: options.url, ...(options.token ? { authToken: options.token } : {}) });
    if (isFile) await tune(client);
    const migrated = await migrate(client);
    if (!migrated.ok) return migrated;
    await rebuildMissingTables(client);
    return ok(await buildStore(client, drizzle(client, { schema: tables })));
  } catch (cause) {
    client?.close();
    // Its host alone: an address may carry a token.
    const where = isFile ? pathOf(options.url) : `the libSQL server ${hostOf(options.url)}`;
    return err({ kind: "unusable_database", message: `cannot use ${where}: ${explainFailure(cause)}` });
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "(its address is no URL)";
}

async function tune(client: Client): Promise<void> {
  // Of a new file only: an old one keeps what it has.
  await client.execute(`PRAGMA page_size = ${PAGE_BYTES}`);
  await client.execute("PRAGMA journal_mode = WAL");
  await client.execute("PRAGMA synchronous = FULL");
  await client.execute(`PRAGMA cache_size = -${CACHE_KIB}`);
  await client.execute(`PRAGMA wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`);
}

const columns = {
  seq: tables.entries.seq,
  id: tables.entries.id,
  // As bytes: the binding ends the process on text that is no UTF-8, as a damaged disk may return it.
  text: sql<ArrayBuffer | Uint8Array>`CAST(${tables.entries.text} AS BLOB)`,
  signature: tables.entries.signature,
  receivedAt: tables.entries.receivedAt,
};

async function buildStore(client: Client, db: LibSQLDatabase<typeof tables>) {
  const replicaRows = new Map<ReplicaId, number>();
  for (const row of await db.select().from(tables.replicas)) replicaRows.set(row.id as ReplicaId, row.n);
  const last = await db.select({ seq: sql<number | null>`max(seq)` }).from(tables.entries);
  let head = last[0]?.seq ?? 0;
  const hiding = createHiding(replicaRows);

  async function select(where: SQL | undefined, order: SQL, limit?: number): Promise<StoredEntry[]> {
    const shown = sql.raw(hiding.condition());
    const query = db.select(columns).from(tables.entries).where(and(where, shown)).orderBy(order);
    const rows = await (limit === undefined ? query : query.limit(limit));
    return rows.map(toStored);
  }

  async function allAfter(seq: number, limit?: number): Promise<StoredEntry[]> {
    const where = gt(tables.entries.seq, seq);
    const query = db.select(columns).from(tables.entries).where(where).orderBy(asc(tables.entries.seq));
    return (await (limit === undefined ? query : query.limit(limit))).map(toStored);
  }

  return {
    client,
    db,
    head: () => head,
    ...hiding,
    provenance: createProvenance(client),
    ...createCertificateRows(client, db),
    ...(await createMembership(client, (replica) => replicaRows.get(replica))),

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
      for (const [id, n] of fresh) {
        replicaRows.set(id, n);
        hiding.seen(id, n);
      }
      head = rows.at(-1)?.seq ?? head;
    },

    /** Entries that are stored after `head`, which moves there. Only a commit with an unknown end leaves any. */
    async takeUnseen(): Promise<StoredEntry[]> {
      const unseen = await allAfter(head);
      if (unseen.length === 0) return unseen;
      for (const row of await db.select().from(tables.replicas)) replicaRows.set(row.id as ReplicaId, row.n);
      head = unseen.at(-1)?.seq ?? head;
      return unseen;
    },

    /** Which of these ids are stored. */
    async known(ids: readonly EntryId[]): Promise<Set<EntryId>> {
      if (ids.length === 0) return new Set();
      const sql = "SELECT id FROM entries WHERE id IN (SELECT unhex(value) FROM json_each(?))";
      const { rows } = await client.execute({ sql, args: [JSON.stringify(ids)] });
      return new Set(rows.map((row) => toEntryId(row[0])));
    },

    async get(ids: readonly EntryId[]): Promise<StoredEntry[]> {
      if (ids.length === 0) return [];
      const listed = sql`(SELECT unhex(value) FROM json_each(${JSON.stringify(ids)}))`;
      return await select(sql`${tables.entries.id} IN ${listed}`, asc(tables.entries.seq));
    },

    /** In commit order. */
    async wire(scope: SharedLabel, ids: readonly EntryId[]): Promise<WireRow[]> {
      return await readWireRows(client, hiding.condition(), scope, ids);
    },

    async wireAfter(scope: SharedLabel, seq: number, limit: number): Promise<WireRow[]> {
      return await readWirePage(client, hiding.condition(), scope, seq, limit);
    },

    /** Everything, hidden authors too: views are folded from it, and hide what they show. */
    after: allAfter,

    /** Tasks asked by hidden authors: what lists that keep rows of their own leave out. */
    async hiddenTasks(): Promise<ReadonlySet<EntryId>> {
      if (hiding.condition() === "1") return new Set();
      const text = `SELECT id FROM entries WHERE kind = 'task' AND NOT (${hiding.condition()})`;
      return new Set((await client.execute(text)).rows.map((row) => toEntryId(row[0])));
    },

    /** Newest first. */
    async recent(filter: EntryFilter, limit: number): Promise<StoredEntry[]> {
      const { seq } = tables.entries;
      if (filter.task || !(filter.kinds || filter.labels))
        return await select(toWhere(filter), desc(seq), limit);
      // The newest of each kind and label: the index on them holds these in order. Asked for at once, SQLite sorts every
      // row of these kinds first, two seconds at a million.
      const { kinds = KINDS, labels = LABELS, ...rest } = filter;
      const parts = kinds.flatMap((kind) =>
        labels.map((label) => {
          const where = and(
            toWhere({ ...rest, kinds: [kind], labels: [label] }),
            sql.raw(hiding.condition()),
          );
          return sql`SELECT seq FROM (SELECT ${seq} FROM ${tables.entries} WHERE ${where} ORDER BY ${seq} DESC LIMIT ${limit})`;
        }),
      );
      if (parts.length === 0) return [];
      const newest = sql`(${sql.join(parts, sql` UNION ALL `)} ORDER BY seq DESC LIMIT ${limit})`;
      return await select(sql`${seq} IN ${newest}`, desc(seq), limit);
    },

    /** All entries of some kinds in commit order, in batches; the rest of a large store is not read. */
    async *ofKinds(kinds: readonly Kind[]): AsyncGenerator<StoredEntry[]> {
      const { seq } = tables.entries;
      const rows = await db
        .select({ seq })
        .from(tables.entries)
        .where(inArray(tables.entries.kind, [...kinds]));
      const seqs = rows.map((row) => row.seq).sort((a, b) => a - b);
      for (let from = 0; from < seqs.length; from += BATCH_ROWS) {
        const part = JSON.stringify(seqs.slice(from, from + BATCH_ROWS));
        yield await select(sql`${seq} IN (SELECT value FROM json_each(${part}))`, asc(seq));
      }
    },

    children: async (parent: EntryId): Promise<EntryId[]> => {
      const rows = await db
        .select({ child: tables.parents.child })
        .from(tables.parents)
        .where(eq(tables.parents.parent, parent))
        .limit(1_000);
      return rows.map((row) => row.child);
    },

    ofTask: (task: EntryId) => select(eq(tables.entries.task, task), asc(tables.entries.seq)),

    /** The dots and times of what was stored after a sequence number, in commit order. */
    async dotsAfter(seq: number, limit: number): Promise<DatedDot[]> {
      const ids = new Map([...replicaRows].map(([id, n]) => [n, id]));
      const text = `SELECT seq, replica, counter, clock_ms, received_at FROM entries
        WHERE seq > ? ORDER BY seq LIMIT ?`;
      const { rows } = await client.execute({ sql: text, args: [seq, limit] });
      return rows.map((row) => ({
        seq: Number(row[0]),
        replica: ids.get(Number(row[1])) as ReplicaId,
        counter: Number(row[2]),
        clockMs: Number(row[3]),
        receivedAt: Number(row[4]),
      }));
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

    close(): void {
      client.close();
    },
  };
}

function toStored(row: {
  seq: number;
  id: EntryId;
  text: ArrayBuffer | Uint8Array;
  signature: string;
  receivedAt: number;
}): StoredEntry {
  const { seq, id, signature, receivedAt } = row;
  return { seq, id, signature, receivedAt, entry: JSON.parse(textOf(row.text)) };
}

function createCertificateRows(client: Client, db: LibSQLDatabase<typeof tables>) {
  function certificateStatement(certificate: Certificate): InStatement {
    const sql = `INSERT INTO certificates (spore, operator, json) VALUES (?, ?, ?)
      ON CONFLICT (spore) DO UPDATE SET operator = excluded.operator, json = excluded.json`;
    return { sql, args: [certificate.spore, certificate.operator, JSON.stringify(certificate)] };
  }

  return {
    certificateStatement,

    async certificates(): Promise<Certificate[]> {
      const rows = await db.select({ json: tables.certificates.json }).from(tables.certificates);
      return rows.map((row) => JSON.parse(row.json) as Certificate);
    },

    async saveCertificates(certificates: readonly Certificate[]): Promise<void> {
      if (certificates.length > 0) await client.batch(certificates.map(certificateStatement), "write");
    },
  };
}

function textOf(bytes: ArrayBuffer | Uint8Array): string {
  return Buffer.from(bytes as ArrayBuffer).toString("utf8");
}

function toWhere(filter: EntryFilter): SQL | undefined {
  return and(
    filter.labels && inArray(tables.entries.label, [...filter.labels]),
    filter.kinds && inArray(tables.entries.kind, [...filter.kinds]),
    filter.task && eq(tables.entries.task, filter.task),
    filter.replica &&
      sql`${tables.entries.replica} = (SELECT n FROM ${tables.replicas} WHERE id = ${filter.replica})`,
    filter.beforeSeq === undefined ? undefined : lt(tables.entries.seq, filter.beforeSeq),
  );
}
