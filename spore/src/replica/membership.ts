/**
 * Which ids make a replicated set, as rows: those of stored entries, without forks that were displaced (forks.ts), and
 * with those refused for local reasons, such as an author whom the commander blocked. A refused id counts as if it were
 * held: otherwise the difference with every peer that holds it would be found again in each round. For the same reason the
 * dot is kept with it: of what is on one dot the two lowest ids count, stored or refused.
 *
 * The set index is folded from this; it is read here by prefix whenever the index rehashes a bucket, so the queries are
 * written out and answered from one covering index.
 */
import type { Client, InStatement } from "@libsql/client";
import { type Label, SHARED_LABELS, type SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { bind } from "./entry-insert.ts";
import { keptOnDot } from "./or-set.ts";

export interface Checkpoint {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface PlacedDot {
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly label: Label;
}

/** An id of the set on some dot. */
export interface Member {
  readonly id: EntryId;
  readonly isRefused: boolean;
}

export interface Refused extends PlacedDot {
  readonly id: EntryId;
  readonly label: SharedLabel;
  readonly reason: string;
  /** ms */
  readonly at: number;
}

export interface SharedId {
  readonly scope: SharedLabel;
  readonly id: EntryId;
}

const LISTED = "(SELECT unhex(value) FROM json_each(?))";

const OUTSIDE = `
  SELECT id, -1 FROM displaced WHERE id BETWEEN ?1 AND ?2 AND scope = ?3
  UNION ALL SELECT id, 1 FROM refused WHERE id BETWEEN ?1 AND ?2 AND scope = ?3`;

// A list of [replica, counter, label]; what is found comes with its place in the list.
const STORED_ON_DOTS = `
  SELECT dots.key, entries.id FROM json_each(?) AS dots CROSS JOIN entries
  ON entries.replica = dots.value ->> 0 AND entries.counter = dots.value ->> 1 AND entries.label = dots.value ->> 2
  WHERE entries.id NOT IN (SELECT id FROM displaced)`;
const REFUSED_ON_DOTS = `
  SELECT dots.key, refused.id FROM json_each(?) AS dots CROSS JOIN refused
  ON refused.replica = dots.value ->> 0 AND refused.counter = dots.value ->> 1 AND refused.scope = dots.value ->> 2`;
const DISPLACED_BESIDE = `
  SELECT displaced.id, replicas.id, entries.counter, entries.label
  FROM displaced CROSS JOIN entries ON entries.id = displaced.id CROSS JOIN replicas ON replicas.n = entries.replica
  WHERE EXISTS (SELECT 1 FROM refused WHERE refused.replica = replicas.id AND refused.counter = entries.counter
    AND refused.scope = entries.label AND refused.reason = ?)`;

/** @param rowOf the row of `replicas`, or undefined for one that nothing is stored of. */
export async function createMembership(client: Client, rowOf: (replica: ReplicaId) => number | undefined) {
  /** Displaced and refused ids are rare: while there are none, no question about them is asked. */
  let outside = 0;

  /** Changes with every change of a set that is not the storing of an entry: a checkpoint must not span one. */
  let version = 0;

  /** Replicas of which ids are refused: on the dots of all others nothing is looked for. */
  const refusedReplicas = new Set<ReplicaId>();

  async function takeStock(): Promise<void> {
    const sql = "SELECT (SELECT count(*) FROM displaced) + (SELECT count(*) FROM refused)";
    const { rows } = await client.execute("SELECT DISTINCT replica FROM refused");
    outside = Number((await client.execute(sql)).rows[0]?.[0]);
    refusedReplicas.clear();
    for (const row of rows) refusedReplicas.add(row[0] as ReplicaId);
  }
  await takeStock();

  const forget = (name: string): InStatement => ({
    sql: "DELETE FROM checkpoints WHERE name = ?",
    args: [name],
  });

  /** What of the set is on each of these dots, in their order. */
  async function membersOn(dots: readonly PlacedDot[]): Promise<Member[][]> {
    const members: Member[][] = dots.map(() => []);
    const find = async (
      sql: string,
      of: (replica: ReplicaId) => ReplicaId | number | null,
      isRefused: boolean,
    ) => {
      const listed = dots.map(({ replica, counter, label }) => [of(replica), counter, label]);
      const { rows } = await client.execute({ sql, args: [JSON.stringify(listed)] });
      for (const row of rows) members[Number(row[0])]?.push({ id: toEntryId(row[1]), isRefused });
    };
    await find(STORED_ON_DOTS, (replica) => rowOf(replica) ?? null, false);
    if (dots.some(({ replica }) => refusedReplicas.has(replica)))
      await find(REFUSED_ON_DOTS, (replica) => replica, true);
    return members;
  }

  /** Displaced entries that would belong to the set without what was refused for this reason. */
  async function readmittedBy(reason: string): Promise<SharedId[]> {
    const { rows } = await client.execute({ sql: DISPLACED_BESIDE, args: [reason] });
    const back: SharedId[] = [];
    for (const row of rows) {
      const placed = {
        replica: String(row[1]) as ReplicaId,
        counter: Number(row[2]),
        label: String(row[3]) as SharedLabel,
      };
      const sql = "SELECT id FROM refused WHERE reason = ? AND replica = ? AND counter = ? AND scope = ?";
      const args = [reason, placed.replica, placed.counter, placed.label];
      const leaving = new Set((await client.execute({ sql, args })).rows.map((one) => toEntryId(one[0])));
      const [members = []] = await membersOn([placed]);
      const staying = members.map(({ id }) => id).filter((id) => !leaving.has(id));
      const others = rows.filter((one) => [1, 2, 3].every((at) => one[at] === row[at]));
      const id = toEntryId(row[0]);
      if (keptOnDot([...staying, ...others.map((one) => toEntryId(one[0]))]).includes(id))
        back.push({ id, scope: placed.label });
    }
    return back;
  }

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

    hasRefused: (replica: ReplicaId): boolean => refusedReplicas.has(replica),

    /** Remembers ids as refused. */
    refuseStatements(refused: readonly Refused[]): InStatement[] {
      if (refused.length === 0) return [];
      outside += refused.length;
      version++;
      for (const { replica } of refused) refusedReplicas.add(replica);
      const sql = `INSERT OR IGNORE INTO refused (id, scope, replica, counter, reason, at)
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`;
      const rows = refused.map((one) => [one.id, one.label, one.replica, one.counter, one.reason, one.at]);
      const scopes = new Set(refused.map(({ label }) => label));
      return [
        { sql, args: [JSON.stringify(rows)] },
        ...[...scopes].map((scope) => forget(checkpointOf(scope))),
      ];
    },

    /** Forgets that ids were refused: lower ones have come on their dots, or they are stored after all. */
    unrefuseStatements(ids: readonly SharedId[]): InStatement[] {
      if (ids.length === 0) return [];
      version++;
      const listed = JSON.stringify(ids.map(({ id }) => id));
      const scopes = new Set(ids.map(({ scope }) => scope));
      return [
        { sql: `DELETE FROM refused WHERE id IN ${LISTED}`, args: [listed] },
        ...[...scopes].map((scope) => forget(checkpointOf(scope))),
      ];
    },

    /**
     * Forgets what was refused for a reason, so that it is fetched again.
     * @returns those ids; and the displaced ones that belong to the set again until lower ones come.
     */
    async pardon(reason: string): Promise<{ pardoned: SharedId[]; readmitted: SharedId[] }> {
      const readmitted = await readmittedBy(reason);
      const results = await client.batch(
        [
          { sql: "DELETE FROM refused WHERE reason = ? RETURNING id, scope", args: [reason] },
          {
            sql: `DELETE FROM displaced WHERE id IN ${LISTED}`,
            args: [JSON.stringify(readmitted.map(({ id }) => id))],
          },
          ...SHARED_LABELS.map((scope) => forget(checkpointOf(scope))),
        ],
        "write",
      );
      version++;
      await takeStock();
      const rows = results[0]?.rows ?? [];
      const pardoned = rows.map((row) => ({ id: toEntryId(row[0]), scope: String(row[1]) as SharedLabel }));
      return { pardoned, readmitted };
    },

    membersOn,
    ...createLists(client),

    /** The highest counter stored of a replica, 0 if none: one step in the index on dots. */
    async highestCounter(replica: ReplicaId): Promise<number> {
      const args = [rowOf(replica) ?? null];
      const sql = "SELECT max(counter) FROM entries WHERE replica = ?";
      return Number((await client.execute({ sql, args })).rows[0]?.[0] ?? 0);
    },

    displaceStatements(scope: SharedLabel, id: EntryId): InStatement[] {
      outside++;
      version++;
      const sql = "INSERT OR IGNORE INTO displaced (id, scope) VALUES (?, ?)";
      return [{ sql, args: [bind(id), scope] }, forget(checkpointOf(scope))];
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

/** What is asked of these tables beside the set itself. */
function createLists(client: Client) {
  return {
    async displacedIds(): Promise<EntryId[]> {
      return (await client.execute("SELECT id FROM displaced")).rows.map((row) => toEntryId(row[0]));
    },

    async refusedIds(scope: SharedLabel): Promise<EntryId[]> {
      const sql = "SELECT id FROM refused WHERE scope = ?";
      return (await client.execute({ sql, args: [scope] })).rows.map((row) => toEntryId(row[0]));
    },

    /** Whether they are on disk: what is written together is there, or not, together. */
    async isAnyRefused(ids: readonly { readonly id: EntryId }[]): Promise<boolean> {
      const sql = `SELECT 1 FROM refused WHERE id IN ${LISTED} LIMIT 1`;
      const listed = JSON.stringify(ids.map(({ id }) => id));
      return ids.length > 0 && (await client.execute({ sql, args: [listed] })).rows.length > 0;
    },

    async refusedCount(): Promise<number> {
      return Number((await client.execute("SELECT count(*) FROM refused")).rows[0]?.[0] ?? 0);
    },

    forkStatement: (first: EntryId, second: EntryId, at: number): InStatement => ({
      sql: "INSERT OR IGNORE INTO equivocations (first, second, at) VALUES (?, ?, ?)",
      args: [bind(first), bind(second), at],
    }),

    /** Pairs of entries that prove a fork, newest first. */
    async forks(limit: number): Promise<{ first: EntryId; second: EntryId }[]> {
      const sql = "SELECT first, second FROM equivocations ORDER BY at DESC LIMIT ?";
      const { rows } = await client.execute({ sql, args: [limit] });
      return rows.map((row) => ({ first: toEntryId(row[0]), second: toEntryId(row[1]) }));
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
