/**
 * The wish to stop, whoever has it: Ctrl-C, a signal, the end of the process that ran the launcher.
 *
 * `bun run` passes signals on, and a terminal sends Ctrl-C to both, so the same wish may arrive twice within
 * milliseconds; only one that comes clearly later means impatience.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const IMPATIENCE_AFTER_MS = 1_000;
const RUNNER_POLL_MS = 500;
/** Scripts of package.json that stay in the foreground; `bun run` names the running one to its child. */
const RUN_BY_SCRIPT = new Set(["launch", "spore"]);

export class StopRequest {
  readonly #controller = new AbortController();
  readonly #requested = Promise.withResolvers<string>();
  readonly #cleanUp: (() => void)[] = [];
  #requestedAtMs: number | null = null;
  #onImpatience: () => void = () => undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles with the reason. */
  get requested(): Promise<string> {
    return this.#requested.promise;
  }

  /** @param onImpatience called when somebody asks a second time */
  listen(onImpatience: () => void): void {
    this.#onImpatience = onImpatience;
    for (const signal of SIGNALS) {
      const listener = () => this.request(signal);
      process.on(signal, listener);
      this.#cleanUp.push(() => process.off(signal, listener));
    }
    this.#watchRunner();
  }

  request(reason: string): void {
    const now = performance.now();
    if (this.#requestedAtMs === null) {
      this.#requestedAtMs = now;
      this.#requested.resolve(reason);
      this.#controller.abort(new Error(`stopped (${reason})`));
    } else if (now - this.#requestedAtMs > IMPATIENCE_AFTER_MS) this.#onImpatience();
  }

  end(): void {
    for (const undo of this.#cleanUp) undo();
  }

  /** Killed outright, `bun run` cannot pass anything on; its child would be left behind unseen. */
  #watchRunner(): void {
    const runner = process.ppid;
    const wasHanded = Number(process.env.SPORE_PARENT_PID) === runner;
    if (!wasHanded && !RUN_BY_SCRIPT.has(process.env.npm_lifecycle_event ?? "")) return;
    const poll = setInterval(() => {
      if (process.ppid !== runner) this.request("the process that ran it is gone");
    }, RUNNER_POLL_MS);
    poll.unref();
    this.#cleanUp.push(() => clearInterval(poll));
  }
}
