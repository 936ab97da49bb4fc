/**
 * Recall in the spore's own thread: a thin client of the index worker.
 *
 * The worker finds and scores; here the hits are weighed (decoherence and trust are functions of other parts and cannot
 * cross into a worker), made diverse, and given their content, which is read from the replica: the index holds none.
 *
 * Invariants:
 * 1. A hit is an entry that the replica holds now; what it does not hold is not shown.
 * 2. A retracted entry is not shown where its author, or whom `mayRetract` allows, asked to hide it.
 * 3. The index is derived: whatever happens to its file, recall goes on with what it has and rebuilds the rest.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { ChangeFeed, StoredEntry } from "../replica/feed.ts";
import { analyze } from "./analyzer.ts";
import { findThroughCrowds } from "./crowd.ts";
import { preferExplaining } from "./definition.ts";
import { type Embedder, TEXT_CHARS_MAX } from "./embedder.ts";
import { overlapOf } from "./forward-row.ts";
import { toHit, toPlaced } from "./hit.ts";
import { createIndexFeeder } from "./index-feeder.ts";
import type { FromIndex, IndexProgress, ToIndex } from "./index-protocol.ts";
import type { Candidate } from "./index-reader.ts";
import type { IndexQuery, Sentence } from "./query-filter.ts";
import { type RecallWeights, rankCandidates } from "./ranking.ts";
import {
  type Recall,
  type RecallHit,
  type RecallQuery,
  RecallUnavailable,
  type RecallWindow,
} from "./recall.ts";
import { toCode } from "./vector-code.ts";
import { createVectorFeeder } from "./vector-feeder.ts";
import { fillWindow } from "./window.ts";

/** The most hits one question returns. */
export const K_MAX = 500;
/** Candidates weighed for one question, at least: trust and age reorder only what is among them. */
const CANDIDATES_MIN = 120;
/** An author whose word counts less than this is merely heard. */
const HEARD_TRUST = 0.5;
/** Hits that a window chooses from. */
const WINDOW_HITS = 64;
/** Entries compared with a new text before it is called new. */
const KNOWN_CANDIDATES = 40;
/**
 * A worker that died is started again after this long, doubled each time until it has answered a question; it finds its
 * file as the last commit left it.
 */
const RESTART_MS = 1_000;
const RESTART_MAX_MS = 30_000;
/** A file that could not be opened so often in turn is said to be missing: nobody waits for it any more. */
const FAILED_OPENS_MAX = 2;
/** A question during which the worker died so often waits no longer: it may be what it dies of. */
const DEATHS_MAX = 2;
/** A question waits this long for the embedder that reads it, then goes by its words. */
const QUESTION_EMBED_MAX_MS = 800;
/** The worker closes its file in this time or is ended; the file survives that as it survives a crash. */
const CLOSE_MS = 5_000;

export interface RecallLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface RecallDeps {
  readonly feed: ChangeFeed;
  /** The index file; it is replaced if it is not one. */
  readonly path: string;
  readonly weights: RecallWeights;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: RecallLog;
  /** An embedder beside the embedded one; entries are read by it in the background. */
  readonly embedder?: Embedder | null;
  /** Whether `by` may hide what `author` wrote; by default only the author may. */
  readonly mayRetract?: (by: PublicKey, author: PublicKey) => boolean;
  /** Authors whose words are not shown; nobody by default. */
  readonly isHidden?: (author: PublicKey) => boolean;
}

export interface RecallStatus {
  /** seq up to which the feed is part of the index. */
  readonly watermark: number;
  /** By how many seqs the index is behind what the feed has announced. */
  readonly lag: number;
  readonly entries: number;
  readonly bytes: number;
  readonly settled: boolean;
  /** How far the embedder has come; null without one. */
  readonly embedder: EmbedderStatus | null;
}

export interface EmbedderStatus {
  readonly id: string;
  /** Entries that have a vector of it. */
  readonly vectors: number;
  /** By how many seqs it is behind the index. */
  readonly lag: number;
  /** Why it cannot be asked at the moment, or null. */
  readonly error: string | null;
}

export interface KnownQuery {
  readonly text: string;
  readonly labels: readonly Label[];
  readonly kinds?: readonly Kind[];
  readonly author?: PublicKey;
}

/** The entry closest to a text, by the share of distinct words that both have, 0 to 1. */
export interface KnownEntry {
  readonly id: EntryId;
  readonly overlap: number;
}

export interface RecallService extends Recall {
  /** The closest entry to a text that is about to be written, so that a thought already known is linked, not repeated. */
  known(query: KnownQuery): Promise<KnownEntry | null>;
  status(): RecallStatus;
  /** Resolves when all that the feed holds at this moment is part of the index. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Request {
  readonly query: IndexQuery;
  /** The worker that runs now has it. */
  sent: boolean;
  /** How often a worker died since it was asked. */
  deaths: number;
  readonly resolve: (candidates: readonly Candidate[]) => void;
  readonly reject: (error: Error) => void;
}

