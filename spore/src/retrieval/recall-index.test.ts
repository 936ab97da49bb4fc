import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import fc from "fast-check";
import { analyzeQuery } from "./analyzer.ts";
import { type IndexDocument, toIndexDocument } from "./document.ts";
import { expandTerms, SECOND_HOP } from "./expansion.ts";
import { fixtureEntry } from "./feed.fixture.ts";
import type { TextRow } from "./forward-row.ts";
import { openConnection } from "./index-connection.ts";
import type { FromIndex } from "./index-protocol.ts";
import { rowOf } from "./index-writer.ts";
import type { IndexQuery } from "./query-filter.ts";
import { createRecallIndex, FOLD_BATCH, IndexStartedOver, type RecallIndex } from "./recall-index.ts";
import {
  AFTER_COSINE,
  AFTER_WEIGHT,
  BEFORE_COSINE,
  BEFORE_WEIGHT,
  FURTHER_WEIGHT,
  inContext,
  MEANING_WEIGHT,
  matchesOf,
  relevanceOf,
  type WeighedTerm,
  weighTerms,
} from "./relevance.ts";
import { DIMENSIONS, embeddedVectors, similarityOf } from "./word-vectors.ts";

let folder: string;
let path: string;
let told: FromIndex[];
let open: RecallIndex[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recall-index-"));
  path = join(folder, "recall.db");
  told = [];
  open = [];
});

afterEach(() => {
  for (const index of open) index.close();
  rmSync(folder, { recursive: true, force: true });
});

function openIndex(): RecallIndex {
  const index = createRecallIndex(path, (message) => told.push(message));
  open.push(index);
  return index;
}

function closeIndex(index: RecallIndex): void {
  index.close();
  open = open.filter((other) => other !== index);
}

const query = (text: string, extra: Partial<IndexQuery> = {}): IndexQuery => ({
  text,
  labels: LABELS,
  explore: false,
  limit: 100,
  ...extra,
});

const memory = (seq: number, content: string): IndexDocument =>
  toIndexDocument(fixtureEntry(seq, "memory", { content }));

const found = (index: RecallIndex, text: string): number[] => index.search(query(text)).map(({ seq }) => seq);
const replacedBecause = () =>
  told.flatMap((message) => (message.type === "opened" ? [message.replaced] : []));

describe("folding", () => {
  test("documents that do not follow what was folded are ignored, so no hole can come to be", () => {
    const index = openIndex();
    index.fold(0, [memory(1, "alpha"), memory(2, "beta")]);
    index.fold(5, [memory(6, "gamma")]);
    index.fold(2, [memory(4, "delta")]);
    expect(index.flush()).toBe(true);
    expect(found(index, "gamma")).toEqual([]);
    expect(found(index, "delta")).toEqual([4]);
  });

  test("a full batch is folded at once, the rest with the next question", () => {
    const index = openIndex();
    index.fold(
      0,
      Array.from({ length: FOLD_BATCH + 3 }, (_, at) => memory(at + 1, `word${at + 1} common`)),
    );
    const folded = () => told.flatMap((message) => (message.type === "folded" ? [message.folded] : []));
    expect(folded()).toEqual([FOLD_BATCH]);
    expect(found(index, `word${FOLD_BATCH + 2}`)).toEqual([FOLD_BATCH + 2]);
    expect(folded()).toEqual([FOLD_BATCH, 3]);
  });

  test("entries ahead of a gap are found before they are folded, and once after", () => {
    const index = openIndex();
    index.fold(0, [memory(1, "alpha")]);
    index.fresh([memory(9, "omega comes early"), memory(10, "unrelated")]);
    expect(found(index, "omega")).toEqual([9]);
    index.fold(1, [memory(2, "filler"), memory(9, "omega comes early")]);
    expect(found(index, "omega")).toEqual([9]);
  });
});

