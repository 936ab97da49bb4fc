/**
 * An embedder from a GGUF file on this machine, in a process of its own (gguf-embedder-process.ts): a model that crashes or
 * eats memory takes itself down, not the spore. The process starts with the first text, and again after it died.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { err, type Result } from "@synapse/shared/result.ts";
import { checkVectors, type Embedder, type EmbedError } from "./embedder.ts";

export interface GgufReply {
  readonly id: number;
  readonly vectors?: readonly number[][];
  readonly error?: string;
}

type Outcome = Result<readonly number[][], EmbedError>;

const unavailable = (message: string): Outcome => err({ kind: "unavailable", message, retryable: true });

/** Bytes read of either end of the file to tell it from others: its description at the head, weights at the tail. */
const FINGERPRINT_BYTES = 1024 * 1024;

/** What tells this file from another one of its name: vectors of two models must never be compared. Null: it cannot be read. */
function fingerprintOf(path: string): string | null {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const ends = [0, Math.max(0, size - FINGERPRINT_BYTES)].map((from) => {
      const bytes = new Uint8Array(Math.min(size, FINGERPRINT_BYTES));
      readSync(file ?? 0, bytes, 0, bytes.length, from);
      return sha256Hex(bytes);
    });
    return sha256Hex(`${size} ${ends.join(" ")}`).slice(0, 12);
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

export function createGgufEmbedder(path: string): Embedder {
  let fingerprint = fingerprintOf(path);
  const waiting = new Map<number, { readonly asked: number; readonly done: (outcome: Outcome) => void }>();
  let child: ReturnType<typeof start> | null = null;
  let nextId = 1;

  function fail(message: string): void {
    for (const { done } of waiting.values()) done(unavailable(message));
    waiting.clear();
  }

  function start() {
    // Another file may have taken its place since, or be there only now.
    fingerprint = fingerprintOf(path);
    return Bun.spawn(
      [process.execPath, Bun.fileURLToPath(new URL("./gguf-embedder-process.ts", import.meta.url)), path],
      {
        stdio: ["ignore", "ignore", "ignore"],
        // Nothing of the spore's environment: it holds keys.
        env: { PATH: process.env.PATH ?? "" },
        serialization: "json",
        ipc: ({ id, vectors, error }: GgufReply) => {
          const request = waiting.get(id);
          waiting.delete(id);
          const refused = err({
            kind: "refused",
            message: error ?? "gave no vectors",
            retryable: false,
          } as const);
          request?.done(error === undefined ? checkVectors(vectors, request.asked) : refused);
        },
        onExit: (ended, exitCode) => {
          // Closed on purpose: nobody waits for this one any more.
          if (child !== ended) return;
          child = null;
          fail(`its process ended with code ${exitCode}`);
        },
      },
    );
  }

  return {
    get id() {
      return `gguf:${basename(path)}@${fingerprint ?? "absent"}`;
    },
    local: true,
    embed(texts, signal) {
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
        return Promise.resolve(unavailable(`there is no file ${basename(path)}`));
      if (signal.aborted) return Promise.resolve(unavailable("was not waited for"));
      return new Promise((resolve) => {
        const id = nextId++;
        waiting.set(id, { asked: texts.length, done: resolve });
        signal.addEventListener(
          "abort",
          () => {
            if (waiting.delete(id)) resolve(unavailable("did not answer in time"));
          },
          { once: true },
        );
        child ??= start();
        try {
          child.send({ id, texts });
        } catch {
          // It ended a moment ago, and nobody was told yet.
          waiting.delete(id);
          child = null;
          resolve(unavailable("its process has just ended"));
        }
      });
    },
    async close() {
      const ending = child;
      child = null;
      fail("is closed");
      ending?.kill();
      await ending?.exited;
    },
  };
}
