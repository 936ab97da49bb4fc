/** The quick way to an entry's canonical text gives the canonical text. */
import { expect, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { type Entry, KINDS } from "@synapse/shared/contract/entry.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { entryText } from "./entry-signature.ts";

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });

test("entryText equals canonicalJson for any envelope", () => {
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom(...KINDS),
        label: fc.constantFrom(...LABELS),
        replica: hex(16).map((text) => `${"A_-z".repeat(11).slice(0, 43)}.${text}` as ReplicaId),
        counter: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        clock: fc.tuple(
          fc.integer({ min: 0, max: 253_402_300_799_999 }),
          fc.integer({ min: 0, max: 0xffff_ffff }),
        ),
        parents: fc.array(hex(64) as fc.Arbitrary<EntryId>, { maxLength: 5 }),
        content: fc.string({ unit: "grapheme" }),
      }),
      ({ content, ...envelope }) => {
        const entry = { v: 1, ...envelope, body: { content } } as unknown as Entry;
        expect(entryText(entry, canonicalJson(entry.body))).toBe(canonicalJson(entry));
      },
    ),
  );
});
