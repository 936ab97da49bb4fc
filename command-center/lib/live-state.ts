/** What is known of one spore's event stream. Lives in the query cache under `keys.live(url)`. */

export type LivePhase = "connecting" | "live" | "waiting" | "hidden" | "unauthorised" | "unsupported";

export interface LiveState {
  readonly phase: LivePhase;
  /** When the last byte came, ms; null before the first. */
  readonly lastByteAt: number | null;
  readonly lastEventAt: number | null;
  /** When the next attempt is made, ms; only while `waiting`. */
  readonly retryAt: number | null;
  readonly attempts: number;
  /** Arrival times of the latest events, for the rate. */
  readonly arrivals: readonly number[];
  readonly cause: string | null;
}

export const INITIAL_LIVE: LiveState = {
  phase: "connecting",
  lastByteAt: null,
  lastEventAt: null,
  retryAt: null,
  attempts: 0,
  arrivals: [],
  cause: null,
};

/** The rate is counted over this window. */
const RATE_WINDOW_MS = 60_000;
/** Arrivals kept for the rate; beyond it the rate says "at least". */
export const ARRIVALS_MAX = 600;

/** Events per minute over the window. */
export function eventRate(arrivals: readonly number[], now: number): number {
  let count = 0;
  for (const at of arrivals) if (now - at <= RATE_WINDOW_MS) count += 1;
  return count;
}
