/** Programmer errors. Anything a user, a peer or a disk can cause is a `Result` or a status code, never an assert. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Returns the value, or stops: for lookups that the surrounding code has already made certain. */
export function present<T>(value: T | null | undefined, message: string): T {
  assert(value !== null && value !== undefined, message);
  return value;
}
