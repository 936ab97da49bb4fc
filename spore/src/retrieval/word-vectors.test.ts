/** The embedded embedder: near in meaning is near in number, and nothing else changes a vector. */
import { describe, expect, test } from "bun:test";
import {
  DIMENSIONS,
  decodeWordVectors,
  embeddedVectors,
  encodeWordVectors,
  similarityOf,
  type TextVector,
} from "./word-vectors.ts";

const vectors = embeddedVectors();
const nothingShared = { sum: new Float64Array(DIMENSIONS), count: 0 };

function ofText(text: string): TextVector {
  const vector = vectors.ofText(text.split(" "));
  if (vector === null) throw new Error(`no word of "${text}" is known`);
  return vector;
}

function sharedBy(texts: readonly TextVector[]) {
  const sum = new Float64Array(DIMENSIONS);
  for (const text of texts) for (const [j, value] of text.entries()) sum[j] = (sum[j] ?? 0) + value;
  return { sum, count: texts.length };
}

test("texts about one thing are nearer than texts about another", () => {
  const cosine = similarityOf(ofText("doctor hospital"), nothingShared);
  expect(cosine(ofText("nurse clinic"))).toBeGreaterThan(cosine(ofText("guitar concert")) + 0.2);
});

test("a text is as near to itself as can be, whatever all texts share", () => {
  const text = ofText("the old harbour crane");
  const others = ["market price", "river bank", "winter storm"].map(ofText);
  for (const shared of [nothingShared, sharedBy([text, ...others])]) {
    expect(similarityOf(text, shared)(text)).toBeCloseTo(1, 2);
  }
});

test("what all texts share tells nothing apart once there are many", () => {
  const many = Array.from({ length: 500 }, (_, n) => ofText(n % 2 === 0 ? "bank loan" : "bank interest"));
  const loan = ofText("bank loan");
  const apart = ofText("bank interest");
  expect(similarityOf(loan, sharedBy(many))(apart)).toBeLessThan(similarityOf(loan, nothingShared)(apart));
});

describe("words that are not known", () => {
  test("make no vector alone and lower the coverage of a question", () => {
    expect(vectors.ofText(["qzxv", "größtenteils"])).toBeNull();
    expect(vectors.ofQuestion(["qzxv"], () => 1)).toBeNull();
    expect(vectors.ofQuestion(["river", "qzxv"], () => 1)?.coverage).toBe(0.5);
  });
});

test("a file is read as it was written", () => {
  const written = decodeWordVectors(
    encodeWordVectors(
      ["a", "b"],
      [
        [1, 0],
        [0, -2],
      ],
    ),
  );
  expect(written.ofQuestion(["a"], () => 1)?.vector).toEqual(Int8Array.of(127, 0));
  expect(written.ofQuestion(["b"], () => 1)?.vector).toEqual(Int8Array.of(0, -127));
  expect(() => decodeWordVectors(new Uint8Array(20))).toThrow("SWV1");
});
