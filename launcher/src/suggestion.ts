/** "Did you mean": the known word nearest to one that is not known. */
import { closest, distance } from "fastest-levenshtein";

/** @returns the nearest of `known`, or null where none is near enough to be what was meant. */
export function suggest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const nearest = closest(word.toLowerCase(), known);
  // Two letters exchanged are two edits, and the commonest slip; up to a third of the letters wrong is a typing error too.
  const length = Math.max(word.length, nearest.length);
  const tolerance = Math.max(length > 3 ? 2 : 1, Math.floor(length / 3));
  return distance(word.toLowerCase(), nearest) <= tolerance ? nearest : null;
}

/** `; did you mean "x"?` or nothing, to be put behind an error message. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = suggest(word, known);
  return nearest === null ? "" : `; did you mean "${nearest}"?`;
}
