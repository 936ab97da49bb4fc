import { expect, test } from "bun:test";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { isPublicWord } from "./wall.ts";

const [self, sibling, stranger] = ["self", "sibling", "stranger"] as PublicKey[] as [
  PublicKey,
  PublicKey,
  PublicKey,
];
const isOwn = (author: PublicKey) => author !== stranger;
const by = (author: PublicKey, content = "Aldermoor has a harbour.") => [{ author, content }];

test("a word is public where somebody else wrote it, as it stands; another spore of the same commander is nobody else", () => {
  expect(isPublicWord("Aldermoor", by(stranger), isOwn)).toBe(true);
  expect(isPublicWord("Aldermoor", by(self), isOwn)).toBe(false);
  expect(isPublicWord("Aldermoor", by(sibling), isOwn)).toBe(false);
  expect(isPublicWord("Aldermoor", [...by(sibling), ...by(stranger)], isOwn)).toBe(true);
  expect(isPublicWord("Alder", by(stranger), isOwn)).toBe(false);
  expect(isPublicWord("C++", by(stranger, "Written in C++, mostly."), isOwn)).toBe(true);
});
