/** The sliding window: one size whatever the memory holds, neighbours joined, every word of it traceable. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { createMemoryFeed, fixtureKey, type MemoryFeed } from "./feed.fixture.ts";
import type { RecallHit } from "./recall.ts";
import { createRecall, type RecallService } from "./recall-service.ts";
import { cutMiddle, cutToTokens, estimateTokens, shareTokens } from "./tokens.ts";
import { fillWindow } from "./window.ts";

function hit(content: string, score: number, more: Partial<RecallHit> = {}): RecallHit {
  return {
    id: `${content.slice(0, 12)} ${score}` as EntryId,
    score,
    content,
    kind: "memory",
    label: "cluster",
    author: fixtureKey("alice"),
    createdAt: 0,
    explain: {},
    before: [],
    after: [],
    ...more,
  };
}

const turn = (index: number, content: string, score: number, more: Partial<RecallHit> = {}): RecallHit =>
  hit(content, score, { place: { document: "talk", index }, ...more });

describe("filling", () => {
  test("takes what is worth most for what it costs, the best hit in any case", () => {
    const long = "the long account of it ".repeat(12);
    const hits = [hit("best of all", 1), hit(long, 0.9), hit("short and good", 0.8), hit("also short", 0.7)];
    const { passages, tokens } = fillWindow(hits, 40);
    expect(passages.map(({ content }) => content)).toEqual(["best of all", "short and good", "also short"]);
    expect(tokens).toBeLessThanOrEqual(40);
    const [only] = fillWindow([hit(long, 1), hit("short", 0.1)], 30).passages;
    expect(long).toStartWith(only?.content ?? "nothing");
  });

  test("leaves out what is noise beside the best, however much room there is", () => {
    expect(fillWindow([hit("river", 1), hit("noise", 0.1)], 1_000).passages).toHaveLength(1);
  });

  test("joins neighbours of one author's document in their order, and nothing else", () => {
    const hits = [
      turn(5, "then came the answer", 1),
      turn(4, "first came the question", 0.6),
      turn(7, "much later", 0.5),
      turn(6, "somebody else's talk", 0.5, { author: fixtureKey("bob") }),
      turn(6, "another talk", 0.5, { place: { document: "other", index: 6 } }),
      hit("of no document", 0.5),
    ];
    const { passages } = fillWindow(hits, 1_000);
    expect(passages[0]).toMatchObject({
      id: hits[0]?.id as string,
      score: 1,
      content: "first came the question\nthen came the answer",
      members: [hits[1], hits[0]],
    });
    expect(passages.slice(1).map(({ members }) => members.length)).toEqual([1, 1, 1, 1]);
  });

  test("keeps its budget and invents nothing, whatever is found", () => {
    const anyHit = fc
      .record({
        content: fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.lorem({ maxCount: 40 })),
        score: fc.double({ min: 0, max: 5, noNaN: true }),
        index: fc.nat(12),
        document: fc.constantFrom(null, "a", "b"),
        author: fc.constantFrom("alice", "bob"),
      })
      .map(({ content, score, index, document, author }) =>
        hit(content, score, {
          author: fixtureKey(author),
          ...(document === null ? {} : { place: { document, index } }),
        }),
      );
    fc.assert(
      fc.property(fc.array(anyHit, { maxLength: 30 }), fc.integer({ min: 0, max: 900 }), (found, budget) => {
        const hits = found.map((one, at) => ({ ...one, id: String(at) as EntryId }));
        const { passages, tokens } = fillWindow(hits, budget);
        expect(tokens).toBeLessThanOrEqual(budget);
        const members = passages.flatMap((passage) => passage.members);
        expect(new Set(members.map(({ id }) => id)).size).toBe(members.length);
        for (const { id, content } of members)
          expect(hits.find((one) => one.id === id)?.content).toStartWith(content);
        for (const passage of passages) {
          expect(passage.content).toBe(passage.members.map(({ content }) => content).join("\n"));
          expect(new Set(passage.members.map(({ author }) => author)).size).toBe(1);
        }
      }),
    );
  });
});

describe("tokens", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ unit: "grapheme", maxLength: 200 }),
  );

  test("no cut costs more than it may, tears a character or adds a word", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 60 }), (text, budget) => {
        const start = cutToTokens(text, budget);
        expect(text).toStartWith(start);
        expect(estimateTokens(start)).toBeLessThanOrEqual(budget);
        const middle = cutMiddle(text, budget);
        expect(estimateTokens(middle)).toBeLessThanOrEqual(budget);
        if (text.isWellFormed()) expect(start.isWellFormed() && middle.isWellFormed()).toBe(true);
        if (estimateTokens(text) <= budget) expect([start, middle]).toEqual([text, text]);
      }),
    );
  });

  test("shared among texts leave short ones whole and give long ones the rest", () => {
    const [short, long, longer] = shareTokens(["brief", "long ".repeat(500), "longer ".repeat(5_000)], 200);
    expect(short).toBe("brief");
    expect(estimateTokens(long ?? "")).toBeGreaterThan(80);
    expect(estimateTokens(longer ?? "")).toBeGreaterThan(80);
    expect(estimateTokens(`${short}${long}${longer}`)).toBeLessThanOrEqual(200);
    expect(shareTokens([], 100)).toEqual([]);
  });
});

describe("over a real index", () => {
  let folder: string;
  let open: RecallService[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "window-"));
    open = [];
  });
  afterEach(async () => {
    for (const recall of open) await recall.close();
    rmSync(folder, { recursive: true });
  });

  async function openRecall(feed: MemoryFeed): Promise<RecallService> {
    const recall = createRecall({
      feed,
      path: join(folder, `recall-${open.length}.db`),
      weights: { decoherence: () => 1, trust: () => 1 },
      now: () => 0,
      log: { info: () => undefined, warn: () => undefined },
    });
    open.push(recall);
    await recall.settled();
    return recall;
  }

  /** Different thoughts of one length about one thing: words of six letters, the same for the same number. */
  function thought(number: number): string {
    let state = number + 1;
    const letter = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return String.fromCharCode(97 + Math.floor((state / 2_147_483_648) * 26));
    };
    const words = Array.from({ length: 9 }, () => Array.from({ length: 6 }, letter).join(""));
    return `heron ${words.join(" ")}`;
  }

  test("has the same size for 1,000 memories as for 20,000, and less only where there is less", async () => {
    const feed = createMemoryFeed();
    const sizes = new Map<number, number[]>();
    for (const count of [10, 1_000, 20_000]) {
      while (feed.entries.length < count) feed.remember(thought(feed.entries.length));
      const recall = await openRecall(feed);
      const windows = [120, 1_200, 8_000].map((budget) =>
        recall.window({ text: "what does a heron do", labels: LABELS }, budget),
      );
      sizes.set(
        count,
        (await Promise.all(windows)).map(({ tokens }) => tokens),
      );
    }
    const each = estimateTokens(thought(0)) + 8;
    const full = [120, 1_200, 8_000].map((budget) => Math.floor(budget / each) * each);
    expect(sizes.get(10)).toEqual([full[0] ?? 0, 10 * each, 10 * each]);
    expect(sizes.get(1_000)).toEqual(full);
    expect(sizes.get(20_000)).toEqual(full);
  }, 120_000);

  test("joins neighbours that were found, by name", async () => {
    const feed = createMemoryFeed();
    const pair = ["Did the osprey come back?", "The osprey came on Monday"].map((content, index) =>
      feed.remember(content, { sequence: { document: "talk", index } }),
    );
    const recall = await openRecall(feed);
    const { passages } = await recall.window({ text: "osprey came back", labels: LABELS }, 500);
    expect(passages.map(({ members }) => members.map(({ id }) => id))).toEqual([pair.map(({ id }) => id)]);
  });
});
