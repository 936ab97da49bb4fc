/** A peer that is copying this spore's log is given nothing of it a second time, and everything once it has stopped. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { SetIndex } from "../replica/set-index.ts";
import { answerCompare, answerDescend } from "./anti-entropy.ts";
import type { Collection } from "./collection.ts";
import { type Call, reconcile } from "./reconcile.ts";
import type { Portable } from "./wire.ts";

/** Beyond what a sketch finds, so that the trie is descended. */
const HELD = 40_000;

function collectionOf(texts: readonly string[]): Collection {
  const textById = new Map<EntryId, string>();
  for (const text of texts) textById.set(createHash("sha256").update(text).digest("hex") as EntryId, text);
  const sorted = [...textById.keys()].sort();
  const index = new SetIndex(async (prefix) => sorted.filter((id) => id.startsWith(prefix)), {
    cacheNibbles: 2,
    symbols: 1_024,
  });
  for (const id of sorted) index.insert(id);
  return {
    scope: "public",
    index,
    idsByPrefix: async (prefix) => sorted.filter((id) => id.startsWith(prefix)),
    items: async (ids) =>
      ids.map((id) => ({ text: textById.get(id) ?? "", signature: "A".repeat(86) }) as Portable),
    take: async () => ({ stored: 0, known: 0, rejected: 0, hostile: 0, unsettled: 0, missing: [] }),
    certificates: async () => [],
  };
}

const own = collectionOf(Array.from({ length: HELD }, (_, i) => `held ${i}`));
const empty = collectionOf([]);

/** A peer that holds nothing, and how often it was called. */
function emptyPeer() {
  const calls: string[] = [];
  const answers: Record<string, (message: never) => unknown> = {
    compare: (message) => answerCompare(empty, message),
    descend: (message) => answerDescend(empty, message),
    put: () => ({ stored: 0, known: 0, rejected: 0, missing: [] }),
  };
  const call = (async (kind: string, message: object) => {
    calls.push(kind);
    return ok(await answers[kind]?.(message as never));
  }) as Call<never>;
  return { calls, call };
}

const nonce = () => new Uint8Array(8);

describe("a peer that lacks nearly everything", () => {
  test("is given it while it does not read the log", async () => {
    const { calls, call } = emptyPeer();
    const result = await reconcile(own, call, { looksEqual: false, nonce, peerCopies: () => false });
    expect(result).toMatchObject({ ok: true, value: { status: "exchanged" } });
    expect(calls).toContain("put");
  });

  test("is given nothing while it reads the log", async () => {
    const { calls, call } = emptyPeer();
    const result = await reconcile(own, call, { looksEqual: false, nonce, peerCopies: () => true });
    expect(result).toMatchObject({ ok: true, value: { status: "ahead", sent: 0 } });
    expect(calls).toEqual(["compare"]);
  });

  test("is given no more once it begins to read the log", async () => {
    const { calls, call } = emptyPeer();
    const peerCopies = () => calls.filter((kind) => kind === "put").length >= 2;
    const result = await reconcile(own, call, { looksEqual: false, nonce, peerCopies });
    expect(result).toMatchObject({ ok: true, value: { status: "ahead" } });
    expect(calls.filter((kind) => kind === "put").length).toBe(2);
  });
});

test("a peer that lacks little is given it, whatever it reads", async () => {
  const texts = Array.from({ length: 3_000 }, (_, i) => `held ${i}`);
  const [more, less] = [collectionOf(texts), collectionOf(texts.slice(5))];
  const calls: string[] = [];
  const call = (async (kind: string, message: object) => {
    calls.push(kind);
    if (kind === "compare") return ok(await answerCompare(less, message as never));
    return ok({ stored: 5, known: 0, rejected: 0, missing: [] });
  }) as Call<never>;
  const result = await reconcile(more, call, { looksEqual: false, nonce, peerCopies: () => true });
  expect(result).toMatchObject({ ok: true, value: { status: "exchanged", sent: 5 } });
  expect(calls).toEqual(["compare", "put"]);
});
