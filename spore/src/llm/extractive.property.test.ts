import { expect, test } from "bun:test";
import { citationSchema, ROLES, type Role } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { reasonExtractively } from "./extractive.ts";

const words = fc.array(
  fc.oneof(
    fc.constantFrom(
      "Ada",
      "river",
      "not",
      "went",
      "yesterday",
      "12",
      "1,5",
      "port",
      "?",
      ".",
      "\n",
      "“",
      "[",
      "{",
    ),
    fc.string({ unit: "grapheme", maxLength: 6 }),
  ),
  { maxLength: 40 },
);
const passages = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16).padStart(64, "0") as EntryId),
    content: words.map((list) => list.join(" ")).filter((text) => text !== ""),
    score: fc.double({ min: -5, max: 50, noNaN: true }),
    metadata: fc.dictionary(
      fc.constantFrom("speaker", "date", "x"),
      fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
    ),
  }),
  { selector: ({ id }) => id, maxLength: 15 },
);
const input = fc.record({
  question: words.map((list) => list.join(" ")),
  passages,
  role: fc.constantFrom(...ROLES),
});

test("quotes are substrings of the memories they cite, and the reply keeps the contract's limits", () => {
  fc.assert(
    fc.property(input, (given) => {
      const reply = reasonExtractively(given);
      const contentById = new Map(given.passages.map(({ id, content }) => [id, content]));
      for (const citation of reply.citations) {
        expect(citationSchema.safeParse(citation).success).toBe(true);
        expect(contentById.get(citation.id) ?? "").toContain(citation.quote);
      }
      expect(reply.citations.length).toBeLessThanOrEqual(12);
      expect(reply.confidence).toBeGreaterThanOrEqual(0);
      expect(reply.confidence).toBeLessThanOrEqual(1);
      expect(reply.claims.every((claim) => claim.length > 0 && claim.length <= 400)).toBe(true);
      expect(reply.claims.length).toBeLessThanOrEqual(8);
      expect(reply.hypothesis.length).toBeLessThanOrEqual(4_000);
      if (reply.abstain) expect(reply.hypothesis).toBe("");
      else {
        const total = reply.hypotheses.reduce((sum, { weight }) => sum + weight, 0);
        expect(total).toBeCloseTo(1, 6);
        expect(reply.hypothesis).not.toBe("");
      }
    }),
  );
});

test("the answer depends neither on the role nor on the order in which the memories arrive", () => {
  fc.assert(
    fc.property(input, fc.constantFrom<Role>(...ROLES), (given, role) => {
      const reply = reasonExtractively(given);
      const other = reasonExtractively({ ...given, role, passages: given.passages.toReversed() });
      expect(other.hypothesis).toBe(reply.hypothesis);
      expect(other.confidence).toBe(reply.confidence);
    }),
  );
});
