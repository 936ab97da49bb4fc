/**
 * Who may hold an entry, from the most restricted to the least:
 * `private` stays on the spore that wrote it, `cluster` goes to spores of the same operator, `public` to everyone.
 */
import { z } from "zod";

export const LABELS = ["private", "cluster", "public"] as const;
export const labelSchema = z.enum(LABELS);
export type Label = z.infer<typeof labelSchema>;

/** The labels that may leave a spore. The gossip encoder accepts nothing else: a leak does not compile. */
export type SharedLabel = Exclude<Label, "private">;
export const SHARED_LABELS: readonly SharedLabel[] = ["public", "cluster"];

/** The most restricted of the given labels; what a derived entry must carry at least. */
export function mostRestricted(labels: Iterable<Label>): Label {
  let rank = LABELS.length - 1;
  for (const label of labels) rank = Math.min(rank, LABELS.indexOf(label));
  return LABELS[rank] as Label;
}

/** True when `a` may be known by fewer spores than `b`. */
export function isMoreRestricted(a: Label, b: Label): boolean {
  return LABELS.indexOf(a) < LABELS.indexOf(b);
}
