/** The author can prove an origin; nobody else can find it, and one proof opens nothing else. */
import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";
import { isProven, provenanceOf } from "./provenance.ts";

const idOf = (name: string) => createHash("sha256").update(name).digest("hex") as EntryId;
const secret = randomBytes(32);

test("an opening proves one source of one claim, and no other", () => {
  const proof = provenanceOf(secret, idOf("a"), "claim one");
  expect(isProven(proof, "claim one")).toBe(true);
  expect(isProven(proof, "claim two")).toBe(false);
  expect(isProven({ ...proof, source: idOf("b") }, "claim one")).toBe(false);
  expect(isProven({ ...proof, opening: proof.tag }, "claim one")).toBe(false);
  expect(isProven({ ...proof, tag: "" }, "claim one")).toBe(false);
});

test("without the secret a tag cannot be linked to a source, nor to another claim of the same source", () => {
  const mine = provenanceOf(secret, idOf("a"), "claim one");
  const guess = provenanceOf(randomBytes(32), idOf("a"), "claim one");
  expect(guess.tag).not.toBe(mine.tag);
  expect(provenanceOf(secret, idOf("a"), "claim two").tag).not.toBe(mine.tag);
  expect(provenanceOf(secret, idOf("a"), "claim one")).toEqual(mine);
});
