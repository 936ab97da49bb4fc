/** What must never happen: a token in the wrong hands, a stranger called, a remote text that runs. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { policyFor } from "../../command-center/scripts/seal.ts";
import { CAST, type Cast, health, keyOf, node, OTHERS, plainTask, summaryOf } from "./support/fixtures.ts";
import { HOSTILE_TEXTS } from "./support/hostile-texts.ts";
import { json, refuse } from "./support/replies.ts";
import { PAGES, ready, until, World } from "./support/world.ts";

const OUT = join(import.meta.dir, "../../command-center/out");
const TOKEN = "a-token-of-the-operator";
const FIRST_LOAD_BYTES_MAX = 300 * 1024;

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

describe.skipIf(!ready)("the token", () => {
  test("leaves the address bar at once, reaches only my own spores, and no address or store but this tab's", async () => {
    const [mine, watched] = [world.spore({ token: TOKEN }), world.spore()];
    const site = world.site([mine]);
    const { page } = await world.open(
      `${site.url}/?spores=${encodeURIComponent(watched.url)}#token=${TOKEN}`,
    );
    await page
      .getByRole("region", { name: "Spores", exact: true })
      .getByText("lantern", { exact: true })
      .waitFor();
    await until("both streams", () => mine.openStreams === 1 && watched.openStreams === 1);
    await page.getByText("Why does the tide gauge").first().waitFor();
    expect(page.url()).not.toContain(TOKEN);
    await page.getByRole("link", { name: "Library", exact: true }).first().click();
    await page.getByTestId("task-rows").waitFor();
    await page.goBack();
    expect(page.url()).not.toContain(TOKEN);
    expect(mine.seen.some((request) => request.authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(watched.seen.length).toBeGreaterThan(0);
    expect(watched.seen.filter((request) => request.authorization !== null)).toEqual([]);
    expect([...mine.seen, ...watched.seen].filter((request) => request.path.includes(TOKEN))).toEqual([]);
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie);
    expect(stored).not.toContain(TOKEN);
  });

  test("is not sent along a redirect", async () => {
    const thief = world.spore();
    const mine = world.spore({
      overrides: { "/api/health": () => Response.redirect(`${thief.url}/api/health`, 307) },
    });
    const { page } = await world.open(`${world.site([mine]).url}/#token=${TOKEN}`);
    await page.getByText("None of your 1 spore answers").waitFor();
    expect(thief.seen).toEqual([]);
  });

  test("a link cannot make a foreign spore the target of a question", async () => {
    const foreign = world.spore();
    const { page } = await world.open(
      `${world.site([]).url}/?spores=${encodeURIComponent(foreign.url)}#token=${TOKEN}`,
    );
    await page.getByText("None of your own spores is connected").waitFor();
    await page.getByLabel("Ask your swarm").fill("secret plans");
    expect(await page.getByRole("button", { name: "Ask", exact: true }).isDisabled()).toBe(true);
  });
});

describe.skipIf(!ready)("a link to an address that says it is one of my spores", () => {
  test("shows mine, reads from mine, and names the address that claims its key", async () => {
    const [harbour, lantern] = CAST as [Cast, Cast];
    // Mine are the last to answer, so that for a moment the fake is the only one that does.
    const late = async (cast: Cast) => {
      await Bun.sleep(700);
      return json(health(cast));
    };
    const mine = world.spore({
      cast: harbour,
      token: TOKEN,
      overrides: { "/api/health": () => late(harbour) },
    });
    const other = world.spore({
      cast: lantern,
      token: TOKEN,
      overrides: { "/api/health": () => late(lantern) },
    });
    const asHarbour = json(health(harbour, { memories: 31_337 }));
    const fake = world.spore({
      overrides: {
        "/api/health": () => asHarbour.clone(),
        "*": () => refuse(404, "not_found", "nothing else is answered here"),
      },
    });
    const { page } = await world.open(
      `${world.site([mine, other]).url}/?spores=${encodeURIComponent(fake.url)}#token=${TOKEN}`,
    );
    const spores = page.getByRole("region", { name: "Spores", exact: true });
    await until("the fake was asked", () => fake.seen.some(({ path }) => path === "/api/health"));
    await spores.getByText("harbour", { exact: true }).waitFor();
    await page.getByText("Why does the tide gauge").first().waitFor();
    await page.getByRole("button", { name: /^Connections/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByText(`Says that it is harbour, which is at ${mine.url}: nothing is read from here.`)
      .waitFor();
    await page.keyboard.press("Escape");
    expect(await spores.getByText("harbour", { exact: true }).count()).toBe(1);
    expect(await page.getByText("31,337").count()).toBe(0);
    await page.goto(`${new URL(page.url()).origin}/network?node=${keyOf("harbour")}`);
    await page.getByText(`${fake.url} answers with the key of this spore, too`).waitFor();
    await page.getByText(mine.url, { exact: true }).first().waitFor();
    const asked = new Set(fake.seen.map(({ path }) => path.split("?")[0]));
    // What tells who it is, and that it is there; no task, no memory.
    expect([...asked].sort()).toEqual(["/api/events", "/api/health", "/api/swarm"]);
    expect(fake.seen.filter(({ authorization }) => authorization !== null)).toEqual([]);
  });
});

describe.skipIf(!ready)("a wrong token", () => {
  test("is said at once, with the way to mend it, and is over when mended", async () => {
    const mine = world.spore({ token: TOKEN });
    const open = world.spore();
    const { page } = await world.open(`${world.site([mine, open]).url}/#token=mistyped`);
    const warning = page.getByRole("status", { name: "Operator token" });
    await warning.getByText(/^harbour does not accept the operator token of this tab/).waitFor();
    await warning.getByRole("button", { name: "Change the token" }).click();
    await page.getByRole("dialog").getByLabel("Operator token").fill(TOKEN);
    await page.getByRole("button", { name: "Use this token" }).click();
    await warning.waitFor({ state: "detached" });
    await page.getByText("Why does the tide gauge").first().waitFor();
  });
});

describe.skipIf(!ready)("strangers", () => {
  test("no page calls anybody but its host and the chosen spores", async () => {
    const stranger = node(
      { name: "fjord", role: "brain", operator: OTHERS, model: "llama" },
      { url: "http://127.0.0.1:9/fjord" },
    );
    const spore = world.spore({ nodes: [stranger] });
    const site = world.site([spore]);
    const { page, origins, complaints } = await world.open(site.url);
    for (const path of PAGES) {
      await page.goto(`${site.url}${path}`);
      await page.getByText("Live", { exact: true }).waitFor();
    }
    await page.goto(`${site.url}/network`);
    await page.getByText("fjord").first().waitFor();
    expect([...origins].sort()).toEqual([site.url, spore.url].sort());
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!ready)("hostile texts", () => {
  test(`${HOSTILE_TEXTS.length} of them on every page: nothing runs, nothing is fetched, all are shown as text`, async () => {
    const tasks = HOSTILE_TEXTS.map((text, index) => ({
      ...plainTask(`${text} #${index}`, index + 1),
      final_answer: text,
      reason: text,
    }));
    const nodes = HOSTILE_TEXTS.slice(0, 40).map((text, index) =>
      node(
        { name: text.slice(0, 60), role: "brain", operator: OTHERS, model: text },
        {
          id: keyOf(`hostile ${index}`) as never,
          version: text,
          location: { name: text.slice(0, 100), latitude: index, longitude: index },
        },
      ),
    );
    const state = {
      enabled: true,
      note: HOSTILE_TEXTS.join(" "),
      list: HOSTILE_TEXTS.map((text) => ({ [text.slice(0, 30)]: text })),
    };
    const part = () => Response.json(state, { headers: { "access-control-allow-origin": "*" } });
    const parts = [
      "quantum",
      "cognition",
      "cortex",
      "trust",
      "wall",
      "proposals",
      "sentinel/status",
      "sentinel/deployments",
      "convergence",
    ];
    const spore = world.spore({
      tasks,
      nodes,
      overrides: Object.fromEntries(parts.map((name) => [`/api/${name}`, part])),
    });
    const site = world.site([spore]);
    const { page, origins, complaints } = await world.open(site.url);
    await page.addInitScript(() =>
      Object.assign(window, { alert: () => document.documentElement.setAttribute("data-owned", "1") }),
    );
    const addresses = [...PAGES, ...tasks.slice(0, 12).map((task) => `/library?task=${task.task_id}`)];
    for (const path of addresses) {
      await page.goto(`${site.url}${path}`);
      await page.getByText("Live", { exact: true }).waitFor();
      await page.waitForLoadState("networkidle", { timeout: 1_500 }).catch(() => undefined);
      const found = await page.evaluate(() => ({
        owned: document.documentElement.hasAttribute("data-owned"),
        foreign: document.querySelectorAll(
          "main img, main iframe, main object, main embed, main script, main style, main form[action], main [onerror], main [onload]",
        ).length,
        links: [...document.querySelectorAll<HTMLAnchorElement>("main a")].filter(
          (link) => link.origin !== location.origin,
        ).length,
      }));
      expect({ path, ...found }).toEqual({ path, owned: false, foreign: 0, links: 0 });
    }
    await page.goto(`${site.url}/library`);
    await page
      .getByText(HOSTILE_TEXTS[0] as string)
      .first()
      .waitFor();
    for (const task of tasks.slice(0, 20)) spore.emit({ type: "task", data: summaryOf(task) });
    expect([...origins].sort()).toEqual([site.url, spore.url].sort());
    expect(complaints).toEqual([]);
  });
});

test.skipIf(!ready)("no page tries what its own policy forbids", async () => {
  const site = world.site([world.spore({ complete: true })]);
  const { page } = await world.open("about:blank");
  await page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
      refused.push(`${effectiveDirective}: ${blockedURI} in ${sourceFile}`),
    );
  });
  for (const path of PAGES) {
    await page.goto(`${site.url}${path}`);
    await page.getByRole("button", { name: /^Connection: Live/ }).waitFor();
    const refused = await page.evaluate(() => (window as unknown as { refused: string[] }).refused);
    expect({ path, refused }).toEqual({ path, refused: [] });
  }
});

describe.skipIf(!ready)("the build", () => {
  const html = readdirSync(OUT, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".html"),
  );

  test("every page carries a strict policy that allows its own scripts and no other", () => {
    expect(html.length).toBeGreaterThanOrEqual(PAGES.length);
    for (const name of html) {
      const text = readFileSync(join(OUT, name), "utf8");
      const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(text)?.[1] ?? "";
      expect(policy).toBe(policyFor(text));
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe/);
    }
  });

  test("the Dashboard's first load stays within 300 KB, compressed, typefaces included", () => {
    const text = readFileSync(join(OUT, "index.html"), "utf8");
    const scripts = [...text.matchAll(/<script\b[^>]*\bsrc="([^"]+)"[^>]*>/g)]
      .filter(([tag]) => !/nomodule/i.test(tag))
      .map(([, src]) => src);
    const links = [...text.matchAll(/<link\b[^>]*\bhref="(\/_next\/[^"]+)"/g)].map(([, href]) => href);
    const bytes = [...new Set([...scripts, ...links])].map((path) => {
      const file = readFileSync(join(OUT, (path ?? "").split("?")[0] ?? ""));
      return (path ?? "").includes(".woff2") ? file.length : gzipSync(file).length;
    });
    const total = bytes.reduce((sum, one) => sum + one, gzipSync(text).length);
    expect(total).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  });

  test("no file of the build names a token or a place on the machine it was built on", () => {
    const home = new RegExp(`${process.env.HOME ?? "/nowhere"}|${join(import.meta.dir, "../..")}`);
    const leaks = readdirSync(OUT, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(js|html|txt|css|json)$/.test(name) && !/turbopack/.test(name))
      .filter((name) => home.test(readFileSync(join(OUT, name), "utf8")));
    expect(leaks).toEqual([]);
  });
});
