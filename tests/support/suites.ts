/**
 * What `bun run test` runs, in which order, and how long each part may take.
 *
 * Imports nothing that must be installed first. The order puts first what is quick and says most about a mistake.
 * Deadlines end a suite that hangs; they are several times what it takes on two busy cores.
 */
import { globSync } from "node:fs";

export interface Suite {
  readonly name: string;
  /** Test files, relative to the repository, that run in one process. */
  readonly files: readonly string[];
  readonly deadlineMs: number;
  readonly needsPage: boolean;
  readonly needsBrowser: boolean;
}

interface SuiteKind {
  readonly pattern: string;
  readonly deadlineMs: number;
  /** Cross-part suites start real processes, so that each file gets a process and a deadline of its own. */
  readonly processPerFile?: boolean;
  readonly needsPage?: boolean;
  readonly needsBrowser?: boolean;
}

const MINUTE_MS = 60_000;

const KINDS: Readonly<Record<string, SuiteKind>> = {
  "unit shared": { pattern: "shared/src/**/*.test.{ts,tsx}", deadlineMs: 3 * MINUTE_MS },
  "unit spore": { pattern: "spore/src/**/*.test.{ts,tsx}", deadlineMs: 6 * MINUTE_MS },
  "unit launcher": { pattern: "launcher/src/**/*.test.{ts,tsx}", deadlineMs: 4 * MINUTE_MS },
  "unit command-center": {
    pattern: "command-center/{app,charts,components,demo,features,globe,lib,topology}/**/*.test.{ts,tsx}",
    deadlineMs: 3 * MINUTE_MS,
  },
  tidy: { pattern: "tests/{*,support/**/*}.test.ts", deadlineMs: 2 * MINUTE_MS },
  conformance: { pattern: "tests/conformance/**/*.test.ts", deadlineMs: 3 * MINUTE_MS },
  simulation: { pattern: "tests/simulation/**/*.test.ts", deadlineMs: 5 * MINUTE_MS, processPerFile: true },
  bench: { pattern: "tests/bench/**/*.test.ts", deadlineMs: 3 * MINUTE_MS, processPerFile: true },
  eval: { pattern: "tests/eval/**/*.test.ts", deadlineMs: 3 * MINUTE_MS, processPerFile: true },
  integration: {
    pattern: "tests/integration/**/*.test.ts",
    deadlineMs: 4 * MINUTE_MS,
    processPerFile: true,
    needsPage: true,
  },
  threats: {
    pattern: "tests/threats/**/*.test.ts",
    deadlineMs: 4 * MINUTE_MS,
    processPerFile: true,
  },
  e2e: {
    pattern: "tests/e2e/**/*.test.ts",
    deadlineMs: 5 * MINUTE_MS,
    processPerFile: true,
    needsPage: true,
    needsBrowser: true,
  },
};

/** Words that may follow `bun run test`: a kind of suite, or its first word (`unit`). */
export const SUITE_NAMES: readonly string[] = [
  ...new Set(["check", ...Object.keys(KINDS).flatMap((name) => [name.split(" ")[0] ?? name])]),
];

/** @param wanted words from the command line; none means all. */
export function selectSuites(root: string, wanted: readonly string[]): Suite[] {
  return Object.entries(KINDS)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name.split(" ")[0] ?? name))
    .flatMap(([name, kind]) => {
      const files = globSync(kind.pattern, { cwd: root }).sort();
      if (files.length === 0) return [];
      const base = {
        deadlineMs: kind.deadlineMs,
        needsPage: kind.needsPage ?? false,
        needsBrowser: kind.needsBrowser ?? false,
      };
      if (kind.processPerFile !== true) return [{ ...base, name, files }];
      return files.map((file) => ({ ...base, name: file, files: [file] }));
    });
}
