/**
 * When a process that died is started again: exponential backoff, and an end to it. Pure.
 *
 * A process that lived long enough starts a new count, so that one that dies once a day is restarted for ever and
 * one that cannot start is given up within a minute.
 */

/** Whoever lived this long had started properly. */
export const QUICK_DEATH_MS = 30_000;
/** The fifth quick death in a row ends the attempts: 1 + 2 + 4 + 8 s were waited by then. */
export const QUICK_DEATHS_MAX = 5;
/** While the swarm is only starting, a person waits for the answer. */
export const QUICK_DEATHS_MAX_AT_START = 3;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;

export interface RestartDecision {
  /** Quick deaths in a row, this one included; 0 after one that was not quick. */
  readonly quickDeaths: number;
  /** How long to wait before the next start; null: give up. */
  readonly delayMs: number | null;
}

/**
 * @param quickDeaths in a row before this death
 * @param livedMs how long the process lived
 * @param limit QUICK_DEATHS_MAX or QUICK_DEATHS_MAX_AT_START
 */
export function decideRestart(quickDeaths: number, livedMs: number, limit: number): RestartDecision {
  if (livedMs >= QUICK_DEATH_MS) return { quickDeaths: 0, delayMs: BACKOFF_FIRST_MS };
  const deaths = quickDeaths + 1;
  if (deaths >= limit) return { quickDeaths: deaths, delayMs: null };
  return { quickDeaths: deaths, delayMs: Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (deaths - 1)) };
}
