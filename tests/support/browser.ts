/**
 * Finds a Chromium for the tests that need one, or installs it.
 *
 * Imports nothing that must be installed first. `CHROMIUM_PATH` names a browser; without it the usual places are
 * looked at, then Debian's package is installed where this runs as root, and Playwright's own download is the last try.
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./child-process.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const INSTALL_DEADLINE_MS = 240_000;

/** @returns the path of a Chromium or Chrome on this machine, or null. */
export function findBrowser(): string | null {
  const folders = (process.env.PATH ?? "").split(":").filter((folder) => folder !== "");
  const candidates = [
    process.env.CHROMIUM_PATH ?? "",
    ...PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))),
    MAC_CHROME,
    ...playwrightBrowsers(),
  ];
  return candidates.find((path) => path !== "" && isExecutable(path)) ?? null;
}

export async function installBrowser(root: string): Promise<string | null> {
  const apt =
    process.getuid?.() === 0 && ["/usr/bin/apt-get", "/bin/apt-get"].some((path) => existsSync(path));
  const attempts = apt
    ? [
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
      ]
    : [];
  for (const command of [...attempts, ["bunx", "playwright", "install", "chromium-headless-shell"]]) {
    if (findBrowser() !== null) break;
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await runCommand(command, { cwd: root, deadlineMs: INSTALL_DEADLINE_MS, env });
  }
  return findBrowser();
}

function playwrightBrowsers(): string[] {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), ".cache", "ms-playwright");
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith("chromium"))
    .flatMap((name) => [
      join(cache, name, "chrome-linux", "chrome"),
      join(cache, name, "chrome-linux", "headless_shell"),
      join(cache, name, "chrome-headless-shell-linux64", "chrome-headless-shell"),
      join(cache, name, "chrome-linux64", "chrome"),
    ]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not executable: either way it cannot be used, and the next candidate is tried.
    return false;
  }
}
