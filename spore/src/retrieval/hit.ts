/** Entries with their contents as hits: what a question got back, or what somebody named. Pure. */
import { contentOf } from "@synapse/shared/contract/entry.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { metadataOf } from "./document.ts";
import type { RankedCandidate } from "./ranking.ts";
import type { RecallHit } from "./recall.ts";

function placeOf({ entry }: StoredEntry): Pick<RecallHit, "place"> {
  const sequence = entry.kind === "memory" ? entry.body.sequence : undefined;
  return sequence === undefined ? {} : { place: sequence };
}

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
    ...placeOf(stored),
    explain,
    before: candidate.before,
    after: candidate.after,
  };
}

/** An entry that somebody named, so that it fills a window like a found one; `score` says what it is worth there. */
export function namedHit(stored: StoredEntry, score: number): RecallHit {
  const { id, entry } = stored;
  return {
    id,
    score,
    content: contentOf(entry) ?? "",
    kind: entry.kind,
    label: entry.label,
    author: replicaKey(entry.replica),
    createdAt: entry.clock[0],
    ...placeOf(stored),
    explain: {},
    before: [],
    after: [],
  };
}
