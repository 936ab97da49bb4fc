/** Cutting text to a length without tearing a character: half of a surrogate pair could be neither signed nor sent on. */

/** The first `max` UTF-16 code units of a text; one less where that would end between the halves of a pair. */
export function cutWhole(text: string, max: number): string {
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, "");
}
