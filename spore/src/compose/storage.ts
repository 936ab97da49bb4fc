/** Joins what keeps entries: the store, the replica and one set index for each replicated label. */
import { SHARED_LABELS, type SharedLabel } from "@synapse/shared/contract/label.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { SporeConfig } from "../config.ts";
import type { SporeIdentity } from "../identity/spore-identity.ts";
import type { Log } from "../log.ts";
import { openReplica } from "../replica/open-replica.ts";
import type { Replica } from "../replica/replica.ts";
import { SetIndex } from "../replica/set-index.ts";
import type { Store, StoreError } from "../replica/store.ts";

/** Ids read at once while the set indexes are filled at start. */
const INDEX_BATCH = 10_000;

export interface Storage {
  readonly replica: Replica;
  readonly store: Store;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
}

export async function openStorage(
  config: SporeConfig,
  { key, certificate }: SporeIdentity,
  log: Log,
): Promise<Result<Storage, StoreError>> {
  const indexes = new Map<SharedLabel, SetIndex>();
  const opened = await openReplica({
    url: config.databaseUrl,
    ...(config.databaseToken ? { token: config.databaseToken } : {}),
    key,
    certificate,
    insertIntoIndex: (scope, id) => indexes.get(scope)?.insert(id),
    now: Date.now,
    warn: log.warn,
  });
  if (!opened.ok) return opened;
  const { replica, store } = opened.value;
  for (const scope of SHARED_LABELS) {
    const index = new SetIndex((prefix) => store.idsByPrefix(scope, prefix));
    for (let seq = 0; ; ) {
      const batch = await store.idsAfter(scope, seq, INDEX_BATCH);
      for (const { id } of batch) index.insert(id);
      if (batch.length < INDEX_BATCH) break;
      seq = batch.at(-1)?.seq ?? seq;
    }
    indexes.set(scope, index);
  }
  return ok({ replica, store, indexes: Object.fromEntries(indexes) as Record<SharedLabel, SetIndex> });
}
