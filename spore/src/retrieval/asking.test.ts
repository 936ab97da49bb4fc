import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { type IndexDocument, toIndexDocument } from "./document.ts";
import { fixtureEntry } from "./feed.fixture.ts";
import { askingOf } from "./forward-row.ts";
import type { IndexQuery } from "./query-filter.ts";
import { createRecallIndex, type RecallIndex } from "./recall-index.ts";

const open: { index: RecallIndex; folder: string }[] = [];

afterEach(() => {
  for (const { index, folder } of open.splice(0)) {
    index.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function indexOf(documents: readonly IndexDocument[]): RecallIndex {
  const folder = mkdtempSync(join(tmpdir(), "asking-"));
  const index = createRecallIndex(join(folder, "recall.db"), () => undefined);
  open.push({ index, folder });
  index.fold(0, documents);
  return index;
}

const query = (text: string): IndexQuery => ({ text, labels: LABELS, explore: false, limit: 100 });

test("an answer comes before what it was asked; a question that nothing follows loses nothing", () => {
  const texts = ["Which instrument does Gina play?", "The violin, since spring", "Lovely weather for a walk"];
  const documents = (contents: readonly string[]) =>
    contents.map((content, index) =>
      toIndexDocument(fixtureEntry(index + 1, "memory", { content, sequence: { document: "talk", index } })),
    );
  const answered = indexOf(documents(texts));
  const [first, second] = answered.search(query("instrument violin play"));
  expect([first?.seq, second?.seq]).toEqual([2, 1]);
  expect([first?.parts.asking, second?.parts.asking]).toEqual([1, 0.6]);
  const unanswered = indexOf(documents(texts.slice(0, 1)));
  expect(unanswered.search(query("instrument")).map(({ parts }) => parts.asking)).toEqual([1]);
});

test.each([
  ["no question here.", 0],
  ["Is it? ", 1],
  ["¿Dónde está?", 1],
  ["それは何ですか？", 1],
  ["...", 0],
  ["", 0],
] as const)("%p asks with a share of %p", (text, share) => {
  expect(askingOf(text)).toBe(share);
});

test("a text that asks in part has the share of that part", () => {
  expect(askingOf("I bought a boat last week. And you?")).toBeCloseTo(9 / 35, 1);
});

test("a verb and its particle find what is written as one word; two nouns stay two", () => {
  const contents = [
    "Walk back to the harbour",
    "The backup is made at night",
    "const apiKey = read()",
    "A key of the api",
    "Back to the harbour",
  ];
  const index = indexOf(
    contents.map((content, at) => toIndexDocument(fixtureEntry(at + 1, "memory", { content }))),
  );
  expect(index.search(query("How do I back up?"))[0]?.seq).toBe(2);
  expect(index.search(query("api key"))[0]?.seq).toBe(4);
});
