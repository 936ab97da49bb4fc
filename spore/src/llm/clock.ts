/** Time as the chain uses it, so that a simulated day passes in seconds and through the same code. */

export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Runs it once, that many ms from now. The returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export interface Deadline {
  /** Aborted by the caller's signal or by the time. */
  readonly signal: AbortSignal;
  readonly expired: () => boolean;
  /** Must be called when the call is over. */
  readonly end: () => void;
}

/** One signal out of a caller's and a time limit. */
export function startDeadline(clock: Clock, ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let expired = false;
  const cancel = clock.after(ms, () => {
    expired = true;
    controller.abort();
  });
  const onAbort = () => controller.abort();
  if (outer?.aborted) onAbort();
  outer?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    end() {
      cancel();
      outer?.removeEventListener("abort", onAbort);
    },
  };
}
