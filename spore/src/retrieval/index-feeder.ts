/**
 * Carries the change feed to the index worker: everything once, in order, no faster than it is folded.
 *
 * | state     | new entries announced by the feed                     | left by                                   |
 * |-----------|--------------------------------------------------------|-------------------------------------------|
 * | catching  | go ahead as `fresh`, so that they are found at once    | reading the feed to its end               |
 * | live      | follow without a gap, so they are handed over directly | more than AHEAD_MAX not yet folded, or a failure |
 *
 * Invariants:
 * 1. `sent` is the seq up to which everything was handed over; each batch names the seq it follows, so that a batch that
 *    crosses a reset of the index is ignored there instead of leaving a hole.
 * 2. At most AHEAD_MAX documents are on their way: memory stays bounded however fast entries arrive.
 */
import type { ChangeFeed, StoredEntry } from "../replica/feed.ts";
import { toIndexDocument } from "./document.ts";
import type { IndexProgress, ToIndex } from "./index-protocol.ts";

/** Entries read from the feed at once: the feed's own driver blocks while it reads. */
const READ_BATCH = 96;
/** Documents on their way to the file. Two batches keep the worker busy while the next is read. */
const AHEAD_MAX = 4 * READ_BATCH;
/** After a failure the feed or the file is tried again, later each time. */
const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 30_000;

export interface FeederDeps {
  readonly feed: ChangeFeed;
  readonly post: (message: ToIndex) => void;
  readonly onFeedError: (message: string) => void;
  /** `ready` has become true. */
  readonly onReady: () => void;
}

export interface IndexFeeder {
  /** The index is open, or has started over, at this point of the feed. */
  start(progress: IndexProgress): void;
  /** That many of the documents handed over were folded. */
  folded(count: number): void;
  /** What was handed over after this watermark could not be written. */
  stuck(progress: IndexProgress): void;
  /**
   * True when a question asked now sees the newest entries: all are handed over, or so many are missing that waiting for
   * them would take too long, or the feed cannot be read.
   */
  readonly ready: boolean;
  /** True when all that the feed has announced is folded. */
  readonly settled: boolean;
  /** The highest seq seen in the feed. */
  readonly seen: number;
  /** Resolves when everything that is in the feed now is folded, or the feeder is closed. */
  whenSettled(): Promise<void>;
  close(): void;
}

export function createIndexFeeder({ feed, post, onFeedError, onReady }: FeederDeps): IndexFeeder {
  let started = false;
  let closed = false;
  let live = false;
  let reading = false;
  let sent = 0;
  let seen = 0;
  let ahead = 0;
  /** Documents handed over since the index opened. */
  let handed = 0;
  let retryMs = RETRY_FIRST_MS;
  let retryTimer: ReturnType<typeof setTimeout> | null = null;
  let waiters: (() => void)[] = [];

  const isReady = (): boolean => started && (live || handed >= AHEAD_MAX || retryTimer !== null);
  const isSettled = (): boolean => started && live && ahead === 0 && seen <= sent;

  function wake(): void {
    if (!closed && !isSettled()) return;
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  function handOver(entries: readonly StoredEntry[]): void {
    const next = entries.filter(({ seq }) => seq > sent);
    const last = next.at(-1);
    if (last === undefined) return;
    post({ type: "fold", after: sent, documents: next.map(toIndexDocument) });
    sent = last.seq;
    seen = Math.max(seen, sent);
    ahead += next.length;
    handed += next.length;
  }

  function retryLater(): void {
    live = false;
    if (closed || retryTimer !== null) return;
    retryTimer = setTimeout(() => {
      retryTimer = null;
      void catchUp();
    }, retryMs);
    retryMs = Math.min(RETRY_LAST_MS, retryMs * 2);
  }

  async function catchUp(): Promise<void> {
    if (reading || retryTimer !== null || !started) return;
    reading = true;
    try {
      while (!closed && !live && ahead < AHEAD_MAX) {
        const from = sent;
        const entries = await feed.after(from, READ_BATCH);
        // The index may have started over while the feed was read.
        if (from !== sent) continue;
        handOver(entries);
        // What was announced while the feed was read may be missing from what was read.
        if (entries.length === 0) live = seen <= sent;
      }
    } catch (error) {
      onFeedError(error instanceof Error ? error.message : String(error));
      retryLater();
    } finally {
      reading = false;
    }
    if (isReady()) onReady();
    wake();
  }

  const unsubscribe = feed.subscribe((entries) => {
    seen = Math.max(seen, entries.at(-1)?.seq ?? 0);
    if (live && ahead < AHEAD_MAX) {
      handOver(entries);
      return;
    }
    live = false;
    if (started) post({ type: "fresh", documents: entries.map(toIndexDocument) });
    void catchUp();
  });

  function resume(progress: IndexProgress): void {
    live = false;
    ahead = 0;
    sent = progress.watermark;
  }

  return {
    get ready() {
      return isReady();
    },
    get settled() {
      return isSettled();
    },
    get seen() {
      return seen;
    },
    start(progress) {
      resume(progress);
      handed = 0;
      started = true;
      void catchUp();
    },
    folded(count) {
      ahead = Math.max(0, ahead - count);
      retryMs = RETRY_FIRST_MS;
      void catchUp();
      wake();
    },
    stuck(progress) {
      resume(progress);
      retryLater();
    },
    async whenSettled() {
      while (!closed) {
        if (!isSettled()) await new Promise<void>((resolve) => waiters.push(resolve));
        else if ((await feed.after(sent, 1)).length === 0) return;
        else {
          live = false;
          void catchUp();
        }
      }
    },
    close() {
      closed = true;
      unsubscribe();
      if (retryTimer !== null) clearTimeout(retryTimer);
      wake();
    },
  };
}