export function createRecall(deps: RecallDeps): RecallService {
  const { feed, path, weights, now, log } = deps;
  const isHidden = deps.isHidden ?? (() => false);
  const mayRetract = deps.mayRetract ?? ((by, author) => by === author);
  const requests = new Map<number, Request>();
  let nextRequest = 1;
  let worker: Worker | null = null;
  let closed = false;
  let open = false;
  let stuck = false;
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

  const embedder = deps.embedder ?? null;
  const vectorFeeder =
    embedder === null ? null : createVectorFeeder({ feed, embedder, post, warn: log.warn });

  function sendRequests(): void {
    if (!open || !feeder.ready) return;
    for (const [request, waiting] of requests) {
      if (waiting.sent) continue;
      waiting.sent = true;
      post({ type: "search", request, query: waiting.query });
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
      case "failed":
        requests.get(message.request)?.reject(new Error(`recall failed: ${message.message}`));
        requests.delete(message.request);
        break;
      case "closed":
        onClosed?.();
        break;
    }
  }

  /** @param why the worker ended or is of no use; it is said once, until a question has been answered. */
  function restart(why: string): void {
    worker?.terminate();
    worker = null;
    open = false;
    restarts += 1;
    if (restarts === 1) log.warn(why);
    for (const [id, request] of requests) {
      request.sent = false;
      request.deaths += 1;
      if (request.deaths < DEATHS_MAX) continue;
      requests.delete(id);
      request.reject(new Error("recall failed: its index stopped while this was asked"));
    }
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

  function toIndexQuery(query: RecallQuery, k: number): IndexQuery {
    const { text, labels, kinds, author, task, from, to } = query;
    return {
      text,
      labels: [...new Set(labels)],
      explore: query.mode === "explore",
      limit: Math.max(CANDIDATES_MIN, 2 * k),
      ...(kinds === undefined ? {} : { kinds }),
      ...(author === undefined ? {} : { author }),
      ...(task === undefined ? {} : { task }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  }

  /** The question as the embedder reads it; null without one, or where it does not answer in time. */
  async function readBySentence({ text, labels }: RecallQuery): Promise<Sentence | null> {
    if (embedder === null || (progress.vectors?.count ?? 0) === 0 || vectorFeeder?.error != null) return null;
    // A question about what is private alone is private itself.
    if (!embedder.local && labels.every((label) => label === "private")) return null;
    const signal = AbortSignal.timeout(QUESTION_EMBED_MAX_MS);
    const reply = await embedder.embed([text.slice(0, TEXT_CHARS_MAX)], signal);
    const vector = reply.ok ? reply.value[0] : undefined;
    return vector === undefined ? null : { embedder: embedder.id, code: toCode(vector) };
  }

  function embedderStatus(): EmbedderStatus | null {
    if (embedder === null) return null;
    const mine = progress.vectors?.embedder === embedder.id ? progress.vectors : null;
    return {
      id: embedder.id,
      vectors: mine?.count ?? 0,
      lag: Math.max(0, progress.watermark - (mine?.watermark ?? 0)),
      error: vectorFeeder?.error?.message ?? null,
    };
  }

  const isShown = ({ author, retractedBy }: Candidate): boolean =>
    !isHidden(author) && !retractedBy.some((by) => mayRetract(by, author));

  async function rank(query: RecallQuery): Promise<readonly { hit: RecallHit; stored: StoredEntry }[]> {
    const k = Math.min(K_MAX, Math.max(0, Math.floor(query.k)));
    if (k === 0 || query.text.trim() === "" || query.labels.length === 0) return [];
    const sentence = await readBySentence(query);
    const asked = toIndexQuery(query, k);
    const isMinor = (author: PublicKey) => isHidden(author) || weights.trust(author) < HEARD_TRUST;
    const found = await findThroughCrowds(find, sentence === null ? asked : { ...asked, sentence }, isMinor);
    const shown = await preferExplaining(query.text, found.filter(isShown), feed);
    const ranked = rankCandidates(shown, weights, now(), k);
    const stored = await feed.get(ranked.map(({ candidate }) => candidate.id));
    const byId = new Map(stored.map((entry) => [entry.id, entry]));
    return ranked.flatMap((item) => {
      const entry = byId.get(item.candidate.id);
      return entry === undefined ? [] : [{ hit: toHit(item, entry), stored: entry }];
    });
  }

  start();
  return {
    // The index reads no entry of another label than those asked: what comes back is of them.
    async search<L extends Label>(query: RecallQuery<L>) {
      return (await rank(query)).map(({ hit }) => hit as RecallHit<L>);
    },
    async window<L extends Label>(query: RecallQuery<L>, budgetTokens: number) {
      const ranked = await rank({ ...query, k: Math.max(query.k, WINDOW_HITS) });
      return fillWindow(ranked.map(toPlaced), budgetTokens) as RecallWindow<L>;
    },
    async known({ text, ...query }) {
      const { terms } = analyze(text);
      const sorted = Uint32Array.from(terms.keys()).sort();
      const candidates = await find({ ...query, text, explore: false, limit: KNOWN_CANDIDATES });
      let closest: KnownEntry | null = null;
      for (const candidate of candidates.filter(isShown)) {
        const overlap = overlapOf(sorted, candidate.terms);
        if (overlap > (closest?.overlap ?? 0)) closest = { id: candidate.id, overlap };
      }
      return closest;
    },
    status() {
      const { watermark, entries, bytes } = progress;
      return {
        watermark,
        entries,
        bytes,
        lag: Math.max(0, feeder.seen - watermark),
        settled: feeder.settled,
        embedder: embedderStatus(),
      };
    },
    settled: () => feeder.whenSettled(),
    async close() {
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
