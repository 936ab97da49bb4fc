/**
 * GlobalWorkspace: one broadcast at a time (Baars 1988). Pure.
 *
 * Thoughts are nominated with a salience; the strongest ignites when it exceeds a threshold that rises with every
 * ignition and sinks while nothing happens, and not before a pause has passed. What ignites primes recall: its sources
 * come to mind a little more easily for a few ticks, then no longer. It needs evidence (sources), and it earns nobody
 * trust: novelty is no merit.
 */
export interface Nomination {
  readonly id: string;
  readonly part: string;
  /** 0 to 1: novelty × how well it is supported. */
  readonly salience: number;
  /** Entries it rests on; without any it cannot ignite. */
  readonly sources: readonly string[];
}

/** Nominations waiting; the weakest gives way. */
const NOMINATIONS_MAX = 32;
/** A nomination that has not ignited in this many ticks is forgotten: an hour at 20 s. */
const LIFETIME_TICKS = 180;
const THRESHOLD_MIN = 0.3;
const THRESHOLD_MAX = 0.9;
/** After an ignition the threshold moves this far towards the salience that ignited … */
const THRESHOLD_RISE = 0.5;
/** … and back towards the minimum by this share a tick. */
const THRESHOLD_DECAY = 0.01;
/** Ticks between two broadcasts: ten minutes at 20 s. */
export const PAUSE_TICKS = 30;
/** How long a broadcast primes recall, in ticks, and by how much at first. */
export const PRIMED_TICKS = 15;
const PRIMED_FACTOR = 0.25;
const PRIMED_MAX = 64;

export class GlobalWorkspace {
  #nominations: (Nomination & { readonly tick: number })[] = [];
  #threshold = THRESHOLD_MIN;
  #lastTick = Number.NEGATIVE_INFINITY;
  #primed = new Map<string, number>();
  #tick = 0;
  #broadcasts = 0;

  nominate(nomination: Nomination): void {
    if (this.#nominations.some(({ id }) => id === nomination.id)) return;
    this.#nominations.push({ ...nomination, tick: this.#tick });
    this.#nominations.sort((a, b) => b.salience - a.salience);
    this.#nominations.length = Math.min(this.#nominations.length, NOMINATIONS_MAX);
  }

  /** One tick on: what ignites now, or null. */
  step(tick: number): Nomination | null {
    this.#tick = tick;
    this.#threshold = Math.max(THRESHOLD_MIN, this.#threshold * (1 - THRESHOLD_DECAY));
    this.#nominations = this.#nominations.filter((one) => tick - one.tick <= LIFETIME_TICKS);
    for (const [id, until] of this.#primed) if (until <= tick) this.#primed.delete(id);
    const [strongest] = this.#nominations;
    const ready =
      strongest !== undefined && strongest.sources.length > 0 && strongest.salience >= this.#threshold;
    if (!ready || tick - this.#lastTick < PAUSE_TICKS) return null;
    this.#nominations.shift();
    this.#lastTick = tick;
    this.#broadcasts += 1;
    this.#threshold = Math.min(
      THRESHOLD_MAX,
      this.#threshold + THRESHOLD_RISE * (strongest.salience - this.#threshold) + THRESHOLD_DECAY,
    );
    for (const id of strongest.sources.slice(0, PRIMED_MAX)) this.#primed.set(id, tick + PRIMED_TICKS);
    return strongest;
  }

  /** 1, or a little more for what was broadcast lately; fades linearly. */
  primingOf(id: string): number {
    const until = this.#primed.get(id);
    return until === undefined ? 1 : 1 + (PRIMED_FACTOR * Math.max(0, until - this.#tick)) / PRIMED_TICKS;
  }

  get state() {
    return {
      total_broadcasts: this.#broadcasts,
      pending_nominations: this.#nominations.length,
      threshold: Math.round(this.#threshold * 1_000) / 1_000,
      primed: this.#primed.size,
    };
  }
}
