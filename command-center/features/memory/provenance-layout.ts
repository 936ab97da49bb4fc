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
const GENERATIONS_MAX = 4;
/** More boxes than this cannot be read; the lists below the graph are complete. */
const KIN_MAX = 40;
const CHILDREN_MAX = 10;

export function lineageOf(root: Kin, relationsOf: (id: string) => Relations | undefined): Lineage {
  const found = new Map<string, Kin>([[root.id, root]]);
  const parentsOf = new Map<string, readonly string[]>();
  let missing = 0;
  let left = 0;
  let front: readonly string[] = [root.id];
  for (let depth = 0; depth < GENERATIONS_MAX && front.length > 0; depth += 1) {
    const next: string[] = [];
    for (const id of front) {
      const relations = relationsOf(id);
      missing += relations?.missing ?? 0;
      parentsOf.set(id, relations?.parents.map((parent) => parent.id) ?? []);
      for (const parent of relations?.parents ?? []) {
        if (found.has(parent.id)) continue;
        if (found.size >= KIN_MAX) left += 1;
        else {
          found.set(parent.id, parent);
          next.push(parent.id);
        }
      }
    }
    front = next;
  }
  const generations = generationsOf(root.id, parentsOf, found);
  const children = (relationsOf(root.id)?.children ?? []).filter(({ id }) => !found.has(id));
  const links = reduced(parentsOf, found);
  for (const child of children.slice(0, CHILDREN_MAX)) {
    found.set(child.id, child);
    generations.set(child.id, 1);
    links.push({ from: root.id, to: child.id });
  }
  return {
    kin: inColumns([...found.values()], generations),
    links,
    missing,
    left: left + Math.max(0, children.length - CHILDREN_MAX),
  };
}

/** The longest way counts, so that every entry stands left of everything that was made from it. */
function generationsOf(
  root: string,
  parentsOf: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, Kin>,
): Map<string, number> {
  const generations = new Map<string, number>([[root, 0]]);
  // Parents are hashes of what was there before, so there is no circle; the bound holds against a lying spore.
  for (let pass = 0; pass < found.size; pass += 1) {
    let changed = false;
    for (const [id, parents] of parentsOf) {
      const own = generations.get(id);
      if (own === undefined) continue;
      for (const parent of parents) {
        if (!found.has(parent) || (generations.get(parent) ?? 1) <= own - 1) continue;
        generations.set(parent, Math.max(own - 1, -found.size));
        changed = true;
      }
    }
    if (!changed) break;
  }
  return generations;
}

/** Only the lines that say something new: what is reached through another entry needs no line of its own. */
function reduced(
  parentsOf: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, Kin>,
): { from: string; to: string }[] {
  const reaches = (from: string, wanted: string, seen: Set<string>): boolean => {
    for (const parent of parentsOf.get(from) ?? []) {
      if (parent === wanted) return true;
      if (seen.has(parent)) continue;
      seen.add(parent);
      if (reaches(parent, wanted, seen)) return true;
    }
    return false;
  };
  return [...parentsOf].flatMap(([to, parents]) =>
    parents
      .filter((from) => found.has(from))
      .filter((from) => !parents.some((other) => other !== from && reaches(other, from, new Set([to]))))
      .map((from) => ({ from, to })),
  );
}

function inColumns(kin: readonly Kin[], generations: ReadonlyMap<string, number>): readonly PlacedKin[] {
  const rows = new Map<number, number>();
  return kin.map((one) => {
    const generation = generations.get(one.id) ?? 0;
    const row = rows.get(generation) ?? 0;
    rows.set(generation, row + 1);
    return { ...one, generation, row };
  });
}

/** The entries whose relations the picture still needs. */
export function wantedBy(lineage: Lineage): readonly string[] {
  return lineage.kin
    .filter(({ generation }) => generation <= 0 && generation > -GENERATIONS_MAX)
    .map(({ id }) => id);
}
