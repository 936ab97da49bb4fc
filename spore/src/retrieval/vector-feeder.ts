/**
 * Reads the change feed to its end through an embedder, in the background and in order, and hands the vectors to the index.
 *
 * One batch at a time: an embedder that is slow, limited or away delays vectors only. A batch that fails is tried again,
 * later each time; one that the embedder refuses for good (a text it will not take) is passed over text by text.
 */
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import type { ChangeFeed } from "../replica/feed.ts";
import { type IndexDocument, toIndexDocument } from "./document.ts";
import { BATCH_MAX, type Embedder, type EmbedError, TEXT_CHARS_MAX } from "./embedder.ts";
import type { FromIndex, IndexProgress, ToIndex } from "./index-protocol.ts";
import type { VectorItem } from "./vector-cells.ts";
import { toCode } from "./vector-code.ts";

/** One call, a batch of a slow local model included. */
const EMBED_MAX_MS = 120_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 300_000;
/** A server may ask for a longer pause, up to an hour; a timer cannot hold what it might name beyond. */
const RETRY_STATED_MAX_MS = 3_600_000;
/** How often the feed is looked at when nothing was announced: what was written while a batch was under way. */
const IDLE_MS = 5_000;

export interface VectorFeederDeps {
  readonly feed: ChangeFeed;
  readonly embedder: Embedder;
  readonly post: (message: ToIndex) => void;
  readonly warn: (message: string) => void;
}

export interface VectorFeeder {
  /** The index is open, has started over, or has moved on. */
  onProgress(progress: IndexProgress): void;
  onEmbedded(message: Extract<FromIndex, { type: "embedded" }>): void;
  readonly error: EmbedError | null;
  close(): void;
}

export function createVectorFeeder({ feed, embedder, post, warn }: VectorFeederDeps): VectorFeeder {
  const hangUp = new AbortController();
  let reached: number | null = null;
  let busy = false;
  /** A batch is with the index, which may be gone before it answers. */
  let posted = false;
  let retryMs = RETRY_FIRST_MS;
  let error: EmbedError | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const unsubscribe = feed.subscribe(() => soon(0));

  function soon(ms: number): void {
    if (hangUp.signal.aborted || busy) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void next(), ms);
  }

  /** Embeds one batch; the index answers with `embedded`, which asks for the next. */
  async function next(): Promise<void> {
    timer = null;
    if (reached === null || busy) return;
    busy = true;
    let pause = IDLE_MS;
    try {
      const entries = await feed.after(reached, BATCH_MAX);
      const last = entries.at(-1);
      if (last !== undefined) {
        const items = await embedAll(entries.map(toIndexDocument));
        if (items !== null) {
          posted = true;
          post({ type: "vectors", embedder: embedder.id, after: reached, upTo: last.seq, items });
          return;
        }
        pause = Math.min(RETRY_STATED_MAX_MS, error?.retryAfterMs ?? retryMs);
        retryMs = Math.min(RETRY_LAST_MS, 2 * retryMs);
      }
    } catch (cause) {
      warn(`recall cannot read the change feed: ${String(cause)}`);
      pause = retryMs;
    }
    busy = false;
    soon(pause);
  }

  /** @returns null when the embedder could not be asked now. */
  async function embedAll(documents: readonly IndexDocument[]): Promise<VectorItem[] | null> {
    const told = documents.filter(
      ({ text, label }) => text !== null && text.trim() !== "" && (embedder.local || label !== "private"),
    );
    if (told.length === 0) return [];
    const items = await embed(told);
    if (items !== null || error?.retryable !== false || told.length === 1) {
      return items ?? (error?.retryable === false ? [] : null);
    }
    const single: VectorItem[] = [];
    for (const document of told) {
      const item = await embed([document]);
      // What is refused twice, with others and alone, is found by its words.
      if (item === null && error?.retryable !== false) return null;
      single.push(...(item ?? []));
    }
    return single;
  }

  async function embed(documents: readonly IndexDocument[]): Promise<VectorItem[] | null> {
    const texts = documents.map(({ text }) => cutWhole(text ?? "", TEXT_CHARS_MAX));
    const signal = AbortSignal.any([hangUp.signal, AbortSignal.timeout(EMBED_MAX_MS)]);
    const reply = await embedder.embed(texts, signal);
    if (!reply.ok) {
      if (error?.message !== reply.error.message && !hangUp.signal.aborted)
        warn(`the embedder ${embedder.id}: ${reply.error.message}`);
      error = reply.error;
      return null;
    }
    error = null;
    retryMs = RETRY_FIRST_MS;
    return documents.map(({ seq, label }, at) => ({ seq, label, code: toCode(reply.value[at] ?? []) }));
  }

  return {
    get error() {
      return error;
    },
    onProgress({ vectors }) {
      if (posted) [posted, busy] = [false, false];
      reached = vectors?.embedder === embedder.id ? vectors.watermark : 0;
      soon(0);
    },
    onEmbedded({ progress, error: problem }) {
      [posted, busy] = [false, false];
      reached = progress.vectors?.embedder === embedder.id ? progress.vectors.watermark : 0;
      soon(problem === null ? 0 : RETRY_FIRST_MS);
    },
    close() {
      unsubscribe();
      hangUp.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
