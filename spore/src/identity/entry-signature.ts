/** Makes and checks signed entries (shared/src/contract/entry.ts states the rule). */

import { createHash } from "node:crypto";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Entry, SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import type { KeyPair } from "./keypair.ts";
import { verifySignature } from "./signature.ts";

/** SHA-256 of an entry's canonical text, 64 lowercase hex. */
export function entryIdOf(text: string): EntryId {
  return createHash("sha256").update(text).digest("hex") as EntryId;
}

/** @returns the signed entry and the canonical text that was hashed. */
export function signEntry<L extends Label>(
  entry: Entry<L>,
  key: KeyPair,
): { readonly signed: SignedEntry<L>; readonly text: string } {
  const text = canonicalJson(entry);
  const id = entryIdOf(text);
  return { signed: { id, signature: key.sign(signingBytes("entry", id)), entry }, text };
}

/** True when the author named in the entry's replica signed this id. */
export function isEntrySigned(id: EntryId, entry: Entry, signature: string): boolean {
  return verifySignature(replicaKey(entry.replica), signingBytes("entry", id), signature);
}
