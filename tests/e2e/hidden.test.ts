/**
 * A hidden tab costs nobody anything: no polls, no stream; and on return everything is there. Time is the page's own
 * clock, which the test winds forward, so that minutes are counted exactly and nothing depends on the machine's speed.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import type { Page } from "playwright";
import { keyOf, plainTask, summaryOf } from "./support/fixtures.ts";
import { refuse } from "./support/replies.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { PAGES, ready, setHidden, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

/** Many times every interval of the page. */
const ABSENCE_MS = 10 * 60_000;
/** Longer than a glance at another tab, after which the streams close. */
const GLANCE_MS = 6_000;
const MINUTE_MS = 60_000;

/** Opens a page with its clock in the test's hand. */
async function openWithClock(address: string): Promise<Page> {
  const { page } = await world.open("about:blank");
  await page.clock.install();
  await page.goto(address);
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

/** Nothing is under way: what was asked has been answered. Winds the clock, or whatever waits for it would never begin. */
async function quiet(page: Page, spores: readonly TestSpore[]): Promise<void> {
  const asked = () => spores.reduce((sum, { seen }) => sum + seen.length, 0);
  let before = -1;
  await until("a page at rest", async () => {
    const now = asked();
    const rested = now === before;
    before = now;
    await page.clock.runFor(500);
    await page
      .getByText(/^Reading /)
      .first()
      .waitFor({ state: "detached" });
    return rested;
  });
}

describe.skipIf(!ready)("a hidden tab", () => {
  for (const path of PAGES) {
    test(`asks nothing and holds no stream on ${path}; in view the same minutes are full of requests`, async () => {
      const spores = [world.spore({ complete: true }), world.spore()];
      const page = await openWithClock(`${world.site(spores).url}${path}`);
      await until("both streams", () => spores.every(({ openStreams }) => openStreams === 1));
      await quiet(page, spores);
      const asked = () => spores.map(({ seen }) => seen.length);

      const inView = asked();
      await page.clock.runFor(MINUTE_MS);
      await until("polls in view", () => asked().every((count, at) => count > (inView[at] ?? 0)));
      await quiet(page, spores);

      await setHidden(page, true);
      await page.clock.runFor(GLANCE_MS);
      await until("closed streams", () => spores.every(({ openStreams }) => openStreams === 0));
      await quiet(page, spores);
      const hidden = asked();
      await page.clock.runFor(ABSENCE_MS);
      // A round trip through the page after the minutes: a request that they set off would be on its way by now.
      await page.evaluate(() => fetch("/config.json").then((reply) => reply.text()));
      expect(asked()).toEqual(hidden);

      await setHidden(page, false);
      await page.clock.runFor(1_000);
      await until("the streams again", () => spores.every(({ openStreams }) => openStreams === 1));
      await until("a fresh look at each spore", () =>
        spores.every(({ seen }, at) =>
          seen.slice(hidden[at]).some((request) => request.path === "/api/health"),
        ),
      );
    });
  }

  test("has everything on return: the stream resumes where it stopped, and what has no event is read again", async () => {
    const mine = world.spore();
    const page = await openWithClock(world.site([mine]).url);
    await until("the stream", () => mine.openStreams === 1);
    mine.emit({ type: "peer", data: { id: keyOf("gull"), name: "gull", url: null, state: "live" } });
    await until("the event", async () => {
      await page.clock.runFor(200);
      return (await page.getByText("gull is live").count()) === 1;
    });
    await setHidden(page, true);
    await page.clock.runFor(GLANCE_MS);
    await until("the closed stream", () => mine.openStreams === 0);
    await page.getByRole("button", { name: /^Connection: Asleep/ }).waitFor();

    mine.emit({ type: "peer", data: { id: keyOf("tern"), name: "tern", url: null, state: "stale" } });
    const asked: TaskDetail = { ...plainTask("Asked while nobody looked", 0), status: "queued" };
    mine.tasks.set(asked.task_id, asked);
    mine.emit({ type: "task", data: summaryOf(asked) });
    await page.clock.runFor(ABSENCE_MS);
    expect(await page.getByText("tern is stale").count()).toBe(0);

    await setHidden(page, false);
    await until("what was missed", async () => {
      await page.clock.runFor(200);
      return (
        (await page.getByText("tern is stale").count()) === 1 &&
        (await page.getByRole("button", { name: /Asked while nobody looked/ }).count()) === 1
      );
    });
    expect(await page.getByText("gull is live").count()).toBe(1);
    const resumes = mine.seen
      .filter(({ path }) => path === "/api/events")
      .map((request) => request.lastEventId);
    expect(resumes).toEqual([null, "1"]);
  });

  test("a glance at another tab costs no reconnect", async () => {
    const mine = world.spore();
    const page = await openWithClock(world.site([mine]).url);
    await until("the stream", () => mine.openStreams === 1);
    await setHidden(page, true);
    await page.clock.runFor(2_000);
    await setHidden(page, false);
    await page.clock.runFor(GLANCE_MS);
    await page.getByRole("button", { name: /^Connection: Live/ }).waitFor();
    expect(mine.openStreams).toBe(1);
    expect(mine.seen.filter(({ path }) => path === "/api/events")).toHaveLength(1);
  });
});

describe.skipIf(!ready)("a spore that refuses its stream", () => {
  test("is tried again after a time that is counted down, and the time grows", async () => {
    let attempts = 0;
    const broken = world.spore({
      overrides: {
        "/api/events": () => {
          attempts += 1;
          return refuse(503, "busy", "too many streams");
        },
      },
    });
    const { page } = await world.open("about:blank");
    await page.clock.install();
    await page.goto(world.site([broken]).url);
    const seconds = async () => {
      const text = (await page.getByRole("button", { name: /^Connection: / }).textContent()) ?? "";
      const found = /Reconnecting in (\d+) s/.exec(text)?.[1];
      return found === undefined ? null : Number(found);
    };
    // The first attempt has no wait before it, and a slow page makes it late.
    await until("the first attempt", async () => {
      await page.clock.runFor(100);
      return attempts > 0;
    });
    const longest: number[] = [];
    while (longest.length < 5) {
      const before = attempts;
      const shown: number[] = [];
      await until(`attempt ${before + 1}`, async () => {
        const now = await seconds();
        // The spore knows of an attempt before the page shows the wait that follows it.
        if (attempts > before) return true;
        if (now !== null) shown.push(now);
        await page.clock.runFor(500);
        return false;
      });
      // Waits shorter than a second have nothing to count.
      expect(shown).toEqual([...shown].sort((a, b) => b - a));
      longest.push(shown[0] ?? 0);
    }
    // The fifth wait is 8 to 16 s, the first at most 1 s.
    expect(Math.max(...longest)).toBeGreaterThanOrEqual(4);
    expect(longest[0]).toBeLessThanOrEqual(1);
  });
});
