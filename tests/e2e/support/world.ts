/** A site, its spores and one browser, started for a test file and all ended after it. */
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { openBrowser, openPage, type Watched } from "./browser-session.ts";
import { CAST, type Cast } from "./fixtures.ts";
import { isBuilt, type Site, serveSite } from "./static-site.ts";
import { TestSpore, type TestSporeOptions } from "./test-spore.ts";

/** Long enough for a page on a busy machine; a test that needs more waits for something that will not come. */
export const PATIENCE_MS = 20_000;

/** The build is the runner's first step; alone, a test file says what is missing. */
export const ready = isBuilt();
if (!ready)
  process.stdout.write(
    "skipped: pages: command-center/out is missing (cd command-center && bun run build)\n",
  );

export const PAGES = ["/", "/library", "/sentinel", "/globe", "/analytics", "/quantum", "/network"] as const;

export class World {
  readonly spores: TestSpore[] = [];
  private readonly sites: Site[] = [];
  private readonly opened: Watched[] = [];
  private browser: Browser | null = null;

  spore(options: Partial<TestSporeOptions> & { cast?: Cast } = {}): TestSpore {
    const spore = new TestSpore({ cast: CAST[this.spores.length % CAST.length] as Cast, ...options });
    this.spores.push(spore);
    return spore;
  }

  /** @param spores null: no config.json at all. */
  site(spores: readonly TestSpore[] | null): Site {
    const site = serveSite(() =>
      spores === null ? null : { spores: spores.map((spore) => spore.url), bootstrap: null },
    );
    this.sites.push(site);
    return site;
  }

  async open(address: string, options: BrowserContextOptions = {}): Promise<Watched> {
    this.browser ??= await openBrowser();
    const watched = await openPage(this.browser, options);
    watched.page.setDefaultTimeout(PATIENCE_MS);
    this.opened.push(watched);
    await watched.page.goto(address);
    return watched;
  }

  /** Between tests: pages closed, spores and sites ended; the browser stays. */
  async clear(): Promise<void> {
    for (const { page } of this.opened.splice(0)) await page.context().close();
    for (const spore of this.spores.splice(0)) await spore.stop();
    for (const site of this.sites.splice(0)) await site.stop();
  }

  async end(): Promise<void> {
    await this.clear();
    await this.browser?.close();
    this.browser = null;
  }
}

/** Polls until true; fails with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
    await Bun.sleep(40);
  }
}

/** Headless browsers hide no tab, so the document is told that it is hidden, by the same event as in a real one. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (value ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, hidden);
}
