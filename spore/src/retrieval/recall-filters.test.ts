/** Filters of a question: exact, whether the postings tell them or the rows that were found are tested. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { toIndexDocument } from "./document.ts";
import { fixtureEntry, fixtureKey } from "./feed.fixture.ts";
import type { IndexQuery } from "./query-filter.ts";
import { createRecallIndex, type RecallIndex } from "./recall-index.ts";

let folder: string;
let index: RecallIndex;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recall-filters-"));
  index = createRecallIndex(join(folder, "recall.db"), () => undefined);
});

afterEach(() => {
  index.close();
  rmSync(folder, { recursive: true, force: true });
});

const query = (text: string, extra: Partial<IndexQuery> = {}): IndexQuery => ({
  text,
  labels: LABELS,
  explore: false,
  limit: 100,
  ...extra,
});

test("a filter that most entries pass changes no rank, and hides nobody who wrote little on what others write about", () => {
  const [alice, bob] = [fixtureKey("alice"), fixtureKey("bob")];
  const birds = "heron egret stork bittern crane".split(" ");
  const rare = new Set([40, 5_000, 13_990]);
  const documents = Array.from({ length: 14_000 }, (_, at) => {
    const bird = birds[at % birds.length];
    const [author, content] = rare.has(at)
      ? [alice, `a heron stands in pond ${at}`]
      : at % 5 < 3
        ? [bob, `a heron and a ${bird} stand in pond ${at % 97}`]
        : [alice, `pebbles of shore ${at % 89}`];
    return toIndexDocument(fixtureEntry(at + 1, "memory", { content }, { author }));
  });
  index.fold(0, documents);
  const seqs = (text: string, extra: Partial<IndexQuery>) =>
    index.search(query(text, extra)).map(({ seq }) => seq);
  expect(seqs("heron", { author: alice }).sort((a, b) => a - b)).toEqual([41, 5_001, 13_991]);
  expect(seqs("heron pond", { kinds: ["memory", "thought"] })).toEqual(seqs("heron pond", {}));
  expect(seqs("heron stork", { author: bob })).toHaveLength(seqs("heron stork", {}).length);
  expect(seqs("heron", { kinds: ["thought"] })).toEqual([]);
});

test("asked for many of an author who wrote much and little of it on this, as many are found as exist", () => {
  const [alice, bob] = [fixtureKey("alice"), fixtureKey("bob")];
  const documents = Array.from({ length: 14_000 }, (_, at) => {
    const [author, content] =
      at % 40 === 0
        ? [alice, `a heron stands in pond ${at}`]
        : at % 5 < 3
          ? [bob, `a heron stands in pond ${at % 97}`]
          : [alice, `pebbles of shore ${at % 89}`];
    return toIndexDocument(fixtureEntry(at + 1, "memory", { content }, { author }));
  });
  index.fold(0, documents);
  const found = index.search({ ...query("heron"), author: alice, limit: 200 });
  // Half of what is asked for are scored exactly, where nothing stands around them.
  expect(found).toHaveLength(100);
});

test("filters admit what they name and nothing else", () => {
  const [alice, bob] = [fixtureKey("alice"), fixtureKey("bob")];
  const day = 86_400_000;
  const start = Date.UTC(2026, 2, 1);
  const task = fixtureEntry(
    1,
    "task",
    { description: "count the herons", priority: "normal" },
    { author: bob },
  );
  const documents = [
    task,
    fixtureEntry(2, "memory", { content: "herons at the lake" }, { author: alice, at: start }),
    fixtureEntry(
      3,
      "memory",
      { content: "herons by the sea" },
      { author: bob, at: start + day, label: "private" },
    ),
    fixtureEntry(
      4,
      "thought",
      { form: "free_thought", content: "herons dream", novelty: 1 },
      { at: start + 40 * day },
    ),
  ].map(toIndexDocument);
  index.fold(0, documents);
  const seqs = (extra: Partial<IndexQuery>) =>
    index
      .search(query("herons", extra))
      .map(({ seq }) => seq)
      .sort();
  expect(seqs({})).toEqual([1, 2, 3, 4]);
  expect(seqs({ labels: ["private"] })).toEqual([3]);
  expect(seqs({ labels: ["cluster", "public"] })).toEqual([1, 2, 4]);
  expect(seqs({ labels: [] })).toEqual([]);
  expect(seqs({ kinds: ["memory"] })).toEqual([2, 3]);
  expect(seqs({ kinds: [] })).toEqual([]);
  expect(seqs({ author: bob })).toEqual([1, 3]);
  expect(seqs({ author: fixtureKey("nobody") })).toEqual([]);
  expect(seqs({ task: task.id })).toEqual([1]);
  expect(seqs({ from: start + day, to: start + 40 * day })).toEqual([3, 4]);
  expect(seqs({ from: start + 40 * day })).toEqual([4]);
  expect(seqs({ from: start, to: 0 })).toEqual([]);
});
