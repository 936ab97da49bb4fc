/** The Network page: who hears whom and who trusts whom, both at once or one alone, kept in the address. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { keyOf } from "./support/fixtures.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const PAIR = { from: keyOf("harbour"), to: keyOf("lantern") };
const BACK = { from: PAIR.to, to: PAIR.from };

/** Where each drawn link of a kind passes its middle. */
function middles(page: Page, kind: string) {
  return page.locator(`path[data-kind="${kind}"]`).evaluateAll((paths) =>
    paths.map((path) => {
      const line = path as unknown as SVGPathElement;
      const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
      return { x, y };
    }),
  );
}

describe.skipIf(!ready)("the graph", () => {
  test("shows trust beside the gossip of the same two spores, in both directions, and either kind alone", async () => {
    const edges = [
      { ...PAIR, kind: "gossip" },
      { ...PAIR, kind: "trust" },
      { ...BACK, kind: "trust" },
    ] as never;
    const { page } = await world.open(`${world.site([world.spore({ edges }), world.spore()]).url}/network`);
    await until("all three links", async () => (await page.locator("path[data-kind]").count()) === 3);
    const [gossip, trust] = [await middles(page, "gossip"), await middles(page, "trust")];
    expect([gossip.length, trust.length]).toEqual([1, 2]);
    const points = [...gossip, ...trust];
    const apart = points.flatMap((one, index) =>
      points.slice(index + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y)),
    );
    // Far enough to be told apart by eye; drawn on top of each other it was nought.
    expect(Math.min(...apart)).toBeGreaterThan(8);

    const places = () =>
      page.locator("g[role=button]").evaluateAll((all) => all.map((one) => one.getAttribute("transform")));
    const before = await places();
    await page.getByLabel("Links", { exact: true }).selectOption("trust");
    await until("trust alone", async () => (await middles(page, "gossip")).length === 0);
    expect((await middles(page, "trust")).length).toBe(2);
    expect(await places()).toEqual(before);
    expect(page.url()).toContain("links=trust");
    await page.reload();
    await until("trust alone, as the link says", async () => (await middles(page, "trust")).length === 2);
    expect((await middles(page, "gossip")).length).toBe(0);
    await page.getByLabel("Links", { exact: true }).selectOption("gossip");
    await until("gossip alone", async () => (await middles(page, "trust")).length === 0);
    expect((await middles(page, "gossip")).length).toBe(1);
  });
});
