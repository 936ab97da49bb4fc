/**
 * What runs in a Space of the fake Hub.
 *
 * `ProcessRuntime` builds the deployed files and starts a real spore from them, on an empty disk at every start, as the
 * Hub does. `AnsweringRuntime` only answers `/api/health` from the variables it was given: for tests of the launcher's
 * steps, of which there are hundreds, where what runs does not matter. `StaticRuntime` serves files.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildImage, containerEnvironment, type Image } from "./docker-image.ts";

export interface RuntimeInput {
  readonly port: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly environment: Readonly<Record<string, string>>;
  readonly buildLog: (line: string) => void;
  readonly runLog: (line: string) => void;
  readonly onExit: (code: number | null) => void;
}

export interface SpaceRuntime {
  /** Makes an image from the files; the error is what the build log ends with. */
  build(input: RuntimeInput): Promise<void>;
  /** Starts what was built. */
  start(input: RuntimeInput): Promise<void>;
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

export class ProcessRuntime implements SpaceRuntime {
  #image: Image | null = null;
  #child: Bun.Subprocess | null = null;

  async build(input: RuntimeInput): Promise<void> {
    await this.dispose();
    const context = mkdtempSync(join(tmpdir(), "synapse-space-"));
    try {
      for (const [path, bytes] of input.files) {
        mkdirSync(dirname(join(context, path)), { recursive: true });
        writeFileSync(join(context, path), bytes);
      }
      this.#image = await buildImage(context, input.buildLog);
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  }

  async start(input: RuntimeInput): Promise<void> {
    const image = this.#image;
    if (image === null) throw new Error("nothing was built");
    const data = image.environment.SPORE_DATA_DIR ?? "";
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    const [program = "", ...rest] = image.command;
    const child = Bun.spawn([program, ...rest], {
      cwd: image.workdir,
      env: {
        ...containerEnvironment(image.environment),
        ...input.environment,
        // The network of the Hub: its proxy publishes the container's port under the Space's address.
        HOST: "127.0.0.1",
        PORT: String(input.port),
        SPORE_ALLOW_LOOPBACK_PEERS: "1",
        SPORE_PARENT_PID: String(process.pid),
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      onExit: (_, code) => {
        if (this.#child === child) input.onExit(code);
      },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) void passLines(stream, input.runLog);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    child?.kill("SIGKILL");
    await child?.exited;
  }

  async dispose(): Promise<void> {
    await this.stop();
    if (this.#image !== null) rmSync(this.#image.root, { recursive: true, force: true });
    this.#image = null;
  }
}

async function passLines(stream: ReadableStream<Uint8Array>, log: (line: string) => void): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const lines = `${rest}${decoder.decode(bytes, { stream: true })}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) log(line);
  }
}

export class AnsweringRuntime implements SpaceRuntime {
  #server: Bun.Server<undefined> | null = null;
  readonly #buildMs: number;

  constructor(buildMs: number) {
    this.#buildMs = buildMs;
  }

  async build(): Promise<void> {
    await this.stop();
    await Bun.sleep(this.#buildMs);
  }

  async start({ port, environment, runLog }: RuntimeInput): Promise<void> {
    await this.stop();
    const startedAt = Date.now();
    runLog(`${environment.SPORE_ID} listens`);
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch: () => Response.json(healthOf(environment, startedAt)),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = null;
  }

  dispose(): Promise<void> {
    return this.stop();
  }
}

function healthOf(environment: Readonly<Record<string, string>>, startedAt: number) {
  const counts = { memories: 0, memories_private: 0, memories_collective: 0, cycles: 0, deltas_produced: 0 };
  const { spore, operator } = JSON.parse(environment.SPORE_CERTIFICATE ?? "{}") as Record<string, string>;
  return {
    spore: environment.SPORE_ID ?? "?",
    key: spore,
    operator,
    dna: "0",
    role: environment.SPORE_ROLE ?? "explorer",
    model: "none",
    version: "0.0.0",
    ...counts,
    deltas_received: 0,
    confidence: 0,
    peers: [],
    active_tasks: 0,
    converged_tasks: 0,
    uptime_s: Math.floor((Date.now() - startedAt) / 1000),
    last_provider: null,
    last_model: null,
    clock: {},
    sce: { enabled: false, reason: "nothing runs here" },
    quantum: { enabled: false, reason: "nothing runs here" },
  };
}

export class StaticRuntime implements SpaceRuntime {
  #server: Bun.Server<undefined> | null = null;

  async build(): Promise<void> {
    await this.stop();
  }

  async start({ port, files }: RuntimeInput): Promise<void> {
    await this.stop();
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch(request) {
        const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
        const candidates = [path, path === "" ? "index.html" : `${path.replace(/\/$/, "")}/index.html`];
        const found = candidates.find((candidate) => files.has(candidate));
        if (found === undefined) return new Response("not found", { status: 404 });
        return new Response(new Uint8Array(files.get(found) ?? []), {
          headers: { "content-type": Bun.file(found).type },
        });
      },
    });
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = null;
  }

  dispose(): Promise<void> {
    return this.stop();
  }
}
