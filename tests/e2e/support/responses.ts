/**
 * How a page responds to a hand: what an interaction costs the main thread, and how long it took until the next paint.
 *
 * The cost is processor time (Chromium's `threadTicks`): it holds on a machine that is shared, where the time by the
 * clock says more about the neighbours than about the page. On a machine that is not shared the main thread takes as long as it
 * costs. The time by the clock is what browsers report as the interaction's latency (Event Timing, behind "INP").
 */
import type { Page } from "playwright";

export interface Response {
  readonly name: string;
  /** Processor time of the main thread from before the input until its effect is seen, ms. */
  readonly cost: number;
  /** The slowest input event's time until the next paint, ms by the clock; 0 where none took 16 ms. */
  readonly latency: number;
}

export class Responses {
  readonly all: Response[] = [];
  private readonly page: Page;
  private readonly spent: () => Promise<number>;

  private constructor(page: Page, spent: () => Promise<number>) {
    this.page = page;
    this.spent = spent;
  }

  /** Before the page is opened. */
  static async watch(page: Page): Promise<Responses> {
    await page.addInitScript(() => {
      const latencies: number[] = [];
      Object.assign(window, { latencies });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { interactionId, duration } = entry as PerformanceEventTiming & {
            readonly interactionId: number;
          };
          if (interactionId > 0) latencies.push(duration);
        }
      }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
    });
    return new Responses(page, await threadTime(page));
  }

  /** @param act one input. @param seen resolves when its effect is on the page. */
  async to(name: string, act: () => Promise<unknown>, seen: () => Promise<unknown>): Promise<void> {
    await this.drain();
    const before = await this.spent();
    await act();
    await seen();
    await this.painted();
    const cost = (await this.spent()) - before;
    const latencies = await this.drain();
    this.all.push({ name, cost, latency: Math.max(0, ...latencies) });
  }

  private async drain(): Promise<readonly number[]> {
    return await this.page.evaluate(() => (window as unknown as { latencies: number[] }).latencies.splice(0));
  }

  private async painted(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))),
    );
  }
}

/** @returns asks how long the page's main thread has worked, ms of processor time. */
export async function threadTime(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const tasks = metrics.find((metric) => metric.name === "TaskDuration");
    if (tasks === undefined) throw new Error("Chromium does not tell TaskDuration");
    return tasks.value * 1_000;
  };
}
