/**
 * The index worker as the spore's own thread sees it: kept running, fed from the change feed, and asked.
 *
 * Whatever happens to the worker or its file, it is started again; a question is answered or refused, never forgotten.
 */
import type { ChangeFeed } from "../replica/feed.ts";
import type { Embedder } from "./embedder.ts";
import { createIndexFeeder } from "./index-feeder.ts";
import type { FromIndex, IndexProgress, ToIndex } from "./index-protocol.ts";
import type { Candidate } from "./index-reader.ts";
import type { IndexQuery } from "./query-filter.ts";
import { RecallUnavailable } from "./recall.ts";
import { createVectorFeeder } from "./vector-feeder.ts";

/**
 * A worker that died is started again after this long, doubled each time until it has answered a question; it finds its
 * file as the last commit left it.
 */
const RESTART_MS = 1_000;
const RESTART_MAX_MS = 30_000;
/** A file that could not be opened so often in turn is said to be missing: nobody waits for it any more. */
const FAILED_OPENS_MAX = 2;
/** A question during which the index was lost so often waits no longer: it may be what it is lost of. */
const DEATHS_MAX = 2;
/** The worker closes its file in this time or is ended; the file survives that as it survives a crash. */
const CLOSE_MS = 5_000;

export interface RecallLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface IndexClientDeps {
  readonly feed: ChangeFeed;
  /** The index file. */
  readonly path: string;
  readonly log: RecallLog;
  /** Closed with the client. */
  readonly embedder: Embedder | null;
}

interface Request {
  readonly query: IndexQuery;
  /** The worker that runs now has it. */
  sent: boolean;
  /** How often the worker died or its file was replaced since it was asked. */
  deaths: number;
  readonly resolve: (candidates: readonly Candidate[]) => void;
  readonly reject: (error: Error) => void;
}

