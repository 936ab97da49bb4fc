/**
 * `bun run check`: what a machine can say of the code without running it.
 *
 * 1. Format and lint (Biome): biome.json, import cycles included.
 * 2. Types (TypeScript): the root project, and the Command Center with its own settings.
 * 3. Unused files, exports and dependencies (Knip): knip.json.
 *
 * All of them run even when one fails, so that one round shows everything. `--fix` lets Biome mend what it can, and
 * writes the names of new files into the tree in ARCHITECTURE.md and the routes of a spore into docs/api.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./support/child-process.ts";
import { repositoryPaths } from "./support/source-tree.ts";
import { renderTree, replaceTree, treeOf } from "./support/tree.ts";

const ROOT = join(import.meta.dir, "..");
const DEADLINE_MS = 120_000;

const fix = process.argv.includes("--fix");
const checks: { name: string; command: string[]; mend: string }[] = [
  {
    name: "format and lint",
    command: ["bunx", "biome", "check", "--error-on-warnings", ...(fix ? ["--write"] : [])],
    mend: "`bun run check --fix` mends what can be mended by itself",
  },
  { name: "types", command: ["bunx", "tsc", "-p", "."], mend: "see the lines above" },
  {
    name: "types of the page",
    command: ["bunx", "tsc", "-p", "command-center"],
    mend: "see the lines above",
  },
  {
    name: "unused code",
    command: ["bunx", "knip"],
    mend: "delete what nothing uses, or make it local to its file",
  },
];

if (fix) {
  const file = join(ROOT, "ARCHITECTURE.md");
  const page = readFileSync(file, "utf8");
  writeFileSync(file, replaceTree(page, renderTree(repositoryPaths(), treeOf(page))));
}

if (fix) {
  // A spore that cannot start is told by the tests; the page then stays as it is.
  await runCommand(["bun", "tests/conformance/api-reference.ts", "--write"], {
    cwd: ROOT,
    deadlineMs: DEADLINE_MS,
  });
}

let passed = 0;
const lines: string[] = [];
const due = checks.filter(
  (check) =>
    !check.command.includes("command-center") || existsSync(join(ROOT, "command-center/tsconfig.json")),
);
for (const check of due) {
  const outcome = await runCommand(check.command, { cwd: ROOT, deadlineMs: DEADLINE_MS });
  const seconds = (outcome.durationMs / 1000).toFixed(1);
  if (outcome.exitCode === 0) passed += 1;
  const verdict = outcome.exitCode === 0 ? "ok" : `failed: ${check.mend}`;
  lines.push(`  ${check.name.padEnd(18)} ${seconds.padStart(5)} s  ${verdict}`);
}
process.stdout.write(`\n${lines.join("\n")}\n${passed} of ${due.length} checks passed\n`);
process.exitCode = passed === due.length ? 0 : 1;
