/**
 * Verified peers → the change to bootstrap.json that would name them as seeds. Pure.
 *
 * A spore never writes that file: the list belongs to a repository, and a person opens the pull request. What is made
 * here is the text to paste, valid by the same schema that the repository's check uses.
 */
import {
  type Bootstrap,
  type BootstrapSeed,
  bootstrapSchema,
  bootstrapSeedSchema,
  SEEDS_MAX,
  seedUrlKey,
} from "@synapse/shared/contract/bootstrap.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";

export interface VerifiedPeer {
  readonly url: string | null;
  readonly operator: PublicKey;
  readonly name: string;
}

/** The first peer that could be a seed and is none yet, or null. */
export function nextSeed(
  peers: readonly VerifiedPeer[],
  seeds: readonly BootstrapSeed[],
): BootstrapSeed | null {
  const known = new Set(seeds.map(({ url }) => seedUrlKey(url)));
  for (const { url, operator, name } of peers) {
    const seed = bootstrapSeedSchema.safeParse({ url, operator, name });
    if (seed.success && !known.has(seedUrlKey(seed.data.url))) return seed.data;
  }
  return null;
}

/** The whole new file, or null where the list is full or would not be valid. */
export function withSeed(list: Bootstrap, seed: BootstrapSeed): string | null {
  if (list.seeds.length >= SEEDS_MAX) return null;
  const next = bootstrapSchema.safeParse({ ...list, seeds: [...list.seeds, seed] });
  return next.success ? `${JSON.stringify(next.data, null, 2)}\n` : null;
}
