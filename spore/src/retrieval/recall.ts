/**
 * Recall as the rest of the spore sees it. Behind it stands an index that is folded from the change feed, derived and
 * disposable: entries are the truth.
 */

import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";

/** `L` names the layers asked: hits of a question about public memories are typed as public. */
export interface RecallQuery<L extends Label = Label> {
  readonly text: string;
  /** At most this many hits. */
  readonly k: number;
  /** Only entries of these labels are even looked at: the private and collective layers never mix by accident. */
  readonly labels: readonly L[];
  readonly kinds?: readonly Kind[];
  readonly author?: PublicKey;
  readonly task?: EntryId;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** "explore" widens the query with the words of the first hits (pseudo-relevance feedback). */
  readonly mode?: "precise" | "explore";
}

export interface RecallHit<L extends Label = Label> {
  readonly id: EntryId;
  readonly score: number;
  readonly content: string;
  readonly kind: Kind;
  readonly label: L;
  readonly author: PublicKey;
  readonly createdAt: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Where it stands in a document or conversation of its author; absent where it is no part of one. */
  readonly place?: { readonly document: string; readonly index: number };
  /** Each component of the score by name. */
  readonly explain: Readonly<Record<string, number>>;
  /** What it was made from or what preceded it, and what followed or was made from it; of the layers asked, a few each. */
  readonly before: readonly EntryId[];
  readonly after: readonly EntryId[];
}

/** One or more neighbouring hits as one text; id and score are those of the best of them. */
export interface RecallPassage<L extends Label = Label> extends RecallHit<L> {
  /** The hits whose contents, in this order and joined by line breaks, are `content`: a quotation is of one of them. */
  readonly members: readonly RecallHit<L>[];
}

export interface RecallWindow<L extends Label = Label> {
  readonly passages: readonly RecallPassage<L>[];
  /** Tokens used, by the estimate of tokens.ts. */
  readonly tokens: number;
}

export interface Recall {
  search<L extends Label>(query: RecallQuery<L>): Promise<readonly RecallHit<L>[]>;
  /** The passages of most value per token that fit the budget, the same size whatever the memory holds. */
  window<L extends Label>(query: Omit<RecallQuery<L>, "k">, budgetTokens: number): Promise<RecallWindow<L>>;
}

/** The index can be neither opened nor made, a full or read-only disk perhaps. It is tried again all the while. */
export class RecallUnavailable extends Error {}
