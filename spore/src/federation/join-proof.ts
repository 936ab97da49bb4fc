/**
 * What a joiner signs, the same at both ends: that it holds the key of this card, wants to join at this spore, with this
 * invitation, now. Pure.
 */

import { sha256Hex } from "@synapse/shared/hash.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { digestOf, signingBytes } from "@synapse/shared/signing.ts";

export interface JoinFacts {
  /** The key of the spore that is joined at. */
  readonly audience: PublicKey;
  /** SHA-256 of the card's text. */
  readonly card: string;
  readonly invite: string | undefined;
  /** The challenge. */
  readonly nonce: string;
}

export function joinMessage({ audience, card, invite, nonce }: JoinFacts): Uint8Array<ArrayBuffer> {
  const facts = { audience, card, invite: invite === undefined ? null : sha256Hex(invite), nonce };
  return signingBytes("join", digestOf(facts));
}
