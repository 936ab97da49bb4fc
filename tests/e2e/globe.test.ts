/** The globe never stays blank: on the bundled land without a network, on a refused Mapbox token, without WebGL. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { node, OTHERS } from "./support/fixtures.ts";
import { serveSite } from "./support/static-site.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const PLACES = [
  ["fjord", "Bergen", 60.39, 5.32],
  ["marram", "Den Helder", 52.96, 4.76],
  ["estuary", "Valdivia", -39.81, -73.25],
] as const;

function placed() {
  const nodes = PLACES.map(([name, place, latitude, longitude]) =>
    node(
      { name, role: "brain", operator: OTHERS, model: "llama" },
      { location: { name: place, latitude, longitude } },
    ),
  );
  const edges = [{ from: nodes[0]?.id, to: nodes[2]?.id, kind: "gossip" }] as never;
  return world.spore({ nodes, edges, place: { name: "Husum", latitude: 54.48, longitude: 9.05 } });
}

/** How many colours a map's picture has: a blank canvas has one. */
async function coloursOf(page: Page): Promise<number> {
  const picture = await page.locator("[data-engine] canvas").first().screenshot();
  return await page.evaluate(
    async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 4 * 97) {
        colours.add(
          ((data[i] ?? 0) >> 3) * 4096 + ((data[i + 1] ?? 0) >> 3) * 64 + ((data[i + 2] ?? 0) >> 3),
        );
      }
      return colours.size;
    },
    [...picture],
  );
}

describe.skipIf(!ready)("the globe", () => {
  test("draws land and declared places, asks nobody, and shares its selection with the table", async () => {
    const spore = placed();
    const site = world.site([spore]);
    const { page, origins, complaints } = await world.open(`${site.url}/globe`);
    await page.locator('[data-engine="maplibre"] canvas').waitFor();
    await until("a drawn map", async () => (await coloursOf(page)) > 8);
    await page.getByText("4 spores in 4 places, 0 unknown").waitFor();
    await page.getByRole("button", { name: "estuary", exact: true }).click();
    expect(page.url()).toContain("node=");
    const mark = page.locator("[data-engine]").getByRole("button", { name: "estuary, Valdivia" });
    await mark.waitFor();
    expect(await mark.getAttribute("aria-pressed")).toBe("true");
    await page.goBack();
    await until("the selection undone", async () => !page.url().includes("node="));
    expect([...origins].sort()).toEqual([site.url, spore.url].sort());
    expect(complaints).toEqual([]);
  });

  test("a refused Mapbox token falls back to the bundled land, and says so", async () => {
    const spore = placed();
    const site = serveSite(() => ({ spores: [spore.url], bootstrap: null, mapboxToken: "pk.refused" }));
    const { page } = await world.open("about:blank");
    await page.route(/mapbox\.com/, (route) =>
      route.fulfill({
        status: 401,
        headers: { "access-control-allow-origin": "*" },
        json: { message: "Not Authorized - Invalid Token" },
      }),
    );
    await page.goto(`${site.url}/globe`);
    await page.locator('[data-engine="maplibre"] canvas').waitFor();
    await until("a drawn map", async () => (await coloursOf(page)) > 8);
    await page.getByText(/Land by Natural Earth.*(Unauthorized|access token|Not Authorized)/i).waitFor();
    await site.stop();
  });

  test("is an outline from the first moment, while the page is not yet at rest", async () => {
    const { page } = await world.open("about:blank");
    await page.addInitScript(() => {
      // Never at rest, however long it takes.
      window.requestIdleCallback = () => 0;
    });
    await page.goto(`${world.site([placed()]).url}/globe`);
    const outline = page.locator('[data-engine="outline"]');
    await outline.getByRole("button", { name: /Bergen/ }).waitFor();
    expect(await outline.locator("canvas").count()).toBe(0);
  });

  test("without WebGL it is an outline, with the same places", async () => {
    const { page } = await world.open("about:blank");
    await page.addInitScript(() => {
      const real = HTMLCanvasElement.prototype.getContext as (
        this: HTMLCanvasElement,
        kind: string,
      ) => unknown;
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string) {
        return kind.startsWith("webgl") ? null : real.call(this, kind);
      } as typeof HTMLCanvasElement.prototype.getContext;
    });
    await page.goto(`${world.site([placed()]).url}/globe`);
    const outline = page.locator('[data-engine="outline"]');
    await outline.getByRole("button", { name: /Bergen/ }).waitFor();
    await page.getByText("This browser offers no WebGL").waitFor();
    await outline.getByRole("group").focus();
    const before = await outline.locator("path").nth(1).getAttribute("d");
    await page.keyboard.press("ArrowRight");
    await until(
      "the globe turned",
      async () => (await outline.locator("path").nth(1).getAttribute("d")) !== before,
    );
  });
});
