/** Cards by the first characters of their keys: the one spore that is meant, or nobody. */
import { expect, test } from "bun:test";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { type KnownCard, sealCard } from "./card-reader.ts";
import { PeerCards } from "./peer-cards.ts";
import { NAME_CHARS } from "./request-signature.ts";

const NOW = 1_000_000;
const keyOf = (start: string) => start.padEnd(43, "A") as PublicKey;

/** Cards of any key, and a reader that takes them for genuine: keys that begin alike cannot be made to order. */
function cardsOf(self: string) {
  const known = new Map<string, KnownCard>();
  const read = (item: { readonly text: string }) => ok(known.get(item.text) as KnownCard);
  const cards = new PeerCards(keyOf(self), read, () => null, {
    standingOf: () => "stranger",
    knownSince: () => 0,
    random: () => 0,
    onPushedOut: () => undefined,
  });
  let issued = 0;
  return {
    cards,
    admit(key: PublicKey, expiresAt = NOW + 1_000): void {
      const text = `${key} ${++issued}`;
      const certificate = { spore: key, operator: keyOf("operator"), expires_at: null };
      const card = { certificate, issued_at: issued, expires_at: expiresAt } as unknown as PeerCard;
      known.set(text, { id: sha256Hex(text) as EntryId, card, wire: sealCard(text, "") });
      expect(cards.admit({ text, signature: "" }, NOW).ok).toBe(true);
    },
  };
}

test("a name stands for one key, for none, or for none of several", () => {
  const { cards, admit } = cardsOf("self");
  const [one, twin, other] = [keyOf("abcdefgh1"), keyOf("abcdefgh2"), keyOf("ABCDEFGH")];
  expect(one.slice(0, NAME_CHARS)).toBe(twin.slice(0, NAME_CHARS));
  expect(cards.keyOf("abcdefgh")).toBe(null);
  admit(one);
  admit(other);
  expect([cards.keyOf("abcdefgh"), cards.keyOf("ABCDEFGH")]).toEqual([one, other]);
  admit(twin, NOW + 10);
  expect([cards.keyOf("abcdefgh"), cards.keyOf("ABCDEFGH")]).toEqual([null, other]);
  // A newer card of one of them changes nothing.
  admit(one);
  expect(cards.keyOf("abcdefgh")).toBe(null);
  // When the other's card has expired, the name is the first one's again.
  expect(cards.expire(NOW + 20)).toEqual([twin]);
  expect(cards.keyOf("abcdefgh")).toBe(one);
  expect(cards.expire(NOW + 2_000).toSorted()).toEqual([one, other].toSorted());
  expect([cards.keyOf("abcdefgh"), cards.keyOf("ABCDEFGH")]).toEqual([null, null]);
});
