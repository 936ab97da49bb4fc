/** One Space of the fake Hub: repository, values, and the life of what it runs, with the Hub's stages. */
import { createHash } from "node:crypto";
import type { SpaceRuntime } from "./space-runtime.ts";

export interface FakeValue {
  value: string;
  description: string | null;
}

export interface SpaceSpec {
  readonly id: string;
  readonly sdk: "docker" | "static";
  readonly visibility: string;
  readonly port: number;
  readonly runtime: SpaceRuntime;
  /** Makes every build end with this reason. */
  readonly buildError: string | null;
}

/** A static Space has an origin of its own; browsers and Bun find every name below localhost on this machine. */
export function staticHost(id: string): string {
  return `${id.replace("/", "-").toLowerCase()}.static.localhost`;
}

export class FakeSpace {
  readonly id: string;
  readonly sdk: "docker" | "static";
  readonly port: number;
  visibility: string;
  stage = "NO_APP_FILE";
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Paths kept in large-file storage. */
  readonly large = new Set<string>();
  readonly variables = new Map<string, FakeValue>();
  readonly secrets = new Map<string, FakeValue>();
  readonly buildLog: string[] = [];
  readonly runLog: string[] = [];
  commits = 0;
  starts = 0;
  buildError: string | null;
  readonly #runtime: SpaceRuntime;
  #work: Promise<void> = Promise.resolve();
  #deleted = false;

  constructor(spec: SpaceSpec) {
    this.id = spec.id;
    this.sdk = spec.sdk;
    this.visibility = spec.visibility;
    this.port = spec.port;
    this.buildError = spec.buildError;
    this.#runtime = spec.runtime;
    this.files.set(".gitattributes", new TextEncoder().encode("*.bin filter=lfs diff=lfs merge=lfs -text\n"));
  }

  get url(): string {
    return `http://${this.sdk === "static" ? staticHost(this.id) : "127.0.0.1"}:${this.port}`;
  }

  get isRunnable(): boolean {
    return this.files.has(this.sdk === "docker" ? "Dockerfile" : "index.html");
  }

  /** After a commit: a build, then a start. */
  rebuild(): void {
    if (!this.isRunnable) return;
    this.stage = this.stage === "RUNNING" ? "RUNNING_BUILDING" : "BUILDING";
    this.#then(async () => {
      this.buildLog.length = 0;
      try {
        await this.#runtime.build(this.#input());
        if (this.buildError !== null) throw new Error(this.buildError);
      } catch (error) {
        this.buildLog.push(`ERROR: ${(error as Error).message}`);
        this.stage = "BUILD_ERROR";
        return;
      }
      await this.#start();
    });
  }

  /** After a change of a value, a request to restart, or the end of its rest: the same image, an empty disk. */
  restart(): void {
    if (!this.isRunnable) return;
    if (this.stage === "BUILD_ERROR") {
      this.rebuild();
      return;
    }
    this.stage = "APP_STARTING";
    this.#then(() => this.#start());
  }

  pause(): void {
    this.stage = "PAUSED";
    this.#then(() => this.#runtime.stop());
  }

  /** As after 48 h without a request. */
  async sleep(): Promise<void> {
    await this.settled();
    await this.#runtime.stop();
    this.stage = "SLEEPING";
  }

  settled(): Promise<void> {
    return this.#work;
  }

  async delete(): Promise<void> {
    this.#deleted = true;
    await this.#work;
    await this.#runtime.dispose();
  }

  async #start(): Promise<void> {
    this.runLog.length = 0;
    this.starts += 1;
    await this.#runtime.stop();
    await this.#runtime.start(this.#input());
    if (this.stage !== "PAUSED") this.stage = "RUNNING";
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (!this.#deleted) await work();
    });
  }

  #input() {
    const environment = Object.fromEntries(
      [...this.variables, ...this.secrets].map(([key, { value }]) => [key, value] as const),
    );
    return {
      port: this.port,
      files: this.files,
      large: this.large,
      environment,
      buildLog: (line: string) => this.buildLog.push(line),
      runLog: (line: string) => this.runLog.push(line),
      onExit: (code: number | null) => {
        this.runLog.push(`the process ended with ${code}`);
        if (this.stage === "RUNNING") this.stage = "RUNTIME_ERROR";
      },
    };
  }

  tree() {
    return [...this.files].map(([path, bytes]) => {
      const pointer = this.large.has(path);
      return {
        type: "file",
        path,
        size: bytes.length,
        oid: createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"),
        ...(pointer
          ? {
              lfs: {
                oid: createHash("sha256").update(bytes).digest("hex"),
                size: bytes.length,
                pointerSize: 130,
              },
            }
          : {}),
      };
    });
  }
}
