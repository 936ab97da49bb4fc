/**
 * Virtual time: a queue of events, run one after the other in the order of their time and, for equal times, of their
 * scheduling. After each event everything it set off runs to its end (promises included) before the next one starts,
 * so the order of all that happens is a function of the seed.
 */

interface Scheduled {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/** 2026-01-01: a plausible wall clock, so that dates in entries look like dates. */
export const START_MS = Date.UTC(2026, 0, 1);

export class VirtualTime {
  now = START_MS;
  events = 0;
  private order = 0;
  /** A binary heap, earliest first. */
  private readonly heap: Scheduled[] = [];

  /** @returns cancels; harmless after the event ran. */
  schedule(at: number, run: () => void): () => void {
    // Whole milliseconds, as clocks of machines tell them.
    const event: Scheduled = { at: Math.max(Math.ceil(at), this.now), order: this.order++, run };
    this.push(event);
    return () => {
      event.run = null;
    };
  }

  /** Runs all events up to the time, or until `done` says so after an event. */
  async runUntil(end: number, done: () => boolean = () => false): Promise<void> {
    for (let next = this.heap[0]; next !== undefined && next.at <= end; next = this.heap[0]) {
      this.pop();
      if (next.run === null) continue;
      this.now = next.at;
      this.events++;
      next.run();
      await settled();
      if (done()) return;
    }
    this.now = end;
  }

  private push(event: Scheduled): void {
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(event, heap[above] as Scheduled)) break;
      heap[at] = heap[above] as Scheduled;
      at = above;
    }
    heap[at] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Scheduled;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Scheduled, heap[below] as Scheduled))
        below++;
      if (!isBefore(heap[below] as Scheduled, last)) break;
      heap[at] = heap[below] as Scheduled;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Resolves when no promise is left that could go on by itself: the event loop turns only when none is. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
