/**
 * Timers for the query cache, which sets several for each query it watches: when it is stale, when it is asked again,
 * when it may be forgotten. All of them run on one timer of the browser, in steps of STEP_MS: what is due about the same
 * time is done at the same time, and setting or clearing one costs a map entry.
 *
 * Invariants:
 * 1. Nothing runs before its time, and nothing later than STEP_MS after it while the page is awake.
 * 2. What is cleared never runs, even where it was due in the same step.
 * 3. A timer that was due several times while the page slept runs once.
 */
const STEP_MS = 250;

export interface Clock {
  readonly now: () => number;
  readonly start: (run: () => void, ms: number) => unknown;
  readonly stop: (handle: unknown) => void;
}

const BROWSER: Clock = {
  now: () => performance.now(),
  start: (run, ms) => setTimeout(run, ms),
  stop: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

interface Timer {
  readonly run: () => void;
  /** Null for a timer that runs once. */
  readonly every: number | null;
  /** ms, a whole number of steps. */
  at: number;
}

export class SharedTimers {
  private readonly clock: Clock;
  private readonly timers = new Map<number, Timer>();
  private last = 0;
  private armed: { readonly at: number; readonly handle: unknown } | null = null;

  constructor(clock: Clock = BROWSER) {
    this.clock = clock;
  }

  readonly setTimeout = (run: () => void, ms: number): number => this.add(run, ms, null);
  readonly setInterval = (run: () => void, ms: number): number => this.add(run, ms, ms);
  readonly clearTimeout = (id: number | undefined): void => this.remove(id);
  readonly clearInterval = (id: number | undefined): void => this.remove(id);

  private add(run: () => void, ms: number, every: number | null): number {
    this.last += 1;
    const at = this.stepAfter(ms);
    this.timers.set(this.last, { run, every, at });
    this.arm(at);
    return this.last;
  }

  private remove(id: number | undefined): void {
    // The browser's timer goes on: it finds nothing to do, which is cheaper than to set it again.
    if (id !== undefined) this.timers.delete(id);
  }

  private stepAfter(ms: number): number {
    return Math.ceil((this.clock.now() + Math.max(0, ms)) / STEP_MS) * STEP_MS;
  }

  private arm(at: number): void {
    if (this.armed !== null && this.armed.at <= at) return;
    if (this.armed !== null) this.clock.stop(this.armed.handle);
    this.armed = { at, handle: this.clock.start(this.fire, Math.max(0, at - this.clock.now())) };
  }

  private readonly fire = (): void => {
    this.armed = null;
    const now = this.clock.now();
    const due = [...this.timers].filter(([, { at }]) => at <= now);
    try {
      for (const [id, timer] of due) {
        if (!this.timers.has(id)) continue;
        if (timer.every === null) this.timers.delete(id);
        else timer.at = this.stepAfter(timer.every);
        timer.run();
      }
    } finally {
      // One that throws takes nobody else's time: the others are still due.
      this.rearm();
    }
  };

  private rearm(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const { at } of this.timers.values()) first = Math.min(first, at);
    if (first !== Number.POSITIVE_INFINITY) this.arm(first);
  }
}
