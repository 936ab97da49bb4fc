/**
 * Keeps the Cortex process: starts it when it is needed, loads the model, passes requests, ends it when it is idle.
 *
 * Invariants: 1. Whatever the process does (crash, hang, exit), every request gets an outcome and the spore goes on.
 * 2. It inherits no secret: its environment holds nothing but paths. 3. One request at a time.
 * 4. A request's signal and time limit hold while the model loads, too; the loading itself goes on.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { type Clock, type Deadline, startDeadline } from "../clock.ts";
import { type Command, EXIT_MEMORY, type Notice, noticeSchema } from "./protocol.ts";

export interface WorkerOptions {
  readonly path: string;
  readonly contextTokens: number;
  readonly memoryBytes: number;
  readonly threads: number;
}

export type LoadProblem = Extract<Notice, { type: "not_loaded" }>["reason"];

export type WorkerFailure =
  | { readonly kind: "not_loaded"; readonly reason: LoadProblem; readonly message: string }
  | { readonly kind: "ended"; readonly outOfMemory: boolean }
  | { readonly kind: "context" | "cancelled" | "failed" | "timed_out" };

export interface WorkerReply {
  readonly text: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cut: boolean;
}

type Request = Omit<Extract<Command, { type: "generate" }>, "type" | "id">;

interface Child {
  readonly process: Bun.Subprocess;
  ready: Promise<Result<number, WorkerFailure>>;
  loaded: boolean;
  /** Told of every notice, and of the end as null. */
  listener: ((notice: Notice | null) => void) | null;
}

/** A model of several gigabytes from a slow disk. */
const LOAD_TIMEOUT_MS = 180_000;
/** After being told to stop it gets this long before it is killed. */
const CANCEL_GRACE_MS = 3_000;
/** Without a request for this long its memory is given back; the next one loads it again. */
export const IDLE_UNLOAD_MS = 5 * 60_000;
const SCRIPT = Bun.fileURLToPath(new URL("./process.ts", import.meta.url));

