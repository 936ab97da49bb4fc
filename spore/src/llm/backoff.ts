/**
 * How long to leave alone what failed without saying when to come back. Pure.
 *
 * Full jitter (a random moment below a doubling bound) keeps many spores from knocking together; source: Brooker,
 * "Exponential Backoff and Jitter", 2015. The lower bound is kept, so that no draw means "at once".
 */

export const BACKOFF_MS_MIN = 2_000;
export const BACKOFF_MS_MAX = 60_000;

/** @param misses failures in a row before this one. @param random uniform in [0, 1) */
export function backoffMs(misses: number, random: number, maxMs = BACKOFF_MS_MAX): number {
  const bound = Math.min(maxMs, BACKOFF_MS_MIN * 2 ** Math.min(misses, 30));
  return BACKOFF_MS_MIN + Math.round((bound - BACKOFF_MS_MIN) * random);
}
