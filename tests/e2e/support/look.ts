/**
 * Takes a picture of every page at two widths in both themes: `bun tests/e2e/support/look.ts [folder] [page…]`, with
 * `crowd` among the pages on a network of a thousand spores. For eyes, not a test.
 */
import { mkdirSync } from "node:fs";
import { openBrowser, openPage } from "./browser-session.ts";
import { crowd } from "./crowd.ts";
import { CAST, keyOf, node, OTHERS } from "./fixtures.ts";
import { serveSite } from "./static-site.ts";
import { TestSpore } from "./test-spore.ts";

const [folder = "test-results/look", ...words] = process.argv.slice(2);
const wanted = words.filter((word) => word !== "crowd");
const others = words.includes("crowd") ? crowd(1_000) : { nodes: [], edges: [] };
const PAGES = ["", "library", "library?view=memory", "sentinel", "globe", "analytics", "quantum", "network"];

mkdirSync(folder, { recursive: true });
const strangers = ["fjord", "marram", "skerry", "tern"].map((name, index) =>
  node(
    {
      name,
      role: (["validator", "generalist", "brain", "sentinel"] as const)[index] ?? "brain",
      operator: OTHERS,
      model: "llama-3.3-70b",
    },
    {
      state: index === 2 ? "unreachable" : "live",
      location:
        index < 2
          ? {
              name: index === 0 ? "Bergen" : "Den Helder",
              latitude: index === 0 ? 60.39 : 52.96,
              longitude: index === 0 ? 5.32 : 4.76,
            }
          : null,
    },
  ),
);
const everyone = [...CAST.map((cast) => cast.name), ...strangers.map((other) => other.name)];
const gossip = everyone.flatMap((a, i) =>
  everyone
    .slice(i + 1)
    .filter((_, j) => (i + j) % 3 !== 0)
    .map((b) => ({ from: keyOf(a), to: keyOf(b), kind: "gossip" })),
);
const trust = CAST.flatMap(({ name: a }) =>
  CAST.filter(({ name: b }) => a !== b).map(({ name: b }) => ({
    from: keyOf(a),
    to: keyOf(b),
    kind: "trust",
  })),
);
const edges = [...gossip, ...trust] as never;
const spores = CAST.map(
  (cast, index) =>
    new TestSpore({
      cast,
      complete: true,
      nodes: [...strangers, ...others.nodes],
      edges: [...edges, ...others.edges],
      ...(index === 0 ? { place: { name: "Husum", latitude: 54.48, longitude: 9.05 } } : {}),
    }),
);
const site = serveSite(() => ({ spores: spores.map((spore) => spore.url), bootstrap: null }));
const browser = await openBrowser();
for (const theme of ["dark", "light"] as const) {
  for (const width of [1440, 390]) {
    const { page, complaints } = await openPage(browser, {
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme: theme,
    });
    for (const path of PAGES.filter((name) => wanted.length === 0 || wanted.includes(name || "dashboard"))) {
      await page.goto(`${site.url}/${path}`);
      await page.waitForTimeout(1_500);
      await page.screenshot({
        path: `${folder}/${(path || "dashboard").replace(/\W/g, "-")}-${theme}-${width}.png`,
        fullPage: true,
      });
    }
    if (complaints.length > 0) process.stdout.write(`${theme} ${width}: ${complaints.join("\n")}\n`);
    await page.context().close();
  }
}
await browser.close();
for (const spore of spores) await spore.stop();
await site.stop();