/** @param script another program in its place, for tests of how the worker copes with it */
export function createCortexWorker(options: WorkerOptions, clock: Clock, script: string = SCRIPT) {
  let child: Child | null = null;
  let cancelIdle: (() => void) | null = null;
  let serial = 0;
  let busy = false;

  function start(): Child {
    const notices: { ready: (result: Result<number, WorkerFailure>) => void } = { ready: () => undefined };
    const ready = new Promise<Result<number, WorkerFailure>>((resolve) => {
      notices.ready = resolve;
    });
    const { PATH = "", HOME = "", TMPDIR = "" } = process.env;
    const subprocess = Bun.spawn([process.execPath, script], {
      env: { PATH, HOME, ...(TMPDIR === "" ? {} : { TMPDIR }) },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      serialization: "json",
      ipc(message) {
        const notice = noticeSchema.safeParse(message);
        if (notice.success) take(notice.data);
      },
      onExit(_, exitCode) {
        notices.ready(err({ kind: "ended", outOfMemory: exitCode === EXIT_MEMORY }));
        if (child === own) child = null;
        own.exitCode = exitCode;
        own.listener?.(null);
      },
    });
    const own: Child & { exitCode: number | null } = {
      process: subprocess,
      ready,
      loaded: false,
      listener: null,
      exitCode: null,
    };

    function take(notice: Notice): void {
      if (notice.type === "started") send(own, { type: "load", ...options });
      else if (notice.type === "loaded") {
        own.loaded = true;
        notices.ready(ok(notice.contextTokens));
      } else if (notice.type === "not_loaded") {
        const { reason, message } = notice;
        notices.ready(err({ kind: "not_loaded", reason, message }));
        subprocess.kill("SIGKILL");
      } else own.listener?.(notice);
    }
    const cancelTimeout = clock.after(LOAD_TIMEOUT_MS, () => {
      notices.ready(err({ kind: "timed_out" }));
      subprocess.kill("SIGKILL");
    });
    void ready.then(cancelTimeout);
    return own;
  }

  function send(to: Child, command: Command): void {
    try {
      to.process.send(command);
    } catch {
      // It ended a moment ago; `onExit` tells whoever waits.
    }
  }

  async function ask(
    request: Request,
    limits: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
    onText: ((text: string) => void) | undefined,
  ): Promise<Result<WorkerReply, WorkerFailure>> {
    child ??= start();
    const own = child;
    const deadline = startDeadline(clock, limits.timeoutMs, limits.signal);
    try {
      // Who gives up leaves the process loading: the next request finds it ready.
      const ready = await Promise.race([own.ready, givenUp(deadline)]);
      if (!ready.ok) return ready;
      return await generate(own, request, deadline, onText);
    } finally {
      deadline.end();
    }
  }

  async function generate(
    own: Child,
    request: Request,
    deadline: Deadline,
    onText: ((text: string) => void) | undefined,
  ): Promise<Result<WorkerReply, WorkerFailure>> {
    if (deadline.signal.aborted) return err(endOf(deadline));
    const id = ++serial;
    const { promise, resolve } = Promise.withResolvers<Result<WorkerReply, WorkerFailure>>();
    let cancelKill: (() => void) | null = null;
    const stopIt = () => {
      send(own, { type: "cancel", id });
      cancelKill ??= clock.after(CANCEL_GRACE_MS, () => own.process.kill("SIGKILL"));
    };
    deadline.signal.addEventListener("abort", stopIt, { once: true });
    own.listener = (notice) => {
      if (notice === null) {
        const { exitCode } = own.process;
        const ended = { kind: "ended", outOfMemory: exitCode === EXIT_MEMORY } as const;
        resolve(err(deadline.signal.aborted ? endOf(deadline) : ended));
      } else if (notice.type === "text" && notice.id === id) onText?.(notice.text);
      else if (notice.type === "done" && notice.id === id) resolve(ok(notice));
      else if (notice.type === "failed" && notice.id === id) {
        const kind = notice.reason === "other" ? "failed" : notice.reason;
        resolve(err({ kind: deadline.expired() ? "timed_out" : kind }));
      }
    };
    send(own, { type: "generate", id, ...request });
    // Gone between the last look and the listener.
    if (own.process.exitCode !== null) own.listener(null);
    const result = await promise;
    own.listener = null;
    (cancelKill as (() => void) | null)?.();
    deadline.signal.removeEventListener("abort", stopIt);
    return result;
  }

  return {
    async generate(...request: Parameters<typeof ask>): Promise<Result<WorkerReply, WorkerFailure>> {
      if (busy) return err({ kind: "failed" });
      busy = true;
      cancelIdle?.();
      try {
        return await ask(...request);
      } finally {
        busy = false;
        cancelIdle = clock.after(IDLE_UNLOAD_MS, () => child?.process.kill("SIGKILL"));
      }
    },
    isLoaded: (): boolean => child?.loaded ?? false,
    isLoading: (): boolean => child !== null && !child.loaded,
    pid: (): number | null => child?.process.pid ?? null,

    async stop(): Promise<void> {
      cancelIdle?.();
      const ending = child?.process;
      ending?.kill("SIGKILL");
      await ending?.exited;
    },
  };
}

/** How a request ends that its caller gave up. */
function endOf(deadline: Deadline): WorkerFailure {
  return { kind: deadline.expired() ? "timed_out" : "cancelled" };
}

/** Settles once the caller gives up or the time is over, else never: only to be raced against something that ends. */
function givenUp(deadline: Deadline): Promise<Result<never, WorkerFailure>> {
  return new Promise((resolve) => {
    const tell = () => resolve(err(endOf(deadline)));
    if (deadline.signal.aborted) tell();
    else deadline.signal.addEventListener("abort", tell, { once: true });
  });
}
