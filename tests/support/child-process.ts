/**
 * Runs one command to its end or to its deadline, and leaves nothing of it behind.
 *
 * Imports nothing but Node's own modules, because the test command uses it before anything is installed.
 *
 * 1. The command is the leader of its own process group, so what it started ends with it.
 * 2. Its output goes through as it comes, and each whole line is also handed to `onLine`.
 * 3. When this process is told to end, every group it started is told first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  readonly cwd: string;
  readonly deadlineMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

export interface CommandOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/** Between the request to end and the order to: long enough for a swarm to close its databases. */
const GRACE_MS = 5_000;
/** How long the output of a command that has ended is still waited for. */
const OUTPUT_DRAIN_MS = 1_000;

const running = new Set<ChildProcess>();

export function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    signalGroup(child, "SIGTERM");
    setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS).unref();
  }, options.deadlineMs);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      process.stdout.write(`${line}\n`);
      options.onLine?.(line);
    });
  }
  return new Promise((resolve) => {
    let ended = false;
    const finish = (exitCode: number | null) => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      running.delete(child);
      // A crashed suite may have left servers behind; the next one must not meet them.
      signalGroup(child, "SIGKILL");
      resolve({ exitCode, timedOut, durationMs: performance.now() - startedAt });
    };
    child.on("error", (error) => {
      process.stdout.write(`cannot start ${program}: ${error.message}\n`);
      finish(127);
    });
    child.on("close", finish);
    // "close" waits for the pipes too, and a grandchild may keep one open for ever.
    child.on("exit", (code) => setTimeout(() => finish(code), OUTPUT_DRAIN_MS));
  });
}

/** Ends everything that `runCommand` started, at once. */
export function endAllCommands(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: the whole group has ended already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
