/**
 * `bun run test [check|unit|tidy|conformance|simulation|bench|eval|integration|threats|e2e]…`: everything, from a fresh clone.
 *
 * Imports only Node's own modules and files that do the same, because its first step is to install the rest.
 *
 * 1. The last line is `N passed, N failed`, alone; the exit code is 0 only if nothing failed and something ran.
 * 2. A test file that does not load, runs no test, crashes or outlives its deadline is a failure.
 * 3. What is skipped is said at the end, with the reason: a test that skips prints `skipped: <what>: <why>`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser, installBrowser } from "./support/browser.ts";
import { endAllCommands, runCommand } from "./support/child-process.ts";
import { parseJunit } from "./support/junit.ts";
import { SUITE_NAMES, type Suite, selectSuites } from "./support/suites.ts";

const ROOT = join(import.meta.dir, "..");
/** All of it ends within 25 minutes; the rest of that time is left for setting up the machine. */
const TOTAL_DEADLINE_MS = 23 * 60_000;
const INSTALL_DEADLINE_MS = 5 * 60_000;
const CHECK_DEADLINE_MS = 5 * 60_000;
const PAGE_DEADLINE_MS = 5 * 60_000;
/** Property tests and key generation take long on a machine that does other things as well. */
const TEST_TIMEOUT_MS = 60_000;

const startedAt = performance.now();
const tally = { passed: 0, failed: 0 };
const failures: string[] = [];
const skipped = new Set<string>();
const reports = mkdtempSync(join(tmpdir(), "synapse-test-"));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(what: string): void {
  tally.failed += 1;
  failures.push(what);
}

function remaining(deadlineMs: number): number {
  return Math.max(1_000, Math.min(deadlineMs, TOTAL_DEADLINE_MS - (performance.now() - startedAt)));
}

async function runStep(
  name: string,
  command: readonly string[],
  deadlineMs: number,
  cwd = ROOT,
): Promise<boolean> {
  say(`\n── ${name}`);
  const outcome = await runCommand(command, { cwd, deadlineMs: remaining(deadlineMs) });
  if (outcome.timedOut) fail(`${name}: not done after ${Math.round(outcome.durationMs / 1000)} s`);
  else if (outcome.exitCode !== 0) fail(`${name}: exit code ${outcome.exitCode}`);
  return outcome.exitCode === 0;
}

async function runCheck(): Promise<void> {
  say("\n── check");
  let counted = 0;
  const outcome = await runCommand(["bun", "tests/check.ts"], {
    cwd: ROOT,
    deadlineMs: remaining(CHECK_DEADLINE_MS),
    onLine: (line) => {
      const verdict = /^ {2}(\S.*?) +[\d.]+ s {2}(ok|failed: .*)$/.exec(line);
      if (verdict === null) return;
      counted += 1;
      if (verdict[2] === "ok") tally.passed += 1;
      else fail(`check: ${verdict[1]}`);
    },
  });
  if (counted === 0 || outcome.timedOut) fail(`check: ended with exit code ${outcome.exitCode}, unfinished`);
}

async function runSuite(suite: Suite, index: number, browser: string | null): Promise<void> {
  say(`\n── ${suite.name}`);
  const report = join(reports, `${index}.xml`);
  let reasons = 0;
  const outcome = await runCommand(
    [
      ...["bun", "test", `--timeout=${TEST_TIMEOUT_MS}`, "--reporter=junit", `--reporter-outfile=${report}`],
      ...(suite.files.length > 1 ? ["--only-failures", "--parallel=2"] : []),
      ...suite.files.map((file) => `./${file}`),
    ],
    {
      cwd: ROOT,
      deadlineMs: remaining(suite.deadlineMs),
      env: { NODE_ENV: "test", ...(browser === null ? {} : { CHROMIUM_PATH: browser }) },
      onLine: (line) => {
        if (!line.startsWith("skipped: ")) return;
        reasons += 1;
        skipped.add(line.slice("skipped: ".length));
      },
    },
  );
  const counts = parseJunit(existsSync(report) ? readFileSync(report, "utf8") : "");
  tally.passed += counts.passed;
  for (const name of counts.failed) fail(name);
  if (reasons === 0) for (const name of counts.skipped) skipped.add(`${name}: no reason given`);
  if (outcome.timedOut) {
    fail(`${suite.name}: ended at its deadline of ${Math.round(suite.deadlineMs / 1000)} s`);
    return;
  }
  const silent = suite.files.filter((file) => !counts.files.has(file));
  for (const file of silent) fail(`${file}: did not load, or ran no test`);
  if (outcome.exitCode !== 0 && counts.failed.length === 0 && silent.length === 0) {
    fail(`${suite.name}: exit code ${outcome.exitCode} although each test passed`);
  }
}

/** The browser for the suites that need one; null, and said, where there is none and none can be installed. */
async function prepareBrowser(): Promise<string | null> {
  const found = findBrowser();
  if (found !== null) {
    say(`browser: ${found}`);
    return found;
  }
  say("browser: none found, installing Chromium");
  const installed = await installBrowser(ROOT);
  say(installed === null ? "browser: could not be installed" : `browser: ${installed}, newly installed`);
  return installed;
}

async function runSuites(suites: readonly Suite[]): Promise<void> {
  const browser = suites.some((suite) => suite.needsBrowser) ? await prepareBrowser() : null;
  let page: boolean | null = null;
  for (const [index, suite] of suites.entries()) {
    if (suite.needsBrowser && browser === null) {
      skipped.add(`${suite.name}: no Chromium here and none could be installed; set CHROMIUM_PATH`);
      continue;
    }
    if (suite.needsPage && page === null && existsSync(join(ROOT, "command-center/app/page.tsx"))) {
      page = await runStep(
        "build of the page",
        ["bun", "run", "build"],
        PAGE_DEADLINE_MS,
        join(ROOT, "command-center"),
      );
    }
    await runSuite(suite, index, browser);
  }
}

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((word) => !SUITE_NAMES.includes(word));
  if (unknown.length > 0) {
    fail(`unknown suite ${unknown.join(", ")}: use one or more of ${SUITE_NAMES.join(", ")}`);
    return;
  }
  const installed = await runStep("install", ["bun", "install", "--frozen-lockfile"], INSTALL_DEADLINE_MS);
  if (!installed) return;
  if (wanted.length === 0 || wanted.includes("check")) await runCheck();
  await runSuites(selectSuites(ROOT, wanted));
  if (tally.passed + tally.failed === 0) fail("nothing ran");
}

function summarise(): void {
  rmSync(reports, { recursive: true, force: true });
  say(`\n── ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (const what of skipped) say(`skipped: ${what}`);
  for (const what of failures) say(`failed: ${what}`);
  say(`${tally.passed} passed, ${tally.failed} failed`);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    endAllCommands();
    fail(`ended by ${signal}`);
    summarise();
    process.exit(1);
  });
}
await main(process.argv.slice(2));
summarise();
process.exitCode = tally.failed === 0 ? 0 : 1;
