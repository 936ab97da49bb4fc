/** Those who are told what a replica has stored, and who was caught forking its history. */
import type { StoredEntry } from "./feed.ts";
import type { Fork } from "./forks.ts";

type Warn = (message: string, details?: Record<string, unknown>) => void;

export function createAudience(warn: Warn) {
  return {
    readers: createListeners<readonly StoredEntry[]>(warn),
    witnesses: createListeners<Fork>(warn),
  };
}

/** One that fails must not stop the others, nor the writer; it can rebuild itself from the feed. */
function createListeners<T>(warn: Warn) {
  const listeners = new Set<(value: T) => void>();
  return {
    /** @returns a function that ends it. */
    add(listener: (value: T) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(value: T): void {
      for (const listener of listeners) {
        try {
          listener(value);
        } catch (cause) {
          warn("a reader of the change feed failed", { cause: String(cause) });
        }
      }
    },
  };
}
