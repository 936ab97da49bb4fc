/**
 * Text with half of a surrogate pair ("\ud800" in JSON) has no UTF-8 form: it could be neither signed nor sent on. Whatever
 * comes in as JSON is looked at once, where it is read, so that no route and no tool has to think of it.
 */

/** What is wrong with a piece of JSON, and where. */
export interface IllFormed {
  /** Members and indices down to it; a member whose own name is ill-formed is named by its parent. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const MESSAGE = "holds half of a surrogate pair, which is no character: send whole ones";
const NAME_MESSAGE = "has a member whose name holds half of a surrogate pair, which is no character";

/** @returns the first ill-formed text, or null. The depth is bounded by whoever parsed the value. */
export function findIllFormed(value: unknown): IllFormed | null {
  if (typeof value === "string") return value.isWellFormed() ? null : { path: [], message: MESSAGE };
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findIllFormed(value[index]);
      if (found !== null) return { ...found, path: [index, ...found.path] };
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) return { path: [], message: NAME_MESSAGE };
    const found = findIllFormed((value as Record<string, unknown>)[key]);
    if (found !== null) return { ...found, path: [key, ...found.path] };
  }
  return null;
}
