/** A ranked candidate with its entry's content: what a question gets back. Pure. */
import { contentOf } from "@synapse/shared/contract/entry.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { metadataOf } from "./document.ts";
import type { RankedCandidate } from "./ranking.ts";
import type { RecallHit } from "./recall.ts";
import type { Placed } from "./window.ts";

export function toHit({ candidate, score, explain }: RankedCandidate, stored: StoredEntry): RecallHit {
  const metadata = metadataOf(stored);
  return {
    id: candidate.id,
    score,
    content: contentOf(stored.entry) ?? "",
    kind: candidate.kind,
    label: candidate.label,
    author: candidate.author,
    createdAt: candidate.createdAt,
    ...(metadata === null ? {} : { metadata }),
    explain,
    before: candidate.before,
    after: candidate.after,
  };
}

export function toPlaced({ hit, stored }: { hit: RecallHit; stored: StoredEntry }): Placed {
  const sequence = stored.entry.kind === "memory" ? stored.entry.body.sequence : undefined;
  const document = sequence === undefined ? null : `${hit.author}\n${sequence.document}`;
  return { hit, document, position: sequence?.index ?? 0 };
}
