/**
 * Which ids make a replicated set, as rows: those of stored entries, without forks that were displaced (forks.ts), and
 * with those refused for local reasons, such as an author whom the commander blocked. A refused id counts as if it were
 * held: otherwise the difference with every peer that holds it would be found again in each round.
 *
 * The set index is folded from this; it is read here by prefix whenever the index rehashes a bucket, so the queries are
 * written out and answered from one covering index.
 */
import type { Client, InStatement } from "@libsql/client";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { bind } from "./entry-insert.ts";

export interface Checkpoint {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

interface PlacedDot {
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly label: Label;
}

const OUTSIDE = `
  SELECT id, -1 FROM displaced WHERE id BETWEEN ?1 AND ?2 AND scope = ?3
  UNION ALL SELECT id, 1 FROM refused WHERE id BETWEEN ?1 AND ?2 AND scope = ?3`;

/** @param rowOf the row of `replicas`, or undefined for one that nothing is stored of. */
export async function createMembership(client: Client, rowOf: (replica: ReplicaId) => number | undefined) {
  /** Displaced and refused ids are rare: while there are none, no question about them is asked. */
  let outside = Number(
    (await client.execute("SELECT (SELECT count(*) FROM displaced) + (SELECT count(*) FROM refused)"))
      .rows[0]?.[0],
  );

  /** Changes with every change of a set that is not the storing of an entry: a checkpoint must not span one. */
  let version = 0;

  const forget = (name: string): InStatement => ({
    sql: "DELETE FROM checkpoints WHERE name = ?",
    args: [name],
  });

  return {
    /** Ids of a scope that start with the prefix, ascending. */
    async idsByPrefix(scope: SharedLabel, prefixHex: string): Promise<EntryId[]> {
      const low = bind(prefixHex.padEnd(64, "0") as EntryId);
      const high = bind(prefixHex.padEnd(64, "f") as EntryId);
      const sql = "SELECT id FROM entries WHERE id BETWEEN ? AND ? AND label = ? ORDER BY id";
      const ids = (await client.execute({ sql, args: [low, high, scope] })).rows.map((row) =>
        toEntryId(row[0]),
      );
      if (outside === 0) return ids;
      const others = await client.execute({ sql: OUTSIDE, args: [low, high, scope] });
      if (others.rows.length === 0) return ids;
      const set = new Set(ids);
      for (const row of others.rows) {
        if (Number(row[1]) > 0) set.add(toEntryId(row[0]));
        else set.delete(toEntryId(row[0]));
      }
      return [...set].sort();
    },

    /** Ids of a scope with seq > after, in commit order: replayed into the set index at a start. */
    async idsAfter(scope: SharedLabel, seq: number, limit: number): Promise<{ id: EntryId; seq: number }[]> {
      const sql = `SELECT id, seq FROM entries WHERE seq > ? AND label = ?
        AND id NOT IN (SELECT id FROM displaced) ORDER BY seq LIMIT ?`;
      const { rows } = await client.execute({ sql, args: [seq, scope, limit] });
      return rows.map((row) => ({ id: toEntryId(row[0]), seq: Number(row[1]) }));
    },

    async displacedIds(): Promise<EntryId[]> {
      return (await client.execute("SELECT id FROM displaced")).rows.map((row) => toEntryId(row[0]));
    },

    async refusedIds(scope: SharedLabel): Promise<EntryId[]> {
      const sql = "SELECT id FROM refused WHERE scope = ?";
      return (await client.execute({ sql, args: [scope] })).rows.map((row) => toEntryId(row[0]));
    },

    /** Remembers ids as refused. @returns those that were not, and are not stored. */
    async refuse(
      scope: SharedLabel,
      ids: readonly EntryId[],
      reason: string,
      now: number,
    ): Promise<EntryId[]> {
      const fresh: EntryId[] = [];
      for (const id of ids) {
        const sql = `INSERT OR IGNORE INTO refused (id, scope, reason, at)
          SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE id = ?1)`;
        const { rowsAffected } = await client.execute({ sql, args: [bind(id), scope, reason, now] });
        if (rowsAffected > 0) fresh.push(id);
      }
      if (fresh.length > 0) await client.execute(forget(checkpointOf(scope)));
      outside += fresh.length;
      version++;
      return fresh;
    },

    /** Forgets what was refused for a reason, so that it is fetched again. @returns the ids. */
    async pardon(reason: string): Promise<{ scope: SharedLabel; id: EntryId }[]> {
      const sql = "DELETE FROM refused WHERE reason = ? RETURNING id, scope";
      const { rows } = await client.execute({ sql, args: [reason] });
      outside -= rows.length;
      version++;
      const pardoned = rows.map((row) => ({ id: toEntryId(row[0]), scope: String(row[1]) as SharedLabel }));
      for (const scope of new Set(pardoned.map((one) => one.scope))) {
        await client.execute(forget(checkpointOf(scope)));
      }
      return pardoned;
    },

    async refusedCount(): Promise<number> {
      return Number((await client.execute("SELECT count(*) FROM refused")).rows[0]?.[0] ?? 0);
    },

    /** The entries on one dot that belong to its label's set. */
    async onDot({ replica, counter, label }: PlacedDot): Promise<EntryId[]> {
      const row = rowOf(replica);
      if (row === undefined) return [];
      const sql = `SELECT id FROM entries WHERE replica = ? AND counter = ? AND label = ?
        AND id NOT IN (SELECT id FROM displaced)`;
      return (await client.execute({ sql, args: [row, counter, label] })).rows.map((row) =>
        toEntryId(row[0]),
      );
    },

    /** The highest counter stored of a replica, 0 if none: one step in the index on dots. */
    async highestCounter(replica: ReplicaId): Promise<number> {
      const args = [rowOf(replica) ?? null];
      const sql = "SELECT max(counter) FROM entries WHERE replica = ?";
      return Number((await client.execute({ sql, args })).rows[0]?.[0] ?? 0);
    },

    forkStatement: (first: EntryId, second: EntryId, at: number): InStatement => ({
      sql: "INSERT OR IGNORE INTO equivocations (first, second, at) VALUES (?, ?, ?)",
      args: [bind(first), bind(second), at],
    }),

    displaceStatements(scope: SharedLabel, id: EntryId): InStatement[] {
      outside++;
      version++;
      const sql = "INSERT OR IGNORE INTO displaced (id, scope) VALUES (?, ?)";
      return [{ sql, args: [bind(id), scope] }, forget(checkpointOf(scope))];
    },

    /** Pairs of entries that prove a fork, newest first. */
    async forks(limit: number): Promise<{ first: EntryId; second: EntryId }[]> {
      const sql = "SELECT first, second FROM equivocations ORDER BY at DESC LIMIT ?";
      const { rows } = await client.execute({ sql, args: [limit] });
      return rows.map((row) => ({ first: toEntryId(row[0]), second: toEntryId(row[1]) }));
    },

    async checkpoint(name: string): Promise<Checkpoint | null> {
      const sql = "SELECT seq, bytes FROM checkpoints WHERE name = ?";
      const row = (await client.execute({ sql, args: [name] })).rows[0];
      if (row === undefined) return null;
      // A damaged page may hold another type: to its reader that is a checkpoint of no bytes.
      const isBlob = row[1] instanceof ArrayBuffer || ArrayBuffer.isView(row[1]);
      return { seq: Number(row[0]), bytes: new Uint8Array(isBlob ? (row[1] as ArrayBuffer) : []) };
    },

    setVersion: () => version,

    /** The index has followed: to be called after ids were refused, pardoned or displaced. */
    bumpSetVersion(): void {
      version++;
    },

    /** @param since the set's version before the checkpoint was taken: if it has changed, nothing is saved. */
    async saveCheckpoint(name: string, { seq, bytes }: Checkpoint, since: number): Promise<void> {
      if (since !== version) return;
      const sql = `INSERT INTO checkpoints (name, seq, bytes) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, bytes = excluded.bytes`;
      await client.execute({ sql, args: [name, seq, bytes] });
    },
  };
}

export function checkpointOf(scope: SharedLabel): string {
  return `index:${scope}`;
}

/** Blobs are a Buffer from a file and an ArrayBuffer from a server. */
export function toEntryId(value: unknown): EntryId {
  const hex = value instanceof ArrayBuffer ? Buffer.from(value) : (value as Buffer);
  return hex.toString("hex") as EntryId;
}