describe("damage", () => {
  const content = Array.from({ length: 300 }, (_, at) =>
    memory(at + 1, `number${at + 1} of the many shared words`),
  );

  async function written(): Promise<Uint8Array> {
    const index = openIndex();
    index.fold(0, content);
    closeIndex(index);
    told = [];
    return Bun.file(path).bytes();
  }

  test("a sound file is taken over", async () => {
    await written();
    const index = openIndex();
    expect(replacedBecause()).toEqual([null]);
    expect(found(index, "number77")[0]).toBe(77);
  });

  test.each([
    ["missing", async () => rmSync(path)],
    ["empty", () => Bun.write(path, "")],
    ["garbage", () => Bun.write(path, crypto.getRandomValues(new Uint8Array(20_000)))],
    ["text", () => Bun.write(path, "not a database at all\n".repeat(400))],
  ])("a file that is %s is replaced, with a reason", async (_, damage) => {
    await written();
    await damage();
    const index = openIndex();
    expect(replacedBecause()).toEqual([expect.any(String)]);
    index.fold(0, content);
    expect(found(index, "number77")[0]).toBe(77);
  });

  test("a file of another version is replaced", async () => {
    await written();
    const connection = openConnection(path);
    connection.exec("UPDATE meta SET value = 'older' WHERE key = 'version'");
    connection.close();
    openIndex();
    expect(replacedBecause()).toEqual(["it is of another version"]);
  });

  test("a file cut short anywhere is replaced and never crashes", async () => {
    const bytes = await written();
    for (const share of [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      told = [];
      await Bun.write(path, bytes.subarray(0, Math.floor(bytes.length * share)));
      const index = openIndex();
      found(index, "number77 shared words");
      expect(replacedBecause().at(-1)).toEqual(expect.any(String));
      index.fold(0, content);
      expect(found(index, "number77")[0]).toBe(77);
      closeIndex(index);
    }
  });

  test("bytes overwritten anywhere never crash: questions are answered, and starting over heals", async () => {
    const bytes = await written();
    const noise = fc.uint8Array({ minLength: 1, maxLength: 4_000 });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), noise, async (at, written) => {
        const damaged = bytes.slice();
        damaged.set(written.subarray(0, bytes.length - at), at);
        await Bun.write(path, damaged);
        const index = openIndex();
        for (const text of ["number77", "many shared words", "number1 number299"]) {
          const generation = index.generation;
          try {
            index.search(query(text));
          } catch (error) {
            expect(error).toBeInstanceOf(IndexStartedOver);
            expect(index.generation).toBe(generation + 1);
          }
        }
        index.fold(300, [memory(301, "one more")]);
        index.flush();
        index.reset("healed by the test");
        index.fold(0, content);
        expect(found(index, "number77")[0]).toBe(77);
        closeIndex(index);
      }),
      { numRuns: 100 },
    );
  });

  test("damage met while a question is answered ends in an empty index, said once, and in no empty answer", async () => {
    await written();
    const index = openIndex();
    const other = openConnection(path);
    other.exec("UPDATE entries SET row = x'00'");
    other.close();
    told = [];
    expect(() => found(index, "number77")).toThrow(IndexStartedOver);
    expect(replacedBecause()).toEqual([expect.stringContaining("row of entry")]);
    index.fold(0, content);
    expect(found(index, "number77")[0]).toBe(77);
  });
});

