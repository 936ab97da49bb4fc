/**
 * Where snapshots are kept: a dataset repository on the Hub, one file a spore.
 *
 * 1. Neither direction holds a file in memory: what is sent is read as it goes, what comes is written as it arrives, and
 *    a download that breaks off goes on from there.
 * 2. A connection that carries nothing for a while counts as broken.
 * 3. Whatever went wrong is told without token and passphrase, also where a server repeats what it was sent.
 */
import { closeSync, existsSync, openSync, statSync, writeSync } from "node:fs";
import { hideSecrets } from "@synapse/shared/hide-secrets.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { type StallWatch, watchStalls } from "@synapse/shared/stall-watch.ts";

export interface SnapshotStoreOptions {
  /** `owner/name` of a dataset repository. */
  readonly repo: string;
  readonly token: string;
  readonly hubUrl: string;
  /** Not to be told either. */
  readonly passphrase: string;
  /** How long a transfer may be silent, ms. */
  readonly stallMs?: number;
  readonly retryDelayMs?: number;
}

export interface SnapshotStore {
  /** Replaces what is kept under the path. The error says why it could not be kept. */
  put(file: string, path: string, title: string): Promise<Result<void, string>>;
  /** Writes what is kept under the path into `to`, which is not there yet. Nothing being kept is fine. */
  get(path: string, to: string): Promise<Result<"fetched" | "nothing", string>>;
}

/** A Hub that works on a large commit may be silent for a while. */
const STALL_MS = 5 * 60_000;
/** The Hub is busy now and then; a spore that gives up too early starts empty. In a row, without a byte in between. */
const FETCH_ATTEMPTS = 4;
const RETRY_DELAY_MS = 1_000;
/** A server's page of excuses is not for a log. */
const REASON_CHARS_MAX = 300;

export function createSnapshotStore(options: SnapshotStoreOptions): SnapshotStore {
  const { repo, token, hubUrl, stallMs = STALL_MS, retryDelayMs = RETRY_DELAY_MS } = options;
  const access = { repo: { type: "dataset" as const, name: repo }, accessToken: token, hubUrl };

  function reasonOf(cause: unknown, watch: StallWatch): string {
    if (watch.stalled()) return `nothing went on for ${stallMs / 1000} s`;
    const reason = hideSecrets(String(cause), [token, options.passphrase]);
    return reason.length <= REASON_CHARS_MAX ? reason : `${reason.slice(0, REASON_CHARS_MAX)}…`;
  }

  async function fetchInto(path: string, to: string, watch: StallWatch): Promise<"fetched" | "nothing"> {
    const { downloadFile } = await import("@huggingface/hub");
    const blob = await downloadFile({ ...access, path, fetch: watchedFetch(watch) });
    if (blob === null) return "nothing";
    let have = sizeOf(to);
    const rest = have === 0 ? blob : blob.slice(have, blob.size);
    const file = openSync(to, "a", 0o600);
    try {
      for await (const piece of rest.stream() as unknown as AsyncIterable<Uint8Array>) {
        watch.touch();
        for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
        have += piece.length;
      }
    } finally {
      closeSync(file);
    }
    if (have !== blob.size) throw new Error(`it ended after ${have} of ${blob.size} bytes`);
    return "fetched";
  }

  return {
    async put(file, path, title) {
      const watch = watchStalls(stallMs);
      try {
        const { uploadFile } = await import("@huggingface/hub");
        await uploadFile({
          ...access,
          file: { path, content: Bun.file(file) },
          commitTitle: title,
          fetch: watchedFetch(watch),
        });
        return ok(undefined);
      } catch (cause) {
        return err(reasonOf(cause, watch));
      } finally {
        watch.end();
      }
    },

    async get(path, to) {
      for (let fruitless = 0; ; ) {
        const before = sizeOf(to);
        const watch = watchStalls(stallMs);
        try {
          return ok(await fetchInto(path, to, watch));
        } catch (cause) {
          fruitless = sizeOf(to) > before ? 0 : fruitless + 1;
          if (fruitless === FETCH_ATTEMPTS || isRefusal(cause)) return err(reasonOf(cause, watch));
        } finally {
          watch.end();
        }
        await Bun.sleep(retryDelayMs * Math.max(1, fruitless));
      }
    },
  };
}

/**
 * `fetch` under a watch. A file goes out as a stream of known length: over TLS Bun would otherwise read all of it into
 * memory first, twice.
 */
function watchedFetch(watch: StallWatch): typeof fetch {
  const watched = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const signal = init.signal ? AbortSignal.any([init.signal, watch.signal]) : watch.signal;
    const { body } = init;
    const outgoing =
      body instanceof Blob && body.size > 0
        ? { body: touching(body.stream(), watch), headers: withLength(init.headers, body.size) }
        : {};
    const response = await fetch(input, { ...init, ...outgoing, signal });
    watch.touch();
    return response;
  };
  return watched as typeof fetch;
}

function withLength(headers: RequestInit["headers"], bytes: number): Headers {
  const all = new Headers(headers as HeadersInit | undefined);
  all.set("content-length", String(bytes));
  return all;
}

function touching(stream: ReadableStream<Uint8Array>, watch: StallWatch): ReadableStream<Uint8Array> {
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        watch.touch();
        controller.enqueue(piece);
      },
    }),
  );
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** What asking again will not change: no right to it, no such repository, no room on the disk here. */
function isRefusal(cause: unknown): boolean {
  const { statusCode, code } = (cause ?? {}) as { statusCode?: unknown; code?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return true;
  return (
    typeof statusCode === "number" &&
    statusCode >= 400 &&
    statusCode < 500 &&
    ![408, 429].includes(statusCode)
  );
}
