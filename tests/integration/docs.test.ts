/**
 * The commands of the documentation, as they stand there, in a folder like a clone, against a swarm that runs.
 *
 * A block marked `sh` is executed; `sh account` needs an account, `sh elsewhere` Docker, a cluster, root or another machine.
 * What is changed before execution, and nothing else: ports become free ones; a command that starts a swarm is asked for its
 * plan (the starts themselves are under test beside this file); what ends the swarm comes last; a restore goes into a
 * folder of its own; the commands that run the tests are not run inside of them.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../support/command-output.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

interface Block {
  readonly page: string;
  readonly mark: string;
  readonly text: string;
}

const pages = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];
const blocks = pages.flatMap((page): Block[] =>
  [...readFileSync(join(ROOT, page), "utf8").matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)].map(
    ([, mark = "", text = ""]) => ({ page, mark: mark.trim(), text }),
  ),
);
const executed = blocks.filter(({ mark }) => mark === "sh");

const cwd = freshDir();
let basePort = 0;
let launcher: ReturnType<typeof Bun.spawn> | null = null;

beforeAll(async () => {
  for (const name of readdirSync(ROOT))
    if (!name.startsWith(".git")) symlinkSync(join(ROOT, name), join(cwd, name));
  mkdirSync(join(cwd, "notes"));
  writeFileSync(join(cwd, "notes/bridge.md"), "# The bridge\n\nWe decided that the bridge opens in May.\n");
  basePort = await freePorts(3);
  launcher = Bun.spawn(
    ["bun", "run", "launch", "--count", "3", "--bootstrap", "none", "--base-port", String(basePort)],
    {
      cwd,
      env: environment(),
      stdin: "ignore",
      stdout: Bun.file(join(cwd, "launch.log")),
      stderr: Bun.file(join(cwd, "launch.err")),
    },
  );
  await waitFor("the swarm", () => existsSync(join(cwd, ".synapse/swarm.json")), 90_000);
});

afterAll(async () => {
  launcher?.kill("SIGINT");
  await launcher?.exited;
  await cleanUp();
});

function environment(): Record<string, string> {
  const token = join(cwd, ".synapse/operator.token");
  const auth = existsSync(token) ? `authorization: Bearer ${readFileSync(token, "utf8").trim()}` : "";
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true", auth };
}

const ENDS_IT = /^bun run launch (down|destroy)\b/;
const STARTS_IT = /^bun run launch(?! (plan|status|logs|down|destroy)\b)/;
const RUNS_TESTS = /^bun run (test|check|bench|eval)\b/;
const INSTALLS_BUN = /^npm install --global --allow-scripts=bun bun@[\d.]+/;

/** The command as it is run here; null for one that is covered elsewhere. */
function runnable(command: string): string | null {
  const [, spoken = ""] = /^(.*?)(\s+#\s.*)?$/s.exec(command) ?? [];
  if (RUNS_TESTS.test(spoken) || INSTALLS_BUN.test(spoken)) return null;
  const moved = spoken.replace(/\b786(\d)\b/g, (_, digit) => String(basePort + Number(digit)));
  if (STARTS_IT.test(moved)) return `${moved} --dry-run --hub-url http://127.0.0.1:1 --data-dir .elsewhere`;
  const restored = /^bun run restore\b/.test(moved) ? moved.replace(".synapse", ".restored") : moved;
  return restored;
}

function commandsOf({ text }: Block): string[] {
  return text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

async function run(script: string): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await outputOf(["bash", "-e", "-c", script], { cwd, env: environment() });
  return { code, output: stdout + stderr };
}

describe("marks", () => {
  test("every block of commands says whether it is executed", () => {
    const known = /^(sh|sh account|sh elsewhere)$/;
    const unclear = blocks.filter(
      ({ mark }) => /^(sh\b|bash|shell|console|zsh)/.test(mark) && !known.test(mark),
    );
    expect(unclear.map(({ page, mark }) => `${page}: ${mark}`)).toEqual([]);
    expect(executed.length).toBeGreaterThan(8);
  });

  test("what is executed needs no account, no root and no cluster", () => {
    const foreign = /^(docker|kubectl|fly|railway|render|gh|sudo|systemctl|apt-get|git push|claude)\b/;
    const wrong = executed.flatMap((block) => commandsOf(block).filter((line) => foreign.test(line)));
    expect(wrong).toEqual([]);
  });

  test("commands outside of blocks are commands that exist", () => {
    const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);
    const named = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/bun run (?!--)([a-z:]+)/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect([...new Set(named)].filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test("links between pages lead somewhere", () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target = ""]) => join(page, "..", target))
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${page} → ${path}`),
    );
    expect(broken).toEqual([]);
  });
});

describe("commands", () => {
  test.each(executed)("$page: $text", async (block) => {
    const lines = commandsOf(block)
      .filter((line) => !ENDS_IT.test(line))
      .map(runnable)
      .filter((line) => line !== null);
    const { code, output } = await run(lines.join("\n"));
    expect(`${code}\n${output}`).toStartWith("0\n");
  });

  test("and last those that end the swarm", async () => {
    const ending = executed.flatMap((block) => commandsOf(block).filter((line) => ENDS_IT.test(line)));
    expect(ending.length).toBeGreaterThan(0);
    for (const line of new Set(ending)) expect(await run(line)).toMatchObject({ code: 0 });
    expect(await launcher?.exited).toBe(0);
  });
});
