import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Clock, SharedTimers } from "@/lib/shared-timers.ts";

const STEP_MS = 250;

/** A clock that stands still until it is moved; `sleep` moves it without running anything. */
class Hands implements Clock {
  at = 0;
  started = 0;
  private pending: { readonly run: () => void; readonly at: number }[] = [];
  readonly now = () => this.at;
  readonly start = (run: () => void, ms: number) => {
    this.started += 1;
    const one = { run, at: this.at + ms };
    this.pending.push(one);
    return one;
  };
  readonly stop = (handle: unknown) => {
    this.pending = this.pending.filter((one) => one !== handle);
  };
  move(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const next = this.pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.pending = this.pending.filter((one) => one !== next);
      this.at = Math.max(this.at, next.at);
      next.run();
    }
    this.at = end;
  }
  sleep(ms: number): void {
    this.at += ms;
  }
}

test("each runs once, not before its time and at most a step after it, whatever else is set and cleared", () => {
  const orders = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 2_000 }),
      ms: fc.integer({ min: 0, max: 60_000 }),
      cleared: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(orders, (list) => {
      const clock = new Hands();
      const timers = new SharedTimers(clock);
      const runs = list.map(({ after, ms, cleared }) => {
        clock.move(after);
        const ran: number[] = [];
        const id = timers.setTimeout(() => ran.push(clock.at), ms);
        if (cleared) timers.clearTimeout(id);
        return { due: clock.at + ms, cleared, ran };
      });
      clock.move(200_000);
      for (const { due, cleared, ran } of runs) {
        expect(ran.length).toBe(cleared ? 0 : 1);
        if (cleared) continue;
        expect(ran[0]).toBeGreaterThanOrEqual(due);
        expect(ran[0]).toBeLessThanOrEqual(due + STEP_MS);
      }
    }),
  );
});

test("a hundred timers cost the browser a handful, and clearing costs it none", () => {
  const clock = new Hands();
  const timers = new SharedTimers(clock);
  const ids = Array.from({ length: 100 }, (_, index) => timers.setTimeout(() => undefined, 10_000 + index));
  for (const id of ids.slice(1)) timers.clearTimeout(id);
  clock.move(60_000);
  expect(clock.started).toBeLessThanOrEqual(2);
});

test("an interval goes on until it is cleared, and makes up for no time that was slept through", () => {
  const clock = new Hands();
  const timers = new SharedTimers(clock);
  let runs = 0;
  const id = timers.setInterval(() => {
    runs += 1;
  }, 1_000);
  clock.move(3_000);
  expect(runs).toBe(3);
  clock.sleep(60_000);
  clock.move(0);
  expect(runs).toBe(4);
  timers.clearInterval(id);
  clock.move(60_000);
  expect(runs).toBe(4);
});

test("what is cleared by its neighbour in the same step does not run, and one that throws stops nobody else", () => {
  const clock = new Hands();
  const timers = new SharedTimers(clock);
  const ran: string[] = [];
  timers.setTimeout(() => timers.clearTimeout(victim), 100);
  const victim = timers.setTimeout(() => ran.push("victim"), 100);
  timers.setTimeout(() => {
    throw new Error("thrown by a callback");
  }, 200);
  timers.setTimeout(() => ran.push("behind"), 200);
  expect(() => clock.move(250)).toThrow("thrown by a callback");
  clock.move(STEP_MS);
  expect(ran).toEqual(["behind"]);
});
