/**
 * An entry as it travels between spores, as a type that only the replica can make.
 *
 * The brand is the compile-time half of the knowledge wall: `sealEntry` takes an `Entry` whose label type may leave
 * the spore, and the gossip encoder takes nothing but sealed entries, so sending a private entry does not compile.
 */
import { assert } from "@synapse/shared/assert.ts";
import type { SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";

declare const sealed: unique symbol;

/** `text` is the canonical JSON of the entry, `signature` base64url; the entry's id is SHA-256(text). */
export interface WireEntry<L extends SharedLabel = SharedLabel> {
  readonly text: string;
  readonly signature: string;
  readonly scope: L;
  readonly [sealed]: true;
}

/** What stands behind the body in canonical text: members in order, and neither ids nor keys hold a quote or bracket. */
const ENVELOPE_END = /^"label":"([a-z]+)","parents":\[[^\]]*\],"replica":"[^"]*","v":\d+\}$/;
const LABEL_NAME = '"label":"';

/** The same for text that was read from the database: its own label, in the bytes that would be sent, has to be the scope. */
export function sealText<L extends SharedLabel>(scope: L, text: string, signature: string): WireEntry<L> {
  const label = ENVELOPE_END.exec(text.slice(text.lastIndexOf(LABEL_NAME)))?.[1];
  assert(label === scope, "only entries of the scope can be sealed for it");
  return { text, signature, scope } as WireEntry<L>;
}

/** The check at run time repeats what the types say, for entries whose label was read from a database. */
export function sealEntry<L extends SharedLabel>(signed: SignedEntry<L>, text: string): WireEntry<L> {
  const { label } = signed.entry;
  assert(label === "public" || label === "cluster", "only shared entries can be sealed for the wire");
  return { text, signature: signed.signature, scope: label } as WireEntry<L>;
}
