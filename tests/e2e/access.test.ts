/** Everybody can use it: axe on every page in both themes, the keyboard alone, and every width from 360 pixels. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright";
import { idOf, keyOf, node, OTHERS, SEAL_TASK } from "./support/fixtures.ts";
import { PAGES, ready, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const VIEWS = [
  ...PAGES,
  `/library?task=${idOf(SEAL_TASK)}`,
  `/library?view=memory&entry=${idOf("seal")}`,
  `/network?node=${keyOf("lantern")}`,
];
/** More stops than the fullest page has: a trap for the focus would never end. */
const STOPS_MAX = 140;
const WIDTHS = [360, 390, 768, 1440, 2560] as const;

/** Live, and nothing is being read any more. */
async function settled(page: Page): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
  await page
    .getByText(/^Reading /)
    .first()
    .waitFor({ state: "detached" });
}

/** Pixels that the page is wider than its window, once drawings have followed the window. */
async function overflow(page: Page): Promise<number> {
  const over = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  try {
    await page.waitForFunction(
      () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
      {
        timeout: 5_000,
      },
    );
    return 0;
  } catch {
    return await page.evaluate(over);
  }
}

interface Stop {
  readonly text: string;
  /** Why this stop is poor, or null. */
  readonly fault: string | null;
}

/** Presses Tab until the walk ends. Each stop is looked at with the focus and again when the focus has gone on. */
async function walk(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  let last: Awaited<ReturnType<typeof focused>> = null;
  while (stops.length < STOPS_MAX) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (last !== null) stops.push(await judge(last));
    // After the last stop comes the browser, or where there is none, the first stop again.
    if (now === null || now.text === stops[0]?.text) return stops;
    last = now;
  }
  return stops;
}

/** The element that has the focus, and what it looks like; null where nothing has. */
async function focused(page: Page) {
  const element = (await page.evaluateHandle(() => document.activeElement)).asElement();
  if (element === null || (await element.evaluate((one) => one === document.body))) return null;
  const text = await element.evaluate((one) =>
    (
      one.getAttribute("aria-label") ??
      (one as HTMLInputElement).labels?.[0]?.textContent ??
      one.textContent ??
      ""
    )
      .trim()
      .slice(0, 40),
  );
  return { element, text, look: await element.evaluate(lookOf) };
}

/** Runs in the page. What may show the focus on the element itself: a ring, a shadow or a border. */
function lookOf(element: Element) {
  const box = element.getBoundingClientRect();
  const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, borderWidth } =
    getComputedStyle(element);
  const hasOutline = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  return {
    size: Math.min(box.width, box.height),
    outline: hasOutline ? `${outlineStyle} ${outlineWidth} ${outlineColor}` : "none",
    rest: `${boxShadow} | ${borderWidth} ${borderColor}`,
  };
}

async function judge(stop: NonNullable<Awaited<ReturnType<typeof focused>>>): Promise<Stop> {
  const { element, text, look } = stop;
  const blurred = await element.evaluate(lookOf);
  const what = await element.evaluate((one) => one.outerHTML.slice(0, 120));
  const faults = [
    look.size > 0 ? null : "has no size",
    text === "" ? "has no name" : null,
    look.outline !== blurred.outline || look.rest !== blurred.rest
      ? null
      : "looks the same without the focus",
  ].filter((fault) => fault !== null);
  return { text, fault: faults.length === 0 ? null : `${faults.join(", ")}: ${what}` };
}

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
  return [
    world.spore({ nodes: [far], edges, complete: true }),
    world.spore(),
    world.spore({ complete: true }),
  ];
}

/** What axe finds in the dark theme, which the page was opened in, and in the light one, wide and on a telephone. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of ["dark", "light"]) {
    if (theme === "light") await page.keyboard.press("t");
    await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await overflow(page)).toBe(0);
      const { violations } = await new AxeBuilder({ page }).withTags(AXE_TAGS).analyze();
      for (const { id, nodes } of violations)
        for (const where of nodes)
          found.push(`${theme}, ${width} px, ${id}: ${where.target} ${where.failureSummary}`);
    }
  }
  return found;
}

describe.skipIf(!ready)("axe", () => {
  for (const view of VIEWS) {
    test(`finds nothing on ${view}, in either theme, wide or on a telephone`, async () => {
      const { page } = await world.open(`${world.site(swarm()).url}${view}`, { colorScheme: "dark" });
      await settled(page);
      expect(await faultsOf(page)).toEqual([]);
    });
  }

  test("finds nothing where a spore refuses the token", async () => {
    const spores = [world.spore({ token: "the right one" }), world.spore()];
    const { page } = await world.open(`${world.site(spores).url}/#token=mistyped`, { colorScheme: "dark" });
    await settled(page);
    const warning = page.getByRole("status", { name: "Operator token" });
    await warning.waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(await warning.isVisible()).toBe(true);
  });

  test("finds nothing in the dialogs, the first run and the demo", async () => {
    const { page } = await world.open(world.site(swarm()).url);
    await settled(page);
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
    await page.goto(world.site([]).url);
    for (const text of ["Start a swarm of your own", "Nothing here is live"]) {
      await page.getByText(text).waitFor();
      const { violations } = await new AxeBuilder({ page }).withTags(AXE_TAGS).analyze();
      expect(violations.map((found) => `${text} ${found.id}: ${found.nodes[0]?.html}`)).toEqual([]);
      const play = page.getByRole("button", { name: "Play the demo" });
      if (await play.isVisible()) await play.click();
    }
  });
});

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

  for (const theme of ["dark", "light"] as const) {
    test(`Tab walks through every page in the ${theme} theme: each stop is named, shows that it has the focus, and the walk ends`, async () => {
      const site = world.site(swarm());
      const { page } = await world.open(site.url, { colorScheme: theme });
      for (const view of PAGES) {
        await page.goto(`${site.url}${view}`);
        await settled(page);
        const stops = await walk(page);
        expect({ view, poor: stops.filter(({ fault }) => fault !== null) }).toEqual({ view, poor: [] });
        expect(stops[0]?.text).toBe("Skip to the content");
        expect(stops.length).toBeGreaterThan(15);
        expect(stops.length).toBeLessThan(STOPS_MAX);
      }
    });
  }
});

describe.skipIf(!ready)("every width", () => {
  for (const view of VIEWS) {
    test(`${view} does not scroll sideways, from ${WIDTHS[0]} to ${WIDTHS.at(-1)} px, nor at 200% zoom`, async () => {
      const { page } = await world.open(`${world.site(swarm()).url}${view}`);
      await settled(page);
      const over: Record<number, number> = {};
      // 200% zoom of a 1440 px window leaves 720 px for the page.
      for (const width of [...WIDTHS, 720]) {
        await page.setViewportSize({ width, height: width === 720 ? 450 : 900 });
        over[width] = await overflow(page);
      }
      expect(Object.entries(over).filter(([, px]) => px > 0)).toEqual([]);
    });
  }

  test("a finger finds every control: 44 px on touch screens", async () => {
    const site = world.site(swarm());
    const { page } = await world.open(site.url, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    for (const view of PAGES) {
      await page.goto(`${site.url}${view}`);
      await page.getByText("Live", { exact: true }).waitFor();
      const small = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("button, select, main input, nav a")]
          .filter((element) => element.checkVisibility())
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ element, box }) => box.height < 43.5 && element.closest('[role="table"], svg') === null)
          .map(({ element, box }) => `${element.outerHTML.slice(0, 80)}: ${Math.round(box.height)} px`),
      );
      expect({ view, small }).toEqual({ view, small: [] });
    }
  });

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
