/** Analytics: one range for all panels, in the address; gaps stay gaps; a drag looks closer and Back returns. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { METRICS } from "./support/history-fixtures.ts";
import { json } from "./support/replies.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

describe.skipIf(!ready)("the kept series", () => {
  test("one control moves every panel; dragging zooms; Back and reload restore", async () => {
    const spore = world.spore({ complete: true });
    const { page } = await world.open(`${world.site([spore]).url}/analytics`);
    const memories = page.getByRole("article", { name: "Memories held", exact: true });
    await memories.locator("svg").waitFor();
    await page.getByLabel("Time range").selectOption("24h");
    await until("the day", () => page.url().includes("range=24h"));
    const asked = () =>
      new Set(
        spore.seen
          .filter(({ path }) => path.startsWith("/api/history?metric=") && path.includes("step=720"))
          .map(({ path }) => new URLSearchParams(path.split("?")[1]).get("metric")),
      );
    await until("every series of the day", () => asked().size === METRICS.length);
    await memories.locator("svg").scrollIntoViewIfNeeded();
    const box = await memories.locator("svg").boundingBox();
    if (box === null) throw new Error("the chart has no box");
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await until("the zoom", () => /[?&]from=\d+&to=\d+/.test(page.url()));
    const zoomed = page.url();
    await page.reload();
    await memories.locator("svg").waitFor();
    expect(page.url()).toBe(zoomed);
    expect(await page.getByLabel("Time range").inputValue()).toBe("own");
    await page.goBack();
    await until("the day again", () => page.url().includes("range=24h"));
  });

  test("what was not measured is a gap in the line, a dash in the table, and said in words", async () => {
    const { page } = await world.open(`${world.site([world.spore({ complete: true })]).url}/analytics`);
    const lag = page.getByRole("article", { name: "Median age of rumours at arrival" });
    await lag.locator("svg path").first().waitFor();
    const line = (await lag.locator("svg path").first().getAttribute("d")) ?? "";
    expect(line.match(/M/g)?.length).toBeGreaterThanOrEqual(2);
    expect(await lag.locator("figcaption").textContent()).toMatch(/\d+ not measured/);
    await lag.getByText("As a table").click();
    expect(await lag.getByRole("cell", { name: "–", exact: true }).count()).toBeGreaterThan(5);
    await lag.getByRole("group", { name: /arrow keys/ }).focus();
    await page.keyboard.press("ArrowRight");
    // The crosshair is shared: every panel reads the same moment.
    const readings = page.locator('article p[aria-live="polite"]');
    await until(
      "a reading in every panel",
      async () => (await readings.allTextContents()).filter((text) => text !== "").length === METRICS.length,
    );
  });

  test("in a spore's first minutes the present is told, and no hour is claimed that nobody watched", async () => {
    const step = 60_000;
    const started = Math.floor(Date.now() / step) * step - 3 * step;
    const read = (request: Request) => {
      const query = new URL(request.url).searchParams;
      if (!query.has("metric")) return json({ metrics: METRICS });
      const from = Math.floor(Number(query.get("from")) / step) * step;
      const points = Array.from({ length: 61 }, (_, index) => {
        const at = from + index * step;
        return [at, at === started ? 0 : null];
      });
      return json({ metric: query.get("metric"), unit: "memories", step_s: 60, points });
    };
    const spore = world.spore({ complete: true, overrides: { "/api/history": read } });
    const { page } = await world.open(`${world.site([spore]).url}/analytics`);
    const held = (await (await fetch(`${spore.url}/api/health`)).json()).memories as number;
    const memories = page.getByRole("article", { name: "Memories held", exact: true });
    await memories.getByText(new RegExp(`^\\+${held} since \\d\\d:\\d\\d$`)).waitFor();
    await memories.getByText(String(held), { exact: true }).first().waitFor();
    // Of one sample no rate can be told.
    const calls = page.getByRole("article", { name: "Calls to models, per minute", exact: true });
    await calls.getByText("not measured twice yet").waitFor();
    expect(await page.getByText("in the last hour").count()).toBe(0);
  });

  test("a table leaves the page as CSV that no spreadsheet runs", async () => {
    const { page } = await world.open(`${world.site([world.spore({ complete: true })]).url}/network`);
    await page.getByRole("table", { name: "All spores" }).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page
        .getByRole("region", { name: "All spores", exact: true })
        .getByRole("button", { name: "CSV" })
        .click(),
    ]);
    const lines = readFileSync(await file.path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(lines[0]).toBe("Spore,State,Role,Model,Cluster,Version,Memories,Heard,Place");
    expect(lines[1]).toContain("harbour,live,explorer,extractive,mine");
  });
});
