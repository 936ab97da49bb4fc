/**
 * Where an entry comes from: the graph that entries and their parents form.
 *
 * Two entries are independent when nothing led to both: neither is an ancestor of the other and they have no ancestor in
 * common. Agreement counts as evidence only between such entries; what two authors repeat after a third is one voice.
 *
 * Ancestry is read from what is stored here. A parent that has not arrived is listed as missing, and nothing is said
 * about what stands behind it.
 */
import type { Client } from "@libsql/client";
import type { EntryId } from "@synapse/shared/ids.ts";
import { toEntryId } from "./membership.ts";

/** Entries looked at in one question: some milliseconds, and more history than any answer rests on. */
export const ANCESTORS_MAX = 10_000;

export interface Ancestry {
  /** Stored ancestors, without the entries asked about, ascending. */
  readonly ids: readonly EntryId[];
  /** Named as parents, and not stored here. */
  readonly missing: readonly EntryId[];
  /** False where there are more than ANCESTORS_MAX. */
  readonly complete: boolean;
}

export interface Independence {
  readonly independent: boolean;
  /** What led to both, or one of the two where it led to the other; at most ANCESTORS_MAX. */
  readonly shared: readonly EntryId[];
  /** False where a parent is missing or the history is too long: then "independent" means "as far as is known". */
  readonly complete: boolean;
}

const UP = `
  WITH RECURSIVE up(id) AS (
    SELECT parent FROM parents WHERE child IN (SELECT unhex(value) FROM json_each(?1))
    UNION SELECT parent FROM parents JOIN up ON parents.child = up.id
    LIMIT ?2)
  SELECT up.id, entries.seq FROM up LEFT JOIN entries ON entries.id = up.id ORDER BY up.id`;

const DOWN = `
  WITH RECURSIVE down(id) AS (
    SELECT child FROM parents WHERE parent IN (SELECT unhex(value) FROM json_each(?1))
    UNION SELECT child FROM parents JOIN down ON parents.parent = down.id
    LIMIT ?2)
  SELECT id FROM down ORDER BY id`;

export function createProvenance(client: Client) {
  async function ancestors(ids: readonly EntryId[]): Promise<Ancestry> {
    const { rows } = await client.execute({ sql: UP, args: [JSON.stringify(ids), ANCESTORS_MAX + 1] });
    const asked = new Set(ids);
    const found: EntryId[] = [];
    const missing: EntryId[] = [];
    for (const row of rows.slice(0, ANCESTORS_MAX)) {
      const id = toEntryId(row[0]);
      if (!asked.has(id)) (row[1] === null ? missing : found).push(id);
    }
    return { ids: found, missing, complete: rows.length <= ANCESTORS_MAX };
  }

  return {
    ancestors,

    /** Stored entries that rest on these, ascending; at most ANCESTORS_MAX. */
    async descendants(ids: readonly EntryId[]): Promise<EntryId[]> {
      const { rows } = await client.execute({ sql: DOWN, args: [JSON.stringify(ids), ANCESTORS_MAX] });
      return rows.map((row) => toEntryId(row[0]));
    },

    async independence(one: EntryId, other: EntryId): Promise<Independence> {
      const [a, b] = await Promise.all([ancestors([one]), ancestors([other])]);
      const behindOne = new Set([one, ...a.ids, ...a.missing]);
      const shared = [other, ...b.ids, ...b.missing].filter((id) => behindOne.has(id)).sort();
      const complete = a.complete && b.complete && a.missing.length + b.missing.length === 0;
      return { independent: shared.length === 0, shared, complete };
    },
  };
}
