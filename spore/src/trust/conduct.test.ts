/** Breaches that stand in the entries: each is found, and honest entries show none. */
import { expect, test } from "bun:test";
import type { SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { contributionBody, createActor } from "../testing/actor.ts";
import { causalBreaches, forkedHistory, inconsistencies } from "./conduct.ts";

const actor = createActor("spore-1");
const stored = (signed: SignedEntry): StoredEntry => ({ ...signed, seq: 1, receivedAt: 1 }) as StoredEntry;
const task = actor.sign("task", { description: "How many?", priority: "normal" }, { ms: 10 });
const memory = actor.sign("memory", { content: "There are seven." }, { ms: 11 });

test("an honest contribution breaches nothing", () => {
  const honest = actor.sign(
    "contribution",
    contributionBody(task.id, "Seven.", { citations: [{ id: memory.id, quote: "seven" }] }),
    { parents: [task.id, memory.id], ms: 20 },
  );
  expect(causalBreaches(stored(honest), [stored(task), stored(memory)])).toEqual([]);
  expect(inconsistencies(honest, [honest], undefined)).toEqual([]);
});

test("a clock before its parents', and a citation of what was not shown, are breaches of causality", () => {
  const early = actor.sign("contribution", contributionBody(task.id, "Seven."), {
    parents: [task.id],
    ms: 5,
  });
  expect(causalBreaches(stored(early), [stored(task)])).toMatchObject([
    { dimension: "causality", subject: actor.publicKey, proof: [early.id, task.id] },
  ]);
  const unshown = actor.sign(
    "contribution",
    contributionBody(task.id, "Seven.", { citations: [{ id: memory.id, quote: "seven" }] }),
    { parents: [task.id], ms: 20 },
  );
  expect(causalBreaches(stored(unshown), [stored(task)])).toMatchObject([{ dimension: "causality" }]);
});

test("a second vote in one cycle, and a value the text denies, are inconsistent", () => {
  const first = actor.sign("contribution", contributionBody(task.id, "Seven."), { ms: 20 });
  const second = actor.sign("contribution", contributionBody(task.id, "Eight."), { ms: 21 });
  expect(inconsistencies(first, [first, second], undefined)).toEqual([]);
  expect(inconsistencies(second, [first, second], undefined)).toMatchObject([
    { dimension: "consistency", proof: [second.id, first.id] },
  ]);
  const torn = actor.sign("contribution", contributionBody(task.id, "The answer is 7.", { value: "8" }), {
    ms: 22,
  });
  expect(inconsistencies(torn, [torn], { type: "number" })).toMatchObject([{ dimension: "consistency" }]);
  const argued = actor.sign(
    "contribution",
    contributionBody(task.id, "Seven, since 3 and 4 make it.", { value: "7" }),
    { ms: 23 },
  );
  expect(inconsistencies(argued, [argued], { type: "number" })).toEqual([]);
});

test.each([
  ["The answer is not 5, it is 7.", "7"],
  ["The final answer is 36. I checked it in 2 ways.", "36"],
  ["The answer is 12 eggs for 3 dollars each, so 36 dollars in total.", "36"],
  ["The answer is 3/4", "0.75"],
  ["The answer is 25%", "0.25"],
  ["The answer is approximately 3.14", "3.14159"],
  ["The answer is **3.14**.", "3.14159"],
  ["The answer is 1,234.50", "1234.5"],
  ["The answer is 15. A tempting answer is 10.", "15"],
  ["The answer: 4 boxes × 6 = 24 apples.", "24"],
])("%p is no other answer than %p", (text, value) => {
  const one = actor.sign("contribution", contributionBody(task.id, text, { value }), { ms: 30 });
  expect(inconsistencies(one, [one], { type: "number" })).toEqual([]);
});

test.each([
  ["The final answer is 36. I checked it in 2 ways.", "35"],
  ["The answer is **3.14**.", "3.15"],
  ["Some say the answer is 4. The answer is 5.", "6"],
])("%p is another answer than %p", (text, value) => {
  const one = actor.sign("contribution", contributionBody(task.id, text, { value }), { ms: 31 });
  expect(inconsistencies(one, [one], { type: "number" })).toHaveLength(1);
});

test("a choice is another only where a letter or an option stands alone", () => {
  const form = { type: "choice" as const, options: ["Paris", "London"] };
  const breaches = (text: string, value: string) => {
    const one = actor.sign("contribution", contributionBody(task.id, text, { value }), { ms: 32 });
    return inconsistencies(one, [one], form).length;
  };
  expect(breaches("The usual answer is London, but it is Paris.", "Paris")).toBe(0);
  expect(breaches("The answer is A.", "Paris")).toBe(0);
  expect(breaches("The answer is London.", "Paris")).toBe(1);
});

test("a forked history is a breach of integrity that names both entries", () => {
  expect(forkedHistory({ author: actor.publicKey, first: task.id, second: memory.id })).toMatchObject({
    dimension: "integrity",
    proof: [memory.id, task.id],
  });
});
