/**
 * One Chromium for a test file, and pages that keep an account of themselves: every request they made and everything
 * they complained of.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { findBrowser } from "../../support/browser.ts";

export interface Watched {
  readonly page: Page;
  /** Origins of all requests the page made. */
  readonly origins: Set<string>;
  /** Uncaught errors and console errors, policy violations among them. */
  readonly complaints: string[];
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error("no Chromium found; set CHROMIUM_PATH");
  return await chromium.launch({ executablePath, args: FLAGS });
}

/** Refused requests of a test's own making, which Chromium reports as console errors. */
const EXPECTED = /Failed to load resource|net::ERR_/;

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const origins = new Set<string>();
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (/^https?:/.test(request.url())) origins.add(new URL(request.url()).origin);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  return { page, origins, complaints };
}
