/** Whether what a contribution quotes stands in the memory it names: only such quotations are passed on in an answer. */
import { type Citation, contentOf } from "@synapse/shared/contract/entry.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Aggregate } from "@synapse/shared/rule/aggregate.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Store } from "../replica/store.ts";
import type { TaskState } from "./task-state.ts";

export function standsIn({ entry }: StoredEntry, { quote }: Citation): boolean {
  return quote === "" || (contentOf(entry) ?? "").includes(quote);
}

/**
 * Looks up what the voices behind the winner quote. A memory that is not held here may still be on its way, so a voice
 * that is heard is believed for the time being (whoever validates looks again), a stranger's is not.
 */
export async function readQuotations(
  { contributions }: TaskState,
  { winner }: Aggregate,
  store: Pick<Store, "get">,
  isHeard: (spore: PublicKey) => boolean,
): Promise<(citation: Citation, author: PublicKey) => boolean> {
  const members = new Set(winner?.members);
  const cited = contributions
    .filter(({ id }) => members.has(id))
    .flatMap(({ entry }) => entry.body.citations);
  const sources = new Map(
    (await store.get([...new Set(cited.map(({ id }) => id))])).map((one) => [one.id, one]),
  );
  return (citation, author) => {
    const source = sources.get(citation.id);
    return source === undefined ? isHeard(author) : standsIn(source, citation);
  };
}