export function createIndexClient({ feed, path, log, embedder }: IndexClientDeps) {
  const requests = new Map<number, Request>();
  let nextRequest = 1;
  let worker: Worker | null = null;
  let closed = false;
  let open = false;
  let stuck = false;
  let generation = 0;
  /** Since a question was last answered. */
  let restarts = 0;
  /** In turn. */
  let failedOpens = 0;
  let progress: IndexProgress = { watermark: 0, watermarkId: null, entries: 0, bytes: 0, vectors: null };
  let onClosed: (() => void) | null = null;

  const post = (message: ToIndex): void => worker?.postMessage(message);
  const feeder = createIndexFeeder({
    feed,
    post,
    onFeedError: (message) => log.warn(`recall cannot read the change feed: ${message}`),
    onReady: sendRequests,
  });

  const vectorFeeder =
    embedder === null ? null : createVectorFeeder({ feed, embedder, post, warn: log.warn });

  function sendRequests(): void {
    if (!open || !feeder.ready) return;
    for (const [request, waiting] of requests) {
      if (waiting.sent) continue;
      waiting.sent = true;
      post({ type: "search", request, query: waiting.query, generation });
    }
  }

  /** An index of another feed (the database was replaced or restored) must not be taken for this one's. */
  async function isOfThisFeed({ watermark, watermarkId }: IndexProgress): Promise<boolean> {
    if (watermark === 0) return true;
    const [entry] = await feed.after(watermark - 1, 1);
    return entry?.seq === watermark && entry.id === watermarkId;
  }

  async function onOpened(opened: IndexProgress, replaced: string | null): Promise<void> {
    if (replaced !== null && (await feed.after(0, 1)).length > 0) {
      log.warn(`the recall index is built anew from the entries: ${replaced}`);
    } else if (replaced === null && !(await isOfThisFeed(opened))) {
      post({ type: "reset", reason: "it belongs to another database" });
      return;
    }
    if (closed) return;
    open = true;
    if (failedOpens >= FAILED_OPENS_MAX) log.info("the recall index is there again");
    failedOpens = 0;
    feeder.start(opened);
    vectorFeeder?.onProgress(opened);
  }

  function onMessage(message: FromIndex): void {
    if ("progress" in message) progress = message.progress;
    switch (message.type) {
      case "opened":
        // Until it is fed, a question would find nothing in it.
        open = false;
        generation = message.generation;
        onOpened(message.progress, message.replaced).catch((error: unknown) => {
          restart(`recall cannot read the change feed: ${String(error)}`);
        });
        break;
      case "folded":
        if (stuck) log.info("the recall index is written again");
        stuck = false;
        feeder.folded(message.folded);
        break;
      case "stuck":
        if (!stuck) log.warn(`the recall index cannot be written, and is tried again: ${message.message}`);
        stuck = true;
        feeder.stuck(message.progress);
        break;
      case "embedded":
        vectorFeeder?.onEmbedded(message);
        break;
      case "found":
        restarts = 0;
        requests.get(message.request)?.resolve(message.candidates);
        requests.delete(message.request);
        break;
      case "again":
        askAgain(message.request);
        sendRequests();
        break;
      case "failed":
        requests.get(message.request)?.reject(new Error(`recall failed: ${message.message}`));
        requests.delete(message.request);
        break;
      case "closed":
        onClosed?.();
        break;
    }
  }

  /** The index was lost while this was asked. */
  function askAgain(id: number): void {
    const request = requests.get(id);
    if (request === undefined) return;
    request.sent = false;
    request.deaths += 1;
    if (request.deaths < DEATHS_MAX) return;
    requests.delete(id);
    request.reject(new Error("recall failed: its index stopped while this was asked"));
  }

  /** @param why the worker ended or is of no use; it is said once, until a question has been answered. */
  function restart(why: string): void {
    worker?.terminate();
    worker = null;
    open = false;
    restarts += 1;
    if (restarts === 1) log.warn(why);
    for (const id of requests.keys()) askAgain(id);
    if (!closed) setTimeout(start, Math.min(RESTART_MAX_MS, RESTART_MS * 2 ** (restarts - 1)));
  }

  /** The worker ended of itself. */
  function onWorkerError(message: string): void {
    if (!open) failedOpens += 1;
    if (failedOpens >= FAILED_OPENS_MAX) {
      for (const { reject } of requests.values()) reject(unavailable());
      requests.clear();
    }
    restart(`the recall index ${path} stopped and is started again: ${message}`);
  }

  const unavailable = (): RecallUnavailable =>
    new RecallUnavailable(
      "the recall index cannot be opened or made: look at the spore's disk; it is tried again",
    );

  function start(): void {
    if (closed) return;
    worker = new Worker(new URL("./index-worker.ts", import.meta.url));
    worker.onmessage = ({ data }: MessageEvent<FromIndex>) => onMessage(data);
    worker.onerror = ({ message }) => onWorkerError(message);
    post({ type: "open", path });
  }

  function find(query: IndexQuery): Promise<readonly Candidate[]> {
    if (closed) return Promise.reject(new Error("recall is closed"));
    if (failedOpens >= FAILED_OPENS_MAX) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      const request = nextRequest++;
      requests.set(request, { query, resolve, reject, sent: false, deaths: 0 });
      sendRequests();
    });
  }

  start();
  return {
    find,
    get progress(): IndexProgress {
      return progress;
    },
    /** The highest seq that the feed has announced. */
    get seen(): number {
      return feeder.seen;
    },
    /** All that the feed has announced is folded. */
    get settled(): boolean {
      return feeder.settled;
    },
    /** Why the embedder cannot be asked at the moment, or null. */
    get embedError(): string | null {
      return vectorFeeder?.error?.message ?? null;
    },
    whenSettled: (): Promise<void> => feeder.whenSettled(),
    async close(): Promise<void> {
      if (closed) return;
      closed = true;
      feeder.close();
      vectorFeeder?.close();
      await embedder?.close?.();
      for (const { reject } of requests.values()) reject(new Error("recall is closed"));
      requests.clear();
      if (worker === null) return;
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, CLOSE_MS);
        onClosed = () => {
          clearTimeout(late);
          resolve();
        };
        post({ type: "close" });
      });
      worker.terminate();
    },
  };
}
