/**
 * An embedder from a GGUF file on this machine, in a process of its own (gguf-embedder-process.ts): a model that crashes or
 * eats memory takes itself down, not the spore. The process starts with the first text, and again after it died.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { err, type Result } from "@synapse/shared/result.ts";
import { checkVectors, type Embedder, type EmbedError } from "./embedder.ts";

export interface GgufReply {
  readonly id: number;
  readonly vectors?: readonly number[][];
  readonly error?: string;
}

type Outcome = Result<readonly number[][], EmbedError>;

const unavailable = (message: string): Outcome => err({ kind: "unavailable", message, retryable: true });

export function createGgufEmbedder(path: string): Embedder {
  const waiting = new Map<number, { readonly asked: number; readonly done: (outcome: Outcome) => void }>();
  let child: ReturnType<typeof start> | null = null;
  let nextId = 1;

  function fail(message: string): void {
    for (const { done } of waiting.values()) done(unavailable(message));
    waiting.clear();
  }

  function start() {
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
    id: `gguf:${basename(path)}`,
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
