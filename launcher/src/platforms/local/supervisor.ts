/**
 * Starts processes, starts those again that die, and stops all of them in order.
 *
 * 1. Children run in sessions of their own, so Ctrl-C reaches the launcher alone, which then stops them in order.
 * 2. A child that dies is started again after a growing pause (restart-policy.ts), until that is pointless.
 * 3. After `stop` began nothing is started any more; `stop` returns when no child is left.
 * 4. Every start and every end is told to `onChange` before anything else happens, so that the record on disk names
 *    every process that runs.
 */
import { closeSync } from "node:fs";
import { logTail, openLog, rotateLog } from "./log-file.ts";
import { identifyProcess, type ProcessIdentity } from "./process-identity.ts";
import { decideRestart, QUICK_DEATHS_MAX, QUICK_DEATHS_MAX_AT_START } from "./restart-policy.ts";

/** What a spore may take to store what it holds; the forced end comes after it. */
const STOP_GRACE_MS = 10_000;
const ROTATE_EVERY_MS = 60_000;
const PARENT_WATCH = `${import.meta.dir}/parent-watch.ts`;

export interface ChildSpec {
  readonly name: string;
  /** A TypeScript file that Bun runs. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

export interface ChildState {
  readonly name: string;
  /** Null between two starts, and after giving up. */
  readonly process: ProcessIdentity | null;
  readonly startedAtMs: number;
  readonly restarts: number;
  readonly gaveUp: boolean;
}

export type SupervisorEvent =
  | { readonly kind: "started"; readonly name: string; readonly pid: number; readonly restart: boolean }
  | {
      readonly kind: "died";
      readonly name: string;
      /** `exit code 3` or `signal SIGKILL`. */
      readonly cause: string;
      readonly livedMs: number;
      /** Null: given up. */
      readonly restartInMs: number | null;
      readonly quickDeaths: number;
      readonly lastWords: readonly string[];
    };

interface Child {
  readonly spec: ChildSpec;
  process: Bun.Subprocess | null;
  identity: ProcessIdentity | null;
  startedAtMs: number;
  restarts: number;
  quickDeaths: number;
  gaveUp: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

export class Supervisor {
  readonly #children: Child[] = [];
  readonly #onChange: (event: SupervisorEvent) => void;
  readonly #rotation: ReturnType<typeof setInterval>;
  #stopping = false;
  #settled = false;

  constructor(onChange: (event: SupervisorEvent) => void) {
    this.#onChange = onChange;
    this.#rotation = setInterval(() => {
      for (const { spec } of this.#children) rotateLog(spec.logFile);
    }, ROTATE_EVERY_MS);
    this.#rotation.unref();
  }

  get children(): readonly ChildState[] {
    return this.#children.map((child) => ({
      name: child.spec.name,
      process: child.identity,
      startedAtMs: child.startedAtMs,
      restarts: child.restarts,
      gaveUp: child.gaveUp,
    }));
  }

  /** From now on the patience of a running swarm applies, not that of a start somebody waits for. */
  settle(): void {
    this.#settled = true;
  }

  start(spec: ChildSpec): void {
    const child: Child = {
      spec,
      process: null,
      identity: null,
      startedAtMs: 0,
      restarts: 0,
      quickDeaths: 0,
      gaveUp: false,
      timer: null,
    };
    this.#children.push(child);
    rotateLog(spec.logFile);
    this.#spawn(child);
  }

  /** Ends all children: the last started first, each with the time to end in order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#rotation);
    for (const child of this.#children) if (child.timer !== null) clearTimeout(child.timer);
    const running = this.#children.flatMap(({ process }) => (process === null ? [] : [process])).reverse();
    for (const process of running) process.kill("SIGTERM");
    const forced = setTimeout(() => this.kill(), STOP_GRACE_MS);
    await Promise.all(running.map((process) => process.exited));
    clearTimeout(forced);
  }

  /** Ends all children at once. */
  kill(): void {
    this.#stopping = true;
    for (const child of this.#children) child.process?.kill("SIGKILL");
  }

  #spawn(child: Child): void {
    if (this.#stopping) return;
    const { spec } = child;
    const log = openLog(spec.logFile);
    try {
      child.process = Bun.spawn([process.execPath, "--preload", PARENT_WATCH, spec.script], {
        cwd: spec.cwd,
        env: { ...spec.environment, SPORE_PARENT_PID: String(process.pid) },
        stdin: "ignore",
        stdout: log,
        stderr: log,
        detached: true,
        onExit: (_, exitCode, signal) => this.#died(child, exitCode, signal),
      });
    } finally {
      closeSync(log);
    }
    child.startedAtMs = Date.now();
    child.identity = identifyProcess(child.process.pid);
    this.#onChange({
      kind: "started",
      name: spec.name,
      pid: child.process.pid,
      restart: child.restarts > 0,
    });
  }

  #died(child: Child, exitCode: number | null, signal: number | NodeJS.Signals | null): void {
    child.process = null;
    child.identity = null;
    if (this.#stopping) return;
    const livedMs = Date.now() - child.startedAtMs;
    const limit = this.#settled ? QUICK_DEATHS_MAX : QUICK_DEATHS_MAX_AT_START;
    const decision = decideRestart(child.quickDeaths, livedMs, limit);
    child.quickDeaths = decision.quickDeaths;
    child.gaveUp = decision.delayMs === null;
    if (decision.delayMs !== null) {
      child.timer = setTimeout(() => {
        child.timer = null;
        child.restarts += 1;
        this.#spawn(child);
      }, decision.delayMs);
    }
    this.#onChange({
      kind: "died",
      name: child.spec.name,
      cause: signal === null ? `exit code ${exitCode}` : `signal ${signal}`,
      livedMs,
      restartInMs: decision.delayMs,
      quickDeaths: decision.quickDeaths,
      lastWords: logTail(child.spec.logFile, LAST_WORDS),
    });
  }
}

/** Lines of a process's log that are shown when it dies. */
const LAST_WORDS = 8;
