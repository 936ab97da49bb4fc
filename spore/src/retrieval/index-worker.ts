/** The worker's thread: takes messages in order and hands them to the index. See index-protocol.ts. */
import { assert } from "@synapse/shared/assert.ts";
import type { FromIndex, ToIndex } from "./index-protocol.ts";
import { createRecallIndex, IndexStartedOver, type RecallIndex } from "./recall-index.ts";

declare const self: Worker;

/** A few single writes share a transaction; a question folds them at once. */
const FLUSH_AFTER_MS = 20;

let index: RecallIndex | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

const tell = (message: FromIndex): void => self.postMessage(message);

function flushSoon(): void {
  timer ??= setTimeout(() => {
    timer = null;
    index?.flush();
  }, FLUSH_AFTER_MS);
}

function answer(message: Extract<ToIndex, { request: number }>): void {
  const { request } = message;
  assert(index !== null, "the index is opened before it is asked");
  // Asked of the index before this one, and not to be answered by one that is empty yet.
  try {
    if (message.generation !== index.generation) throw new IndexStartedOver();
    tell({ type: "found", request, candidates: index.search(message.query) });
  } catch (error) {
    if (error instanceof IndexStartedOver) tell({ type: "again", request });
    else tell({ type: "failed", request, message: error instanceof Error ? error.message : String(error) });
  }
}

self.onmessage = ({ data }: MessageEvent<ToIndex>) => {
  switch (data.type) {
    case "open":
      index = createRecallIndex(data.path, tell);
      break;
    case "fold":
      index?.fold(data.after, data.documents);
      flushSoon();
      break;
    case "fresh":
      index?.fresh(data.documents);
      break;
    case "vectors":
      index?.vectors(data);
      break;
    case "search":
      answer(data);
      break;
    case "reset":
      index?.reset(data.reason);
      break;
    case "close":
      if (timer !== null) clearTimeout(timer);
      index?.close();
      tell({ type: "closed" });
      break;
  }
};
