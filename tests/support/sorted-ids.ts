/** Ascending lists of ids: a stand-in for the database's index on ids. */

/** Where the text is or would be. */
function positionOf(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insertSorted<Id extends string>(sorted: Id[], id: Id): void {
  sorted.splice(positionOf(sorted, id), 0, id);
}

export function removeSorted<Id extends string>(sorted: Id[], id: Id): void {
  const at = positionOf(sorted, id);
  if (sorted[at] === id) sorted.splice(at, 1);
}

/** All ids with the hexadecimal prefix; "g" sorts behind every digit. */
export function prefixed<Id extends string>(sorted: readonly Id[], prefix: string): Id[] {
  return sorted.slice(positionOf(sorted, prefix), positionOf(sorted, `${prefix}g`));
}
