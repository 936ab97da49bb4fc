/** Opens what keeps entries: the store, the replica, one set index for each replicated label, and their checkpoints. */
import type { Result } from "@synapse/shared/result.ts";
import type { SporeConfig } from "../config.ts";
import type { SporeIdentity } from "../identity/spore-identity.ts";
import type { Log } from "../log.ts";
import { type OpenedReplica, openReplica } from "../replica/open-replica.ts";
import type { StoreError } from "../replica/store.ts";

export type Storage = OpenedReplica;

export function openStorage(
  config: SporeConfig,
  { key, certificate }: SporeIdentity,
  log: Log,
): Promise<Result<Storage, StoreError>> {
  return openReplica({
    url: config.databaseUrl,
    ...(config.databaseToken ? { token: config.databaseToken } : {}),
    key,
    certificate,
    now: Date.now,
    warn: log.warn,
  });
}
