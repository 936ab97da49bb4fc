/** What is to be written, before it has a place, a time and a signature. */

import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { type Body, ENTRY_BYTES_MAX, type Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";

export interface Draft<L extends Label = Label, K extends Kind = Kind> {
  readonly label: L;
  readonly kind: K;
  readonly body: Body<K>;
  readonly parents?: readonly EntryId[];
}

/** A draft with the canonical text of its body, made once. */
export interface EncodedDraft {
  readonly draft: Draft;
  readonly bodyText: string;
}

export function encodeDraft(draft: Draft): EncodedDraft {
  return { draft, bodyText: canonicalJson(draft.body) };
}

/** The envelope around a body takes under 400 bytes, and 67 for each parent. */
export function fitsEntry({ draft, bodyText }: EncodedDraft): boolean {
  const room = ENTRY_BYTES_MAX - 400 - 67 * (draft.parents?.length ?? 0);
  // One UTF-16 unit is at most three bytes: most bodies need no exact count.
  return bodyText.length * 3 <= room || Buffer.byteLength(bodyText) <= room;
}
