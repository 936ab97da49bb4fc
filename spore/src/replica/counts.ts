/** How many memories there are, by label: a small view of the change feed, so that health never asks the database. */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { StoredEntry } from "./feed.ts";
import type { Replica } from "./replica.ts";
import type { Store } from "./store.ts";

/** What counts as a memory: what people and spores remembered, not the traffic of reasoning. */
const MEMORY_KINDS: ReadonlySet<Kind> = new Set(["memory", "thought"]);

export interface MemoryCounts {
  of(label: Label): number;
  total(): number;
}

export async function countMemories(store: Store, replica: Replica): Promise<MemoryCounts> {
  const byLabel: Record<Label, number> = { private: 0, cluster: 0, public: 0 };
  for (const { kind, label, count } of await store.countsByKind()) {
    if (MEMORY_KINDS.has(kind)) byLabel[label] += count;
  }
  replica.subscribe((entries: readonly StoredEntry[]) => {
    for (const { entry } of entries) if (MEMORY_KINDS.has(entry.kind)) byLabel[entry.label]++;
  });
  return {
    of: (label) => byLabel[label],
    total: () => byLabel.private + byLabel.cluster + byLabel.public,
  };
}
