/** What moved on a page while it was looked at, as Chromium counts it: the measure behind "cumulative layout shift". */
import type { Page } from "playwright";

export interface Shift {
  /** ms since the page began. */
  readonly at: number;
  readonly value: number;
  /** What moved, and from where to where. */
  readonly moved: readonly string[];
}

/** Windows of moving things end after a second of rest, or five altogether: the worst window is the page's figure. */
const REST_MS = 1_000;
const WINDOW_MS = 5_000;

/** Before the page is opened. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: Shift[] = [];
    Object.assign(window, { shifts });
    const box = ({ x, y, width, height }: DOMRectReadOnly) =>
      `${Math.round(x)},${Math.round(y)} ${Math.round(width)}×${Math.round(height)}`;
    const nameOf = (node: Node | null | undefined) => {
      const element = node instanceof Element ? node : node?.parentElement;
      const panel = element?.closest("section[aria-labelledby]")?.querySelector("h2")?.textContent ?? "";
      return `${element?.tagName.toLowerCase()} “${(element?.textContent ?? "").slice(0, 30)}” in ${panel}`;
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput, startTime, sources } = entry as PerformanceEntry & {
          readonly value: number;
          readonly hadRecentInput: boolean;
          readonly sources: readonly {
            readonly node: Node | null;
            readonly previousRect: DOMRectReadOnly;
            readonly currentRect: DOMRectReadOnly;
          }[];
        };
        if (hadRecentInput) continue;
        const moved = sources.map(
          ({ node, previousRect, currentRect }) =>
            `${nameOf(node)}: ${box(previousRect)} → ${box(currentRect)}`,
        );
        shifts.push({ at: Math.round(startTime), value, moved });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

export function shiftsOf(page: Page): Promise<readonly Shift[]> {
  return page.evaluate(() => (window as unknown as { shifts: readonly Shift[] }).shifts);
}

/** The worst window. Pure. */
export function cumulative(shifts: readonly Shift[]): number {
  let worst = 0;
  let sum = 0;
  let began = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, value } of shifts) {
    if (at - last > REST_MS || at - began > WINDOW_MS) {
      sum = 0;
      began = at;
    }
    sum += value;
    last = at;
    worst = Math.max(worst, sum);
  }
  return worst;
}
