/**
 * Who takes part in a task, as far as this spore can see. Pure.
 *
 * A private task is this spore's alone. A cluster task is its operator's. A public one anybody may join, but only the
 * asker's own spores are waited for: a network of a thousand strangers must not hold up an answer.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import type { TaskState } from "./task-state.ts";

interface LivePeer {
  readonly key: PublicKey;
  readonly card: PeerCard;
}

export function aliveSpores(
  self: Certificate,
  state: TaskState,
  live: readonly LivePeer[],
): ReadonlySet<PublicKey> {
  const { label } = state.task.entry;
  const seen = live.filter(
    ({ card }) => label === "public" || (label === "cluster" && card.certificate.operator === self.operator),
  );
  return new Set([self.spore, ...seen.map(({ key }) => key)]);
}

export function expectedSpeakers(
  self: Certificate,
  state: TaskState,
  live: readonly LivePeer[],
  certificateOf: (spore: PublicKey) => Certificate | null,
): ReadonlySet<PublicKey> {
  const asker = certificateOf(replicaKey(state.task.entry.replica))?.operator;
  const operatorOf = new Map(live.map(({ key, card }) => [key, card.certificate.operator]));
  const alive = [...aliveSpores(self, state, live)];
  return new Set(alive.filter((key) => key === self.spore || operatorOf.get(key) === asker));
}
