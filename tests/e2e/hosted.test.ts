/**
 * The real export where it is hosted: deployed by the launcher's own code to a static Space, which serves files under
 * their exact names and puts a script of its own into each page, and to Vercel, with the vercel.json that goes along.
 * Every page is reached by a link and by a reload, the policy holds, nobody else is called.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Page } from "playwright";
import { PAGES } from "../../command-center/lib/shortcuts.ts";
import { exportedPage } from "../../launcher/src/pages/page-files.ts";
import type { PageHost } from "../../launcher/src/pages/page-host.ts";
import { spacePage } from "../../launcher/src/pages/space-page.ts";
import { vercelPage } from "../../launcher/src/pages/vercel-page.ts";
import { patientFetch } from "../../launcher/src/remote-call.ts";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { FakeVercel } from "../support/fake-vercel.ts";
import { idOf, SEAL_TASK } from "./support/fixtures.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, World } from "./support/world.ts";

const OUT = join(import.meta.dir, "../../command-center/out");
const TOKEN = "a-token-of-the-operator";
const OPERATOR = "A".repeat(43) as PublicKey;
const quickly = patientFetch({ retryDelayMs: 1 });

const world = new World();
const hub = new FakeHub({ tokens: { hf_commander: { account: "ada", role: "write", isPro: false } } });
const vercel = new FakeVercel("vercel-token");
afterEach(() => world.clear());
afterAll(async () => {
  await world.end();
  await hub.stop();
  await vercel.stop();
});

async function deployed(host: PageHost, mine: TestSpore): Promise<string> {
  const url = await host.prepare();
  const done = await host.deploy(exportedPage(OUT), { spores: [mine.url], bootstrap: null });
  if (!url.ok || !done.ok) throw new Error(JSON.stringify([url, done]));
  await hub.settled();
  return url.value;
}

const onSpace = () =>
  spacePage({
    hub: { url: hub.url, token: "hf_commander", fetch: quickly },
    id: "ada/synapse-cc",
    operator: OPERATOR,
  });
const onVercel = () =>
  vercelPage({
    vercel: { url: vercel.url, token: "vercel-token", team: null, fetch: quickly },
    project: "ada-swarm",
    operator: OPERATOR,
    pollMs: 20,
    timeoutMs: 20_000,
  });

const live = async (page: Page, name: string) => {
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.getByText("Live", { exact: true }).first().waitFor();
};

/** Every page by its address and again by a reload; then by clicks alone, where each address has to survive a reload too. */
async function walk(page: Page, site: string, addressOf: (path: string) => string): Promise<void> {
  for (const { path, name } of PAGES) {
    await page.goto(`${site}${addressOf(path)}`);
    await live(page, name);
    await page.reload();
    await live(page, name);
  }
  for (const { path, name } of PAGES) {
    const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
    // What a new tab would open.
    expect(await link.getAttribute("href")).toBe(addressOf(path));
    await link.click();
    await live(page, name);
    await page.waitForURL(`${site}${addressOf(path)}`);
  }
  await page.goBack();
  await live(page, "Quantum");
  await page.waitForURL(`${site}${addressOf("/quantum")}`);
}

/** A task opened by a link, kept over a reload, and left by another selection that is again in the address. */
async function openTask(page: Page, library: string): Promise<void> {
  const task = idOf(SEAL_TASK);
  await page.goto(`${library}?task=${task}#token=${TOKEN}`);
  for (const again of [false, true]) {
    if (again) await page.reload();
    // The token came with the first address, and stays in this tab.
    await page.getByRole("region", { name: "Your grade" }).waitFor();
    await page.locator("main").getByText(SEAL_TASK).first().waitFor();
    expect(page.url()).toBe(`${library}?task=${task}`);
  }
}

describe.skipIf(!ready)("on a static Space", () => {
  test("every page opens by link and by reload, under its own name, and the injected script does not run", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const site = await deployed(onSpace(), mine);
    expect(new URL(site).hostname).toBe("ada-synapse-cc.static.localhost");
    // Why the names of files: the short address leads to the Hub, which has no such page.
    const short = await fetch(`${site}/library`, { redirect: "manual" });
    expect([short.status, short.headers.get("location")]).toEqual([302, `${hub.url}/library`]);
    const { page, origins, complaints } = await world.open(`${site}/`);
    await walk(page, site, (path) => (path === "/" ? "/" : `${path}.html`));
    await openTask(page, `${site}/library.html`);
    expect(await page.evaluate(() => Object.hasOwn(window, "huggingface"))).toBe(false);
    const faces = await page.evaluate(() => [...document.fonts].map(({ status }) => status));
    expect(faces).toContain("loaded");
    expect(faces).not.toContain("error");
    const injected = /^Executing inline script violates .*Content Security Policy/;
    expect(complaints.filter((text) => !injected.test(text))).toEqual([]);
    expect([...origins].sort()).toEqual([site, hub.url, mine.url].sort());
    expect(hub.journal.filter(({ path }) => /library|network/.test(path))).toEqual([]);
  });

  test("the same page is not uploaded twice, and holds no secret", async () => {
    const mine = world.spore();
    await deployed(onSpace(), mine);
    const before = hub.changes.length;
    const again = await onSpace().deploy(exportedPage(OUT), { spores: [mine.url], bootstrap: null });
    expect(again).toEqual({ ok: true, value: "unchanged" });
    expect(hub.changes.length).toBe(before);
    const space = hub.spaces.get("ada/synapse-cc");
    expect([space?.variables.size, space?.secrets.size]).toEqual([0, 0]);
    for (const [path, bytes] of space?.files ?? [])
      expect([path, Buffer.from(bytes).includes("hf_commander")]).toEqual([path, false]);
  });
});

describe.skipIf(!ready)("on Vercel", () => {
  test("every page opens by link and by reload, with safe headers; an ending leads to the clean address", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const site = await deployed(onVercel(), mine);
    const { page, origins, complaints } = await world.open(`${site}/`);
    await walk(page, site, (path) => path);
    await openTask(page, `${site}/library`);
    await page.goto(`${site}/network.html?node=none`);
    await live(page, "Network");
    expect(page.url()).toBe(`${site}/network?node=none`);
    const missing = await page.goto(`${site}/no-such-page`);
    expect(missing?.status()).toBe(404);
    await page.getByText("There is no such page").waitFor();
    for (const path of ["/", "/library", "/no-such-page"]) {
      const { headers } = await fetch(`${site}${path}`);
      const told = ["x-content-type-options", "x-frame-options", "referrer-policy"].map((name) =>
        headers.get(name),
      );
      expect([path, ...told]).toEqual([path, "nosniff", "DENY", "no-referrer"]);
    }
    expect((await fetch(`${site}/config.json`)).headers.get("cache-control")).toBe("no-store");
    expect(complaints).toEqual([]);
    expect([...origins].sort()).toEqual([site, mine.url].sort());
  });
});
