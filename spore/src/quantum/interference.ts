/**
 * Which voices were amplified and which damped in an aggregation, for people to see. The formula itself is part of the
 * rule (shared/rule/interference.ts), because a receipt must be able to recompute it.
 */
import type { Aggregate } from "@synapse/shared/rule/aggregate.ts";
import { interferenceFactor } from "@synapse/shared/rule/interference.ts";

export interface InterferedVoice {
  readonly author: string;
  readonly contribution: string;
  /** Weight of the other voices behind the same answer, as a share of all other voices. */
  readonly aligned: number;
  readonly factor: number;
}

/** @param evidenced whether a contribution quotes memories. @param plain an aggregate made without interference. */
export function interferencePattern(
  plain: Aggregate,
  evidenced: (contribution: string) => boolean,
): readonly InterferedVoice[] {
  const total = plain.voices.reduce((sum, { weight }) => sum + weight, 0);
  const clusterOf = new Map(
    plain.clusters.flatMap((cluster) => cluster.members.map((id) => [id, cluster] as const)),
  );
  return plain.voices.map(({ id, author, weight }) => {
    const others = total - weight;
    const aligned = others <= 0 ? 1 : ((clusterOf.get(id)?.mass ?? 0) * total - weight) / others;
    return {
      author,
      contribution: id,
      aligned,
      factor: others <= 0 ? 1 : interferenceFactor(aligned, evidenced(id)),
    };
  });
}
