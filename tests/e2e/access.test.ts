/** Everybody can use it: axe on every page in both themes, the keyboard alone, and every width from 360 pixels. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import AxeBuilder from "@axe-core/playwright";
import { keyOf, node, OTHERS } from "./support/fixtures.ts";
import { PAGES, ready, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const VIEWS = [...PAGES, "/library?view=memory"];

function swarm() {
  const far = node(
    {
      name: "fjord-with-quite-a-long-name-for-a-spore",
      role: "brain",
      operator: OTHERS,
      model: "llama-3.3-70b-instruct",
    },
    { state: "stale", location: { name: "Bergen", latitude: 60.4, longitude: 5.3 } },
  );
  const edges = [{ from: keyOf("harbour"), to: keyOf("lantern"), kind: "gossip" }] as never;
  return [world.spore({ nodes: [far], edges }), world.spore(), world.spore()];
}

for (const theme of ["dark", "light"] as const) {
  describe.skipIf(!ready)(`axe, ${theme}`, () => {
    test("finds nothing on any page", async () => {
      const site = world.site(swarm());
      const { page } = await world.open(site.url, { colorScheme: theme });
      const found: string[] = [];
      for (const view of VIEWS) {
        await page.goto(`${site.url}${view}`);
        await page.getByText("Live", { exact: true }).waitFor();
        await page
          .getByText(/^Reading /)
          .first()
          .waitFor({ state: "detached" });
        const { violations } = await new AxeBuilder({ page }).withTags(AXE_TAGS).analyze();
        for (const { id, nodes } of violations) {
          found.push(...nodes.map((where) => `${view} ${id}: ${where.target} ${where.failureSummary}`));
        }
      }
      expect(found).toEqual([]);
    });

    test("finds nothing in the dialogs", async () => {
      const { page } = await world.open(world.site(swarm()).url, { colorScheme: theme });
      await page.getByText("Live", { exact: true }).waitFor();
      for (const [keys, name] of [
        ["Control+k", "Find anything"],
        ["?", "Keyboard"],
      ] as const) {
        await page.keyboard.press(keys);
        await page.getByRole("dialog", { name }).waitFor();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map((found) => `${name} ${found.id}: ${found.nodes[0]?.html}`)).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
    });
  });
}

describe.skipIf(!ready)("the keyboard", () => {
  test("g and a letter reaches every page; t switches the theme and it stays", async () => {
    const site = world.site(swarm());
    const { page } = await world.open(site.url);
    await page.getByText("Live", { exact: true }).waitFor();
    for (const [key, name] of [
      ["l", "Library"],
      ["s", "Sentinel"],
      ["o", "Globe"],
      ["a", "Analytics"],
      ["q", "Quantum"],
      ["n", "Network"],
      ["d", "Dashboard"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { level: 1, name }).waitFor();
    }
    await page.keyboard.press("t");
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("light");
  });

  test("⌘K finds pages, spores and tasks, goes there with Enter, and gives focus back on Escape", async () => {
    const { page } = await world.open(world.site(swarm()).url);
    await page.getByText("All your 3 spores are well").waitFor();
    const opener = page.getByRole("button", { name: /^Find anything/ });
    await opener.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Find anything" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("irrigation");
    await page.getByRole("option", { name: /Which seal fits/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Library" }).waitFor();
    await page.getByText("Six spares came with order 2291").first().waitFor();
  });

  test("Tab walks through the Dashboard: every stop is visible and named", async () => {
    const { page } = await world.open(world.site(swarm()).url);
    await page.getByText("All your 3 spores are well").waitFor();
    await page.getByText("The gauge was knocked").first().waitFor();
    const stops: string[] = [];
    for (let i = 0; i < 45; i += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        if (element === document.body) return null;
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const named =
          (element.getAttribute("aria-label") ?? element.textContent ?? "").trim() !== "" ||
          element.id !== "";
        const ring =
          style.outlineStyle !== "none" || element.closest("form")?.matches(":focus-within") === true;
        return {
          text: (element.getAttribute("aria-label") ?? element.textContent ?? "").slice(0, 40),
          fine: box.width > 0 && named && ring,
        };
      });
      if (stop === null) break;
      stops.push(stop.text);
      expect(stop).toEqual({ ...stop, fine: true });
    }
    expect(stops[0]).toBe("Skip to the content");
    expect(new Set(stops).size).toBeGreaterThan(20);
  });
});

describe.skipIf(!ready)("every width", () => {
  for (const width of [360, 390, 768, 1440, 2560]) {
    test(`${width} px: no page scrolls sideways`, async () => {
      const site = world.site(swarm());
      const { page } = await world.open(site.url, { viewport: { width, height: 900 } });
      for (const view of VIEWS) {
        await page.goto(`${site.url}${view}`);
        await page.getByText("Live", { exact: true }).waitFor();
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect({ view, over }).toEqual({ view, over: 0 });
      }
    });
  }

  test("the theme is there before anything is painted", async () => {
    const site = world.site(swarm());
    const { page } = await world.open(site.url, { colorScheme: "light" });
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("light");
    const colour = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.body !== null);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).not.toBe(
      colour,
    );
  });
});

test.skipIf(!ready)("same spore, same mark, on every page", async () => {
  const site = world.site(swarm());
  const { page } = await world.open(site.url);
  const marks = new Set<string>();
  for (const path of ["/", "/network", "/globe", "/analytics"]) {
    await page.goto(`${site.url}${path}`);
    await page.getByText("Live", { exact: true }).waitFor();
    const name = page.locator("main span.truncate", { hasText: /^lantern$/ }).first();
    await name.waitFor();
    marks.add(
      await name.evaluate((element) => element.parentElement?.querySelector("svg path")?.outerHTML ?? "none"),
    );
  }
  expect(marks.size).toBe(1);
});
