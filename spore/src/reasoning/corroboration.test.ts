/** Operators count, copies do not, and nothing outvotes what is one's own. */
import { expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { RecallHit } from "../retrieval/recall.ts";
import { corroborate } from "./corroboration.ts";

const hit = (id: string, author: string, content: string, score: number) =>
  ({ id: id as EntryId, author: author as PublicKey, content, score, explain: {} }) as unknown as RecallHit;
/** Authors are named `<operator>-<number>`. */
const operatorOf = (author: string) => (author.split("-")[0] ?? null) as PublicKey | null;
const TRUE = "The tower of Brask is 120 metres high.";
const FALSE = "The tower of Brask is 900 metres high.";
const order = (hits: readonly RecallHit[]) =>
  corroborate(hits, "own" as PublicKey, operatorOf).map(({ id }) => id as string);

test("two operators come before one, however often that one repeats itself", () => {
  const hits = [
    hit("lie", "evil-1", FALSE, 0.4),
    hit("lie again", "evil-2", FALSE, 0.39),
    hit("lie once more", "evil-3", FALSE, 0.38),
    hit("truth", "a-1", TRUE, 0.35),
    hit("truth too", "b-1", TRUE, 0.34),
  ];
  expect(order(hits).slice(0, 2)).toEqual(["truth", "truth too"]);
});

test("what is one's own is neither raised nor overtaken by three strangers at the weight of their origin", () => {
  const hits = [
    hit("own", "own-1", TRUE, 1),
    hit("x", "a-1", FALSE, 0.35),
    hit("y", "b-1", FALSE, 0.35),
    hit("z", "c-1", FALSE, 0.35),
  ];
  expect(order(hits)[0]).toBe("own");
});

test("one operator alone, or an unknown one, changes nothing", () => {
  const hits = [hit("x", "a-1", TRUE, 0.4), hit("y", "a-2", TRUE, 0.3)];
  expect(corroborate(hits, "own" as PublicKey, operatorOf)).toBe(hits);
  expect(corroborate(hits, "own" as PublicKey, () => null)).toBe(hits);
});
