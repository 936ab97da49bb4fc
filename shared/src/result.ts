/**
 * Expected failures as values.
 *
 * A function that can fail for a reason its caller should handle returns `Result<T, E>`, where E is a union of
 * tagged plain objects. Exceptions are left for bugs (`assert`) and for I/O that is caught at the edge.
 */

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Makes a switch over a union complete at compile time; reaching it at run time is a bug. */
export function exhaustive(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
