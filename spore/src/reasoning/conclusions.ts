/**
 * Which earlier answers may inform a new one: those that trusted spores agreed on, that no stranger had a hand in,
 * and that no trusted validator disputed without another confirming it.
 *
 * Without the second condition a falsehood of a stranger, once believed, would come back as one's own answer: taint must
 * not be washed off by repeating it. An answer is tainted when any of its contributions was shown a stranger's memory.
 */
import { isKind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

export interface ConclusionsDeps {
  readonly get: (ids: readonly EntryId[]) => Promise<readonly StoredEntry[]>;
  /** Entries that belong to a task. */
  readonly ofTask: (task: EntryId) => Promise<readonly StoredEntry[]>;
  readonly isTrusted: (spore: PublicKey) => boolean;
  readonly isOwn: (spore: PublicKey) => boolean;
}

/** Answers remembered as clean or tainted; entries never change, so neither does this. */
const REMEMBERED_MAX = 10_000;

export function createConclusions({ get, ofTask, isTrusted, isOwn }: ConclusionsDeps) {
  const clean = new Map<EntryId, boolean>();

  async function isClean(synthesis: StoredEntry): Promise<boolean> {
    const known = clean.get(synthesis.id);
    if (known !== undefined) return known;
    const inputs = await get([...synthesis.entry.parents]);
    const spoken = inputs.filter((one) => isKind(one, "contribution"));
    const shown = await get([...new Set(spoken.flatMap(({ entry }) => entry.parents))]);
    const result = [...inputs, ...shown].every(
      ({ entry }) => entry.kind !== "memory" || isOwn(replicaKey(entry.replica)),
    );
    if (clean.size >= REMEMBERED_MAX) clean.clear();
    clean.set(synthesis.id, result);
    return result;
  }

  /** A verdict may come late, so it is looked up each time. */
  async function isDisputed({ id, entry: { body } }: StoredEntry<Label, "synthesis">): Promise<boolean> {
    const verdicts = (await ofTask(body.task)).flatMap((one) =>
      isKind(one, "answer") && one.entry.body.synthesis === id && isTrusted(replicaKey(one.entry.replica))
        ? [one.entry.body.verdict]
        : [],
    );
    return verdicts.includes("disputed") && !verdicts.includes("confirmed");
  }

  return async (ids: readonly EntryId[]): Promise<ReadonlySet<EntryId>> => {
    const allowed = new Set<EntryId>();
    for (const one of await get(ids)) {
      if (!isKind(one, "synthesis") || one.entry.body.outcome !== "converged") continue;
      if (isTrusted(replicaKey(one.entry.replica)) && (await isClean(one)) && !(await isDisputed(one)))
        allowed.add(one.id);
    }
    return allowed;
  };
}
