/** A pseudo-terminal (of `script`) that a test types into as a person would. */
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./source-tree.ts";
import { freshDir, waitFor } from "./swarm.ts";

const PROGRAM = "script";
const open = new Set<Terminal>();

/** False where the machine has no `script`; the line says what is skipped for it. */
export function hasTerminal(what: string): boolean {
  const isThere = Bun.which(PROGRAM) !== null;
  if (!isThere) console.log(`skipped: ${what}: \`${PROGRAM}\` is not on this machine`);
  return isThere;
}

/** Ends what a failed test left open. */
export function closeTerminals(): void {
  for (const terminal of open) terminal.child.kill("SIGKILL");
}

export const ENTER = "\r";
export const DOWN = "\u001b[B";
export const CTRL_C = "\u0003";

export class Terminal {
  readonly child: Bun.Subprocess<"pipe", "pipe", "ignore">;
  #shown = "";

  /** @param environment beside PATH, HOME and TERM */
  constructor(cwd: string, command: string, environment: Readonly<Record<string, string>> = {}) {
    this.child = Bun.spawn([PROGRAM, "-qfec", `stty cols 100 rows 40; exec ${command}`, "/dev/null"], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TERM: "xterm", ...environment },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    open.add(this);
    void this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.child.stdout) this.#shown += decoder.decode(bytes, { stream: true });
  }

  get shown(): string {
    return Bun.stripANSI(this.#shown);
  }

  /** Waits for a question that was not shown before, then types. */
  async answer(question: string, keys: string): Promise<void> {
    await this.until(question);
    // The prompt listens a moment after it has drawn itself.
    await Bun.sleep(150);
    this.type(keys);
  }

  async until(text: string): Promise<void> {
    await waitFor(`"${text}"`, () => this.shown.includes(text), 60_000);
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
    void this.child.stdin.flush();
  }
}

/** A folder like a fresh clone, so that `config.yaml` and `.synapse` are of its own, whatever the real one holds by now. */
export function clone(): string {
  const folder = freshDir();
  for (const name of readdirSync(ROOT))
    if (!name.startsWith(".") && name !== "config.yaml") symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}
