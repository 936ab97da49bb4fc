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

/** The signed entry with the canonical text that was hashed. Id and text are made at once, the signature off-thread. */
export async function signEntry<L extends Label>(
  entry: Entry<L>,
  key: KeyPair,
): Promise<SignedEntry<L> & { readonly text: string }> {
  const text = canonicalJson(entry);
  const id = entryIdOf(text);
  return { id, signature: await key.signLater(signingBytes("entry", id)), entry, text };
}

/** True when the author named in the entry's replica signed this id. */
export function isEntrySigned(id: EntryId, entry: Entry, signature: string): boolean {
  return verifySignature(replicaKey(entry.replica), signingBytes("entry", id), signature);
}
