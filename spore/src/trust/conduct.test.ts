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

test("a forked history is a breach of integrity that names both entries", () => {
  expect(forkedHistory({ author: actor.publicKey, first: task.id, second: memory.id })).toMatchObject({
    dimension: "integrity",
    proof: [memory.id, task.id],
  });
});
