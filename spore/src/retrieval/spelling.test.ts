import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import fc from "fast-check";
import { toIndexDocument } from "./document.ts";
import { fixtureEntry } from "./feed.fixture.ts";
import { openConnection } from "./index-connection.ts";
import { createRecallIndex, type RecallIndex } from "./recall-index.ts";
import { createSpellingWriter, likenessOf } from "./spelling.ts";

const open: { index: RecallIndex; folder: string }[] = [];

afterEach(() => {
  for (const { index, folder } of open.splice(0)) {
    index.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

type Remembered = string | readonly [content: string, label: Label];

function indexOf(...contents: readonly Remembered[]): { index: RecallIndex; path: string } {
  const folder = mkdtempSync(join(tmpdir(), "spelling-"));
  const path = join(folder, "recall.db");
  const index = createRecallIndex(path, () => undefined);
  open.push({ index, folder });
  const documents = contents.map((remembered, at) => {
    const [content, label] = typeof remembered === "string" ? [remembered, "cluster" as const] : remembered;
    return toIndexDocument(fixtureEntry(at + 1, "memory", { content }, { label }));
  });
  index.fold(0, documents);
  return { index, path };
}

const ask = (index: RecallIndex, text: string, labels: readonly Label[] = LABELS) =>
  index.search({ text, labels, explore: false, limit: 100 });
const seqsOf = (index: RecallIndex, text: string, labels?: readonly Label[]): number[] =>
  ask(index, text, labels).map(({ seq }) => seq);

test.each([
  ["a slip of the keyboard", "quercitin", "Onions are rich in quercetin"],
  ["two letters changed about", "Ulrihc", "Ulrich sold the boat in May"],
  ["a form that stemming does not bring home", "fundraising", "We were fundraisers for the shelter"],
  ["another alphabet", "велосепед", "Мой велосипед стоит на улице"],
])("finds what is meant in spite of %s", (_, asked, content) => {
  const { index } = indexOf(content, "The tide was low this morning", "Nobody came to the concert");
  expect(seqsOf(index, asked)).toEqual([1]);
});

test("a word late behind a common beginning is found among more than are compared", () => {
  const letters = "abcdefghijklmnopqrst";
  const others = Array.from(
    { length: 1_200 },
    (_, at) => `con${letters[at % 20]}${letters[Math.floor(at / 20) % 20]}${letters[Math.floor(at / 400)]}k`,
  );
  const { index } = indexOf("A long conversation about the roof", ...others);
  expect(seqsOf(index, "conversatoin")).toEqual([1]);
});

test("a word that the memory knows is never read as another", () => {
  const { index } = indexOf("Onions are rich in quercetin", "The label says quercitin");
  expect(seqsOf(index, "quercitin")).toEqual([2]);
  expect(seqsOf(index, "quercetin")).toEqual([1]);
});

test("what is guessed counts less than what is said", () => {
  const { index } = indexOf("The boat has a mast", "Ulrich is at sea");
  expect(seqsOf(index, "boat Ulrihc")).toEqual([1, 2]);
  const relevance = (text: string) => ask(index, text).find(({ seq }) => seq === 2)?.relevance ?? 0;
  expect(relevance("boat Ulrihc")).toBeGreaterThan(0);
  expect(relevance("boat Ulrihc")).toBeLessThan(relevance("boat Ulrich"));
});

test("words of another start, short words and numbers are not guessed", () => {
  const { index } = indexOf("The cat sat", "Invoice 2023417", "Salary of a clerk");
  for (const asked of ["cas", "celery", "Invoyce2023418", "2023418"])
    expect(seqsOf(index, asked)).toEqual([]);
});

test("what is private does not show through how a public question is read", () => {
  const { index } = indexOf(
    ["The merger with Quercetin is on Friday", "private"],
    ["Lunch on Friday", "public"],
  );
  expect(seqsOf(index, "quercitin", ["public"])).toEqual([]);
  expect(seqsOf(index, "quercitin", ["private"])).toEqual([1]);
  const { index: without } = indexOf(["Breakfast on Monday", "private"], ["Lunch on Friday", "public"]);
  const publicOf = (asked: RecallIndex) =>
    ask(asked, "quercitin Friday", ["public"]).map(({ relevance }) => relevance);
  expect(publicOf(index)).toEqual(publicOf(without));
});

test("what a failed transaction took back is learnt again", () => {
  const { index, path } = indexOf("The tide was low this morning");
  index.flush();
  const connection = openConnection(path);
  const writer = createSpellingWriter(connection);
  const stored = () =>
    connection.prepare("SELECT term FROM spellings WHERE stem = 'quercetin'", ["number"]).all();
  const stems = new Map([[77, "quercetin"]]);
  connection.exec("BEGIN");
  writer.learn("cluster", stems);
  writer.store();
  connection.exec("ROLLBACK");
  writer.forget();
  expect(stored()).toEqual([]);
  writer.learn("cluster", stems);
  writer.store();
  writer.learn("cluster", stems);
  writer.store();
  expect(stored()).toEqual([[77]]);
  connection.close();
});

test("likeness is of both, 1 of the same, and never outside 0 to 1", () => {
  const word = fc.string({ minLength: 0, maxLength: 24, unit: "grapheme" });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const likeness = likenessOf(a, b);
      expect(likeness).toBe(likenessOf(b, a));
      expect(likeness).toBeGreaterThanOrEqual(0);
      expect(likeness).toBeLessThanOrEqual(1);
      if (a !== "") expect(likenessOf(a, a)).toBe(1);
    }),
  );
  expect(likenessOf("quercitin", "quercetin")).toBeCloseTo(2 / 3, 9);
  expect(likenessOf("heron", "piano")).toBe(0);
});
