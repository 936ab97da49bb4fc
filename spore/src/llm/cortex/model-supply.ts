/**
 * Sees to it that the model's file gets here, once the commander has agreed to that: what passes (a cut connection, a hub
 * that is busy, another spore that downloads) is tried again by itself, from where it was; what does not (no such file,
 * no right to it, a wrong checksum, a full disk) waits for the commander.
 */
import type { Clock } from "../clock.ts";
import type { Fetch } from "../limited-fetch.ts";
import { type DownloadProgress, downloadModel } from "./model-download.ts";
import type { ModelReference } from "./model-reference.ts";

export interface SupplyDeps {
  readonly reference: ModelReference & { readonly kind: "hub" };
  readonly folder: string;
  readonly hubUrl: string;
  readonly token: string | null;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly onFile: () => void;
  readonly warn: (reason: string) => void;
}

export interface ModelSupply {
  /** Begins, or begins again at once. */
  begin(): void;
  /** Null while nothing is under way. */
  progress(): DownloadProgress | null;
  /** Why there is no file yet, and what comes next; null before anything failed. */
  problem(): string | null;
  stop(): void;
}

/** Another spore downloads: how often to look whether the file is there. */
const LOCK_RETRY_MS = 15_000;
/** A cut is over at once or takes its time; the last pause repeats. Whatever arrived begins the row anew. */
export const RETRY_MS: readonly number[] = [2_000, 10_000, 60_000, 300_000];

export function createModelSupply(deps: SupplyDeps): ModelSupply {
  let running: { progress: DownloadProgress; readonly stop: AbortController } | null = null;
  let problem: string | null = null;
  let cancelRetry: (() => void) | null = null;
  /** Attempts in a row that brought nothing. */
  let fruitless = 0;
  let reached = 0;

  function begin(): void {
    if (running !== null) return;
    cancelRetry?.();
    cancelRetry = null;
    const stop = new AbortController();
    const current = { progress: { receivedBytes: 0, totalBytes: null } as DownloadProgress, stop };
    running = current;
    const { reference, folder, hubUrl, token, fetch } = deps;
    const request = { reference, folder, hubUrl, token, fetch, signal: stop.signal };
    void downloadModel({ ...request, onProgress: (now) => (current.progress = now) }).then((result) => {
      running = null;
      if (result.ok) {
        problem = null;
        deps.onFile();
        return;
      }
      const { kind, message } = result.error;
      if (kind === "cancelled") return;
      if (kind === "locked") cancelRetry = deps.clock.after(LOCK_RETRY_MS, begin);
      else fail(message, kind === "broken" ? pauseAfter(current.progress.receivedBytes) : null);
    });
  }

  function pauseAfter(receivedBytes: number): number {
    fruitless = receivedBytes > reached ? 0 : fruitless + 1;
    reached = Math.max(reached, receivedBytes);
    return RETRY_MS[Math.min(fruitless, RETRY_MS.length - 1)] as number;
  }

  function fail(message: string, retryMs: number | null): void {
    const next = retryMs === null ? "" : `; trying again in ${retryMs / 1000} s`;
    problem = `${message}${next}`;
    deps.warn(problem);
    if (retryMs !== null) cancelRetry = deps.clock.after(retryMs, begin);
  }

  return {
    begin,
    progress: () => running?.progress ?? null,
    problem: () => problem,
    stop() {
      cancelRetry?.();
      running?.stop.abort();
    },
  };
}
