/**
 * Lighthouse on every page of the built export, with the Chromium of this machine: `bun tests/e2e/support/lighthouse.ts [page…]`.
 * It prints a table and ends with 1 where a goal is missed. Lighthouse brings a hundred packages, so it is fetched into
 * a folder of its own at the first run and is no dependency of the project.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "../../support/browser.ts";
import { CAST, type Cast } from "./fixtures.ts";
import { serveSite } from "./static-site.ts";
import { TestSpore } from "./test-spore.ts";

const VERSION = "12.2.3";
const FOLDER = join(import.meta.dir, "../../../node_modules/.cache/lighthouse");
const EVERY_PAGE = ["/", "/library", "/sentinel", "/globe", "/analytics", "/quantum", "/network"];
const wanted = process.argv.slice(2);
const PAGES = wanted.length > 0 ? wanted : EVERY_PAGE;
const GOALS = { performance: 95, accessibility: 95, "best-practices": 95 } as const;
/** A full run on a busy machine. */
const PAGE_DEADLINE_MS = 180_000;

type Category = keyof typeof GOALS;
interface Report {
  readonly categories: Readonly<Record<Category, { readonly score: number | null }>>;
  readonly audits: Readonly<Record<string, { readonly displayValue?: string }>>;
}

async function lighthouse(): Promise<string> {
  const cli = join(FOLDER, "node_modules/lighthouse/cli/index.js");
  if (existsSync(cli)) return cli;
  process.stdout.write(`fetching lighthouse ${VERSION}\n`);
  const install = Bun.spawn(
    [
      "npm",
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefix",
      FOLDER,
      `lighthouse@${VERSION}`,
    ],
    { stdout: "ignore", stderr: "inherit" },
  );
  if ((await install.exited) !== 0) throw new Error("lighthouse could not be fetched");
  return cli;
}

async function judge(cli: string, url: string, chromium: string): Promise<Report> {
  const run = Bun.spawn(
    [
      ...["node", cli, url, "--quiet", "--output=json", "--preset=desktop"],
      `--only-categories=${Object.keys(GOALS).join(",")}`,
      "--chrome-flags=--headless=new --no-sandbox --disable-gpu --enable-unsafe-swiftshader",
    ],
    {
      env: { ...process.env, CHROME_PATH: chromium },
      stdout: "pipe",
      stderr: "inherit",
      timeout: PAGE_DEADLINE_MS,
    },
  );
  const text = await new Response(run.stdout).text();
  if ((await run.exited) !== 0) throw new Error(`lighthouse ended with ${run.exitCode} on ${url}`);
  return JSON.parse(text) as Report;
}

const chromium = findBrowser();
if (chromium === null) throw new Error("no Chromium found; set CHROMIUM_PATH");
const cli = await lighthouse();
const spores = CAST.map((cast: Cast) => new TestSpore({ cast, complete: true }));
const site = serveSite(() => ({ spores: spores.map(({ url }) => url), bootstrap: null }));
let missed = false;
process.stdout.write("page          performance  accessibility  best practices  LCP      CLS    TBT\n");
for (const path of PAGES) {
  const { categories, audits } = await judge(cli, `${site.url}${path}`, chromium);
  const scores = (Object.keys(GOALS) as Category[]).map((name) =>
    Math.round((categories[name].score ?? 0) * 100),
  );
  missed ||= (Object.values(GOALS) as number[]).some((goal, index) => (scores[index] ?? 0) < goal);
  const shown = (name: string) => (audits[name]?.displayValue ?? "").replace(/\s/g, " ");
  process.stdout.write(
    `${path.padEnd(14)}${String(scores[0]).padEnd(13)}${String(scores[1]).padEnd(15)}${String(scores[2]).padEnd(16)}` +
      `${shown("largest-contentful-paint").padEnd(9)}${shown("cumulative-layout-shift").padEnd(7)}${shown("total-blocking-time")}\n`,
  );
}
for (const spore of spores) await spore.stop();
await site.stop();
process.exitCode = missed ? 1 : 0;
