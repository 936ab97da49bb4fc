/** Who corroborates whom, and that it slows fading and does nothing else. */
import { describe, expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { decoherence } from "../quantum/decoherence.ts";
import type { Candidate } from "./index-reader.ts";
import { corroborationsOf, type RecallWeights, rankCandidates } from "./ranking.ts";

const DAY_MS = 86_400_000;
const NOW = 1_800_000_000_000;

/** Authors are named `<house>-<number>`; an author without a number belongs to nobody known. */
const houseOf = (author: PublicKey) => (author.includes("-") ? (author.split("-")[0] as PublicKey) : null);
const CLAIM = Uint32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const OTHER = Uint32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);

function said(author: string, terms: Uint32Array, ageDays = 0): Candidate {
  return {
    id: `${author} ${ageDays}` as EntryId,
    kind: "memory",
    label: "public",
    author: author as PublicKey,
    knownAt: NOW - ageDays * DAY_MS,
    relevance: 1,
    parts: {},
    terms,
  } as unknown as Candidate;
}

describe("corroboration", () => {
  test("is another house that says the same; one number off is another claim, and the same house says it once", () => {
    const entries = [said("a-1", CLAIM), said("a-2", CLAIM), said("b-1", CLAIM), said("c-1", OTHER)];
    expect(corroborationsOf(entries, houseOf)).toEqual([1, 1, 1, 0]);
    expect(corroborationsOf([...entries, said("unknown", CLAIM)], houseOf)).toEqual([1, 1, 1, 0, 0]);
    expect(corroborationsOf(entries, undefined)).toEqual([0, 0, 0, 0]);
    expect(corroborationsOf(entries, () => null)).toEqual([0, 0, 0, 0]);
  });

  test("never counts more than two houses, one's own, or what one house repeats", () => {
    const entry = fc.record({
      author: fc.constantFrom("a-1", "a-2", "b-1", "b-2", "c-1", "d-1", "nobody"),
      terms: fc.constantFrom(CLAIM, OTHER),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), entry, (list, more) => {
        const entries = list.map(({ author, terms }) => said(author, terms));
        const counts = corroborationsOf(entries, houseOf);
        for (const [at, count] of counts.entries()) {
          const { author, terms } = entries[at] as Candidate;
          const own = houseOf(author);
          const houses = new Set(
            entries.filter((other) => other.terms === terms).map((other) => houseOf(other.author)),
          );
          houses.delete(null);
          if (own !== null) houses.delete(own);
          expect(count).toBe(own === null ? 0 : Math.min(2, houses.size));
        }
        // Whoever says it again changes nobody's count but by being another house.
        const again = corroborationsOf([...entries, said(more.author, more.terms), ...entries], houseOf);
        for (const [at, count] of counts.entries()) expect(again[at]).toBeGreaterThanOrEqual(count);
      }),
    );
  });

  test("slows fading: an old claim of two houses comes before a newer one of one, and without ages nothing moves", () => {
    const entries = [said("a-1", CLAIM, 300), said("b-1", CLAIM, 290), said("c-1", OTHER, 200)];
    const order = (weights: Partial<RecallWeights>) =>
      rankCandidates(entries, { decoherence, trust: () => 1, ...weights }, NOW, 3).map(
        ({ candidate }) => candidate.author as string,
      );
    expect(order({})[0]).toBe("c-1");
    expect(order({ houseOf })[0]).toBe("b-1");
    expect(order({ houseOf, decoherence: () => 1 })).toEqual(order({ decoherence: () => 1 }));
    const [best] = rankCandidates(entries, { decoherence, houseOf, trust: () => 1 }, NOW, 3);
    expect(best?.explain.decoherence).toBeCloseTo(decoherence("memory", 290 * DAY_MS, 1), 12);
  });
});

describe("what quotes a memory", () => {
  const FAR = Uint32Array.from([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  const note = { ...said("a-1", CLAIM), relevance: 1.6 };
  const answer = (relevance: number, terms = CLAIM): Candidate => ({
    ...said(`answer ${relevance}`, terms),
    kind: "synthesis",
    relevance,
  });
  const order = (candidates: readonly Candidate[], trust: RecallWeights["trust"] = () => 1) =>
    rankCandidates(candidates, { decoherence: () => 1, trust }, NOW, 10).map(({ candidate }) => candidate);

  test("comes after it and after what says something else, though it fits the question better", () => {
    const other = { ...said("b-1", FAR), relevance: 0.5 };
    const [first, second, ...rest] = order([answer(1.9), answer(1.8), note, other]);
    expect([first, second]).toEqual([note, other]);
    expect(rest.map(({ kind }) => kind)).toEqual(["synthesis", "synthesis"]);
  });

  test("does not step back for a memory whose author is hardly trusted, nor for one that says something else", () => {
    const [first] = order([answer(1.9), note], (author) => (author === "a-1" ? 0.1 : 1));
    expect(first?.kind).toBe("synthesis");
    expect(order([answer(1.9, FAR), note])[0]?.kind).toBe("synthesis");
  });

  test("hits stay in the order of their scores", () => {
    const some = fc.record({
      terms: fc.constantFrom(CLAIM, OTHER, FAR),
      kind: fc.constantFrom("memory" as const, "synthesis" as const, "thought" as const),
      relevance: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (list) => {
        const candidates = list.map((one, at) => ({ ...said(`x-${at}`, one.terms), ...one }));
        const scores = rankCandidates(candidates, { decoherence: () => 1, trust: () => 1 }, NOW, 20).map(
          (hit) => hit.score,
        );
        expect(scores).toHaveLength(list.length);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });
});