/** The same ranking by reading everything: what stage 1 and the tables may not change. */
function bruteForce(documents: readonly IndexDocument[], text: string): { seq: number; relevance: number }[] {
  const rows = documents.flatMap((document) => rowOf(document)?.row ?? []);
  const frequencies = new Map<number, number>();
  for (const row of rows)
    for (const term of row.terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  const terms = weighTerms(analyzeQuery(text, ["en"]), frequencies, rows.length);
  const lengths = rows.map(({ length }, at) => {
    const [before, after] = [rows[at - 1]?.length ?? 0, rows[at + 1]?.length ?? 0];
    return length + BEFORE_WEIGHT * before + AFTER_WEIGHT * after;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / rows.length;
  const cosine = cosinesTo(terms, rows);

  const rank = (asked: readonly WeighedTerm[]) => {
    const matches = rows.map((row) => matchesOf(asked, row));
    const near = (at: number, weight: number) => {
      const match = matches[at];
      return match === undefined ? [] : [[weight, match] as const];
    };
    const matched = (at: number) => matches[at]?.frequencies.some((frequency) => frequency > 0) === true;
    const scored = matches.flatMap((own, at) => {
      if (![at - 1, at, at + 1].some(matched)) return [];
      const context = [...near(at - 1, BEFORE_WEIGHT), ...near(at + 1, AFTER_WEIGHT)];
      const words = relevanceOf(asked, inContext(own, context, near(at - 2, FURTHER_WEIGHT)), mean);
      const likeness = cosine(at) + BEFORE_COSINE * cosine(at - 1) + AFTER_COSINE * cosine(at + 1);
      return [{ at, seq: documents[at]?.seq ?? 0, words, likeness }];
    });
    const best = Math.max(0, ...scored.map(({ words }) => words));
    return scored
      .map(({ words, likeness, ...one }) => ({ ...one, relevance: words + MEANING_WEIGHT * best * likeness }))
      .filter(({ relevance }) => relevance > 0)
      .sort((a, b) => b.relevance - a.relevance || b.seq - a.seq);
  };
  const hits = rank(terms).flatMap(({ at, relevance }) => {
    const row = rows[at];
    return row === undefined ? [] : [{ row, relevance }];
  });
  return rank(expandTerms(terms, hits, () => frequencies, rows.length, SECOND_HOP));
}

/** Likeness of each row to the question, 0 where there is no such row. */
function cosinesTo(terms: readonly WeighedTerm[], rows: readonly TextRow[]): (at: number) => number {
  const vectors = rows.flatMap(({ vector }) => (vector === null ? [] : [vector]));
  const sum = Float64Array.from({ length: DIMENSIONS }, (_, j) =>
    vectors.reduce((total, vector) => total + (vector[j] ?? 0), 0),
  );
  const weights = new Map(terms.flatMap(({ words, weight }) => words.map((word) => [word, weight] as const)));
  const asked = embeddedVectors().ofQuestion(weights.keys(), (word) => weights.get(word) ?? 0);
  if (asked === null) return () => 0;
  const similarity = similarityOf(asked.vector, { sum, count: vectors.length });
  return (at) => {
    const vector = rows[at]?.vector ?? null;
    return vector === null ? 0 : asked.coverage ** 2 * similarity(vector);
  };
}

test("the index ranks as a full reading of every entry does", () => {
  const word = fc.constantFrom("river", "stone", "bread", "lamp", "cloud", "piano", "seven", "garden");
  const content = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 40 }), content, (texts, text) => {
      const documents = texts.map((each, at) =>
        toIndexDocument(
          fixtureEntry(at + 1, "memory", { content: each, sequence: { document: "talk", index: at } }),
        ),
      );
      const index = openIndex();
      index.fold(0, documents);
      const expected = bruteForce(documents, text);
      const actual = index.search(query(text));
      expect(actual.length).toBe(expected.length);
      for (const [rank, { relevance }] of actual.entries()) {
        expect(relevance).toBeCloseTo(expected[rank]?.relevance ?? Number.NaN, 6);
      }
      closeIndex(index);
      rmSync(path);
    }),
    { numRuns: 100 },
  );
});

test("a private neighbour lends nothing to the score that the public sees", () => {
  const at = (index: number) => ({ sequence: { document: "talk", index } });
  const secret = fixtureEntry(
    1,
    "memory",
    { content: "is the merger on Friday", ...at(0) },
    { label: "private" },
  );
  const answer = fixtureEntry(2, "memory", { content: "yes, on Friday", ...at(1) }, { label: "public" });
  const asked = query("merger Friday", { labels: ["public"] });
  const beside = openIndex();
  beside.fold(0, [secret, answer].map(toIndexDocument));
  const withSecret = beside.search(asked);
  expect(found(beside, "merger Friday").sort()).toEqual([1, 2]);
  closeIndex(beside);
  rmSync(path);
  const alone = openIndex();
  alone.fold(0, [toIndexDocument(answer)]);
  expect(withSecret.map(({ relevance }) => relevance)).toEqual(
    alone.search(asked).map(({ relevance }) => relevance),
  );
});

test("a child that came before its parent is read with it once it is there", () => {
  const index = openIndex();
  const parent = fixtureEntry(9, "memory", { content: "what did Gina paint last summer" });
  const child = fixtureEntry(
    1,
    "memory",
    { content: "a sunrise over the harbour" },
    { parents: [parent.id] },
  );
  index.fold(0, [toIndexDocument(child)]);
  expect(found(index, "Gina paint")).toEqual([]);
  index.fold(1, [toIndexDocument(parent)]);
  expect(found(index, "Gina paint")).toEqual([9, 1]);
});
