/** What names a topic, and that a topic finds by the words its hits share, where these are texts. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { toIndexDocument } from "./document.ts";
import { fixtureEntry } from "./feed.fixture.ts";
import { createRecallIndex, type RecallIndex } from "./recall-index.ts";
import { areTexts, hasFormOfTopic } from "./topic.ts";

const open: { index: RecallIndex; folder: string }[] = [];

afterEach(() => {
  for (const { index, folder } of open.splice(0)) {
    index.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the form of a topic", () => {
  test.each(["hair loss", "Coffee during pregnancy", "kelp", "olive oil vs. nuts", "ssri 's"])(
    "%p has it",
    (text) => expect(hasFormOfTopic(text, text.split(" ").length)).toBe(true),
  );

  test.each([
    "hair loss?",
    "Kelp grows fast.",
    "who grows kelp",
    "kelp is healthy",
    "kelp doesn't freeze",
    "her kelp farm",
    "wer hat das gesagt",
  ])("%p does not", (text) => expect(hasFormOfTopic(text, 3)).toBe(false));

  test("neither has a question that says nothing or much", () => {
    expect(hasFormOfTopic("kelp farming", 0)).toBe(false);
    expect(hasFormOfTopic("kelp farming cold water northern coast", 6)).toBe(false);
  });

  test("a remark is no text, and neither is nothing", () => {
    expect([areTexts([20, 18]), areTexts([150, 20]), areTexts([])]).toEqual([false, true, false]);
  });
});

/** A word of letters alone that no other number gives. */
const word = (number: number) =>
  `z${[...String(number)].map((digit) => "bdfgklmnpr"[Number(digit)]).join("o")}`;
const filler = (seed: number, words: number) =>
  Array.from({ length: words }, (_, at) => word(1_000 + seed * 200 + at)).join(" ");

/** Three texts most about kelp, seven that also name iodine, one about iodine alone, and many about neither. */
function indexOf(words: number): RecallIndex {
  const contents = [
    ...Array.from({ length: 3 }, (_, at) => `kelp kelp kelp farming ${filler(at, words)}`),
    ...Array.from({ length: 7 }, (_, at) => `kelp farming iodine ${filler(10 + at, words)}`),
    `iodine ${filler(20, words)}`,
    ...Array.from({ length: 100 }, (_, at) => filler(30 + at, words)),
  ];
  const folder = mkdtempSync(join(tmpdir(), "topic-"));
  const index = createRecallIndex(join(folder, "recall.db"), () => undefined);
  open.push({ index, folder });
  index.fold(
    0,
    contents.map((content, at) => toIndexDocument(fixtureEntry(at + 1, "memory", { content }))),
  );
  return index;
}

const IODINE_ALONE = 11;
const search = (index: RecallIndex, text: string) =>
  index.search({ text, labels: LABELS, explore: false, limit: 100 });
const seqs = (index: RecallIndex, text: string) => search(index, text).map(({ seq }) => seq);

test("a topic finds what shares the words of its first ten texts; the same words as a sentence do not", () => {
  const index = indexOf(80);
  expect(seqs(index, "kelp farming")).toContain(IODINE_ALONE);
  expect(seqs(index, "kelp farming.")).not.toContain(IODINE_ALONE);
});

test("what is found comes after what names the topic", () => {
  const found = seqs(indexOf(80), "kelp farming");
  expect(found.indexOf(IODINE_ALONE)).toBe(10);
});

test("remarks are not learnt from", () => {
  expect(seqs(indexOf(15), "kelp farming")).not.toContain(IODINE_ALONE);
});

test("the mean of a topic's words ranks nothing, the vector of its only word does", () => {
  const index = indexOf(80);
  expect(search(index, "kelp farming").every(({ parts }) => parts.meaning === 0)).toBe(true);
  expect(search(index, "kelp farming.").some(({ parts }) => parts.meaning !== 0)).toBe(true);
  expect(search(index, "farming").some(({ parts }) => parts.meaning !== 0)).toBe(true);
});
