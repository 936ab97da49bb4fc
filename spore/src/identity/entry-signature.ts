/** Makes and checks signed entries (shared/src/contract/entry.ts states the rule). */

import { hash } from "node:crypto";
import type { Entry } from "@synapse/shared/contract/entry.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { verifySignature } from "./signature.ts";

/** SHA-256 of an entry's canonical text, 64 lowercase hex. */
export function entryIdOf(text: string): EntryId {
  return hash("sha256", text, "hex") as EntryId;
}

/**
 * The canonical text of an entry whose body is canonical text already. The members of an envelope are few and known, so
 * they are written in their order instead of being sorted for each entry; a test holds this to `canonicalJson`.
 */
export function entryText(entry: Omit<Entry, "body">, bodyText: string): string {
  const { clock, counter, kind, label, parents, replica, v } = entry;
  const ids = parents.length === 0 ? "" : `"${parents.join('","')}"`;
  return `{"body":${bodyText},"clock":[${clock[0]},${clock[1]}],"counter":${counter},"kind":"${kind}","label":"${label}","parents":[${ids}],"replica":"${replica}","v":${v}}`;
}

/** True when the author named in the entry's replica signed this id. */
export function isEntrySigned(id: EntryId, entry: Entry, signature: string): boolean {
  return verifySignature(replicaKey(entry.replica), signingBytes("entry", id), signature);
}
