/**
 * What runs in a Space of the fake Hub.
 *
 * `ProcessRuntime` builds the deployed files and starts a real spore from them, on an empty disk at every start, as the
 * Hub does. `AnsweringRuntime` only answers `/api/health` from the variables it was given: for tests of the launcher's
 * steps, of which there are hundreds, where what runs does not matter. `StaticRuntime` serves files the Hub's way.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildImage, containerEnvironment, type Image } from "./docker-image.ts";

export interface RuntimeInput {
  readonly port: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths kept in large-file storage. */
  readonly large: ReadonlySet<string>;
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

/** The script that the Hub puts into each page, with the Space's variables; a strict policy keeps it from running. */
const INJECTED = "<script>window.huggingface={variables:{}};</script>";

/**
 * A static Space, as people who host there report it: a file under its exact name; a folder leads away to huggingface.co,
 * where nothing is; what is not there is a line of text, also where there is a 404.html; binary files lie on another
 * host, behind a redirect.
 */
export class StaticRuntime implements SpaceRuntime {
  #server: Bun.Server<undefined> | null = null;
  readonly #host: string;
  readonly #hubUrl: string;

  /** @param host the Space's own name: another one is not answered @param hubUrl where folders lead, and the large files are */
  constructor(host: string, hubUrl: string) {
    this.#host = host;
    this.#hubUrl = hubUrl;
  }

  async build(): Promise<void> {
    await this.stop();
  }

  async start({ port, files, large }: RuntimeInput): Promise<void> {
    await this.stop();
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch: (request) => {
        const url = new URL(request.url);
        if (url.hostname !== this.#host) return new Response("no such Space", { status: 404 });
        const asked = decodeURIComponent(url.pathname).slice(1);
        const path = asked === "" ? "index.html" : asked;
        const bytes = files.get(path);
        if (bytes !== undefined) return this.#file(path, bytes, large.has(path));
        const isFolder = [...files.keys()].some((name) => name.startsWith(`${path.replace(/\/$/, "")}/`));
        return isFolder
          ? Response.redirect(`${this.#hubUrl}/${path}`, 302)
          : new Response("Entry not found", { status: 404, headers: { "content-type": "text/plain" } });
      },
    });
  }

  #file(path: string, bytes: Uint8Array, isLarge: boolean): Response {
    if (isLarge) {
      const oid = createHash("sha256").update(bytes).digest("hex");
      return Response.redirect(`${this.#hubUrl}/store/${oid}/${path.split("/").at(-1)}`, 302);
    }
    const headers = { "content-type": Bun.file(path).type };
    if (!path.endsWith(".html")) return new Response(new Uint8Array(bytes), { headers });
    return new Response(new TextDecoder().decode(bytes).replace("</head>", `${INJECTED}</head>`), {
      headers,
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
