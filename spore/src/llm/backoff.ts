/**
 * How long to leave alone what failed without saying when to come back. Pure.
 *
 * Full jitter (a random moment below a doubling bound) keeps many spores from knocking together; source: Brooker,
 * "Exponential Backoff and Jitter", 2015. The lower bound is kept, so that no draw means "at once". The first wait is
 * drawn too: spores that share a key with one call at a time are refused together, and must not come back together.
 */

export const BACKOFF_MS_MIN = 2_000;
export const BACKOFF_MS_MAX = 60_000;

/** @returns ms, from BACKOFF_MS_MIN to at most twice that after the first failure. @param misses failures in a row before this one. @param random uniform in [0, 1) */
export function backoffMs(misses: number, random: number, maxMs = BACKOFF_MS_MAX): number {
  const bound = Math.min(maxMs, BACKOFF_MS_MIN * 2 ** (Math.min(misses, 30) + 1));
  return BACKOFF_MS_MIN + Math.round((bound - BACKOFF_MS_MIN) * random);
}
