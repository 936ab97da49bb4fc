/** What a mind holds beside one memory: the nearest others, as a window of recall that never grows with the memory. */
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Recall, RecallHit } from "../retrieval/recall.ts";
import { fillWindow } from "../retrieval/window.ts";

/** Room for a dozen passages of the length that documents are remembered in. */
const BESIDE_TOKENS = 2_400;

/**
 * Each by itself, since a pair of them becomes a thought that names both.
 *
 * @param nearest how many are looked at, few on purpose: with 64 one of 35 thoughts put
 *   together what does not belong together, with 10 none (`bun run eval cognition`).
 */
export async function relatedTo(
  { id, content }: { readonly id: EntryId; readonly content: string },
  nearest: number,
  recall: Pick<Recall, "search">,
): Promise<readonly RecallHit[]> {
  const hits = await recall.search({ text: content, k: nearest, labels: LABELS, kinds: ["memory"] });
  // It is held already, and would come first: beside a perfect match all others are noise.
  const others = hits.filter((hit) => hit.id !== id);
  return fillWindow(others, BESIDE_TOKENS).passages.flatMap(({ members }) => members);
}
