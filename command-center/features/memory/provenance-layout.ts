/**
 * Where each entry stands in the provenance graph: what it came from to the left, what came of it to the right, one
 * column for each generation. Pure.
 */

export interface Kin {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly author: string;
}

/** What is known of one entry's relations; absent while it is being read. */
export interface Relations {
  readonly parents: readonly Kin[];
  readonly children: readonly Kin[];
  /** Parents that are not held here, or not readable. */
  readonly missing: number;
}

export interface PlacedKin extends Kin {
  /** Generations from the entry looked at: negative are ancestors. */
  readonly generation: number;
  /** Place within its column, from the top. */
  readonly row: number;
}

export interface Lineage {
  readonly kin: readonly PlacedKin[];
  readonly links: readonly { readonly from: string; readonly to: string }[];
  readonly missing: number;
  /** Entries that had no room. */
  readonly left: number;
}

/** Deep enough to reach the sources of an answer: answer, synthesis, contributions, memories. */
export const GENERATIONS_MAX = 4;
/** More in one column than this cannot be read. */
const COLUMN_MAX = 12;

export function lineageOf(root: Kin, relationsOf: (id: string) => Relations | undefined): Lineage {
  const placed = new Map<string, PlacedKin>([[root.id, { ...root, generation: 0, row: 0 }]]);
  const links = new Map<string, { from: string; to: string }>();
  const columns = new Map<number, number>([[0, 1]]);
  let missing = 0;
  let left = 0;
  const place = (kin: Kin, generation: number): boolean => {
    if (placed.has(kin.id)) return true;
    const row = columns.get(generation) ?? 0;
    if (row >= COLUMN_MAX) {
      left += 1;
      return false;
    }
    columns.set(generation, row + 1);
    placed.set(kin.id, { ...kin, generation, row });
    return true;
  };
  const link = (from: string, to: string) => links.set(`${from} ${to}`, { from, to });
  let front: readonly string[] = [root.id];
  for (let depth = 1; depth <= GENERATIONS_MAX && front.length > 0; depth += 1) {
    const next: string[] = [];
    for (const id of front) {
      const relations = relationsOf(id);
      missing += relations?.missing ?? 0;
      for (const parent of relations?.parents ?? []) {
        const isNew = !placed.has(parent.id);
        if (!place(parent, -depth)) continue;
        link(parent.id, id);
        if (isNew) next.push(parent.id);
      }
    }
    front = next;
  }
  for (const child of relationsOf(root.id)?.children ?? []) if (place(child, 1)) link(root.id, child.id);
  return { kin: [...placed.values()], links: [...links.values()], missing, left };
}

/** The entries whose relations the picture still needs. */
export function wantedBy(lineage: Lineage): readonly string[] {
  return lineage.kin
    .filter(({ generation }) => generation <= 0 && generation > -GENERATIONS_MAX)
    .map(({ id }) => id);
}
