/** A dot names one event: the counter-th entry of a replica (Almeida et al., "Scalable and accurate causality tracking"). */
import type { ReplicaId } from "@synapse/shared/ids.ts";

export interface Dot {
  readonly replica: ReplicaId;
  /** 1, 2, 3 … */
  readonly counter: number;
}
