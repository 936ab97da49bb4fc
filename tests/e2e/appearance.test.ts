/**
 * How every page looks, against pictures that were looked at: in both themes, on a telephone, a tablet and a desk. Time
 * and data stand still, so a difference is a change of the page. Tolerant, because engines draw letters a little differently; after a
 * deliberate change `UPDATE_APPEARANCE=1 bun test ./tests/e2e/appearance.test.ts` takes the pictures again.
 */
import { afterAll, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pixelmatch from "pixelmatch";
import type { Page } from "playwright";
import { PNG } from "pngjs";
import { idOf, keyOf, node, OTHERS, SEAL_TASK } from "./support/fixtures.ts";
import { ready, World } from "./support/world.ts";

const NOW = new Date("2026-11-26T12:00:00.000Z");
const PICTURES = join(import.meta.dir, "appearance");
const FAILED = join(import.meta.dir, "../../test-results/appearance");
/** How far a colour may be off, and how many pixels may be off at all. */
const COLOUR_TOLERANCE = 0.2;
const PIXELS_OFF_MAX = 0.02;
const TRIES = 20;

const VIEWS = {
  dashboard: `/?task=${idOf(SEAL_TASK)}`,
  library: `/library?task=${idOf(SEAL_TASK)}`,
  sentinel: "/sentinel",
  globe: "/globe",
  analytics: "/analytics",
  quantum: "/quantum",
  network: `/network?node=${keyOf("lantern")}`,
} as const;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 768, height: 1024 },
  { width: 390, height: 844 },
] as const;
const WINDOWS = (["dark", "light"] as const).flatMap((colorScheme) =>
  SIZES.map((viewport) => ({ colorScheme, viewport })),
);

const world = new World();
beforeAll(() => {
  setSystemTime(NOW);
});
afterAll(async () => {
  setSystemTime();
  await world.end();
});

function swarm() {
  const far = node(
    { name: "fjord", role: "brain", operator: OTHERS, model: "llama-3.3-70b-instruct" },
    { state: "stale", location: { name: "Bergen", latitude: 60.4, longitude: 5.3 } },
  );
  const edges = [
    { from: keyOf("harbour"), to: keyOf("lantern"), kind: "gossip" },
    { from: keyOf("harbour"), to: keyOf("thistle"), kind: "gossip" },
    { from: keyOf("lantern"), to: keyOf("fjord"), kind: "gossip" },
    { from: keyOf("harbour"), to: keyOf("lantern"), kind: "trust" },
    { from: keyOf("lantern"), to: keyOf("harbour"), kind: "trust" },
    { from: keyOf("harbour"), to: keyOf("thistle"), kind: "trust" },
  ] as never;
  const place = { name: "Husum", latitude: 54.48, longitude: 9.05 };
  return [world.spore({ nodes: [far], edges, complete: true, place }), world.spore(), world.spore()];
}

/** The picture once two in a row are the same: fonts are there, the map is drawn, nothing moves. */
async function steadyPicture(page: Page): Promise<Buffer> {
  let before = await page.screenshot();
  for (let i = 0; i < TRIES; i += 1) {
    await Bun.sleep(200);
    const now = await page.screenshot();
    if (now.equals(before)) return now;
    before = now;
  }
  return before;
}

/** Share of pixels that differ; 1 where the sizes do. */
function difference(a: Buffer, b: Buffer): number {
  const [left, right] = [PNG.sync.read(a), PNG.sync.read(b)];
  if (left.width !== right.width || left.height !== right.height) return 1;
  const off = pixelmatch(left.data, right.data, undefined, left.width, left.height, {
    threshold: COLOUR_TOLERANCE,
  });
  return off / (left.width * left.height);
}

describe.skipIf(!ready)("appearance", () => {
  for (const view of WINDOWS) {
    const kind = `${view.colorScheme}-${view.viewport.width}`;
    test(`every page, ${view.colorScheme}, ${view.viewport.width} px`, async () => {
      const site = world.site(swarm());
      const { page } = await world.open("about:blank", {
        ...view,
        // Half the size is enough to see a change, and a quarter of the bytes to keep.
        deviceScaleFactor: 0.5,
        timezoneId: "UTC",
        locale: "en-US",
      });
      await page.clock.setFixedTime(NOW);
      const changed: string[] = [];
      for (const [name, path] of Object.entries(VIEWS)) {
        await page.goto(`${site.url}${path}`);
        await page.getByText("Live", { exact: true }).waitFor();
        await page
          .getByText(/^Reading /)
          .first()
          .waitFor({ state: "detached" });
        // Charts are drawn in turns, so two pictures may be the same before the last of them is there.
        await page.waitForFunction(() => document.querySelector("[data-chart]:not(:has(svg))") === null);
        const picture = await steadyPicture(page);
        const file = join(PICTURES, `${name}-${kind}.png`);
        if (process.env.UPDATE_APPEARANCE === "1") writeFileSync(file, picture);
        // A page without a picture has not been looked at.
        const off = existsSync(file) ? difference(readFileSync(file), picture) : 1;
        if (off <= PIXELS_OFF_MAX) continue;
        mkdirSync(FAILED, { recursive: true });
        writeFileSync(join(FAILED, `${name}-${kind}.png`), picture);
        changed.push(
          `${name}: ${(off * 100).toFixed(1)} % differs, see test-results/appearance/${name}-${kind}.png`,
        );
      }
      expect(changed).toEqual([]);
      await world.clear();
    });
  }
});
