/**
 * What gossip needs of the replica, and nothing more. The replica fulfils it; tests and the simulator fulfil it with
 * sets in memory. Both shared labels go through the same code, each as a set of its own.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { SetIndex } from "../replica/set-index.ts";
import type { WireEntry } from "../replica/wire-entry.ts";

/** Text and signature as received: nothing about them is believed yet. */
export interface UntrustedItem {
  readonly text: string;
  readonly signature: string;
}

export interface Rejection {
  readonly id: EntryId | null;
  readonly reason: string;
  /**
   * True when no honest spore could have passed this on (bad signature, not canonical, wrong label): the sender is to
   * blame. False or absent for refusals that depend on what this spore knows, such as a rate or a blocklist.
   */
  readonly hostile?: boolean;
}

export interface ApplyReport {
  readonly stored: readonly StoredEntry[];
  /** How many were already there. */
  readonly known: number;
  readonly rejected: readonly Rejection[];
  /** Authors whose certificate this spore lacks: their entries were neither stored nor rejected. */
  readonly missingCertificates: readonly PublicKey[];
}

export interface GossipReplica {
  readonly self: Certificate;
  index(scope: SharedLabel): SetIndex;
  /** Ascending, committed entries only. */
  idsByPrefix(scope: SharedLabel, prefixHex: string): Promise<readonly EntryId[]>;
  /** Those of the ids that are known, parents before children (commit order). */
  entries(scope: SharedLabel, ids: readonly EntryId[]): Promise<readonly WireEntry[]>;
  /** In commit order after `afterSeq`; `seq` is that of the last one given, or `afterSeq` where there is none. */
  log(
    scope: SharedLabel,
    afterSeq: number,
    limit: number,
    /** Of text and signatures; a hint that spares reading what will not fit, at least one entry is given. */
    bytesMax?: number,
  ): Promise<{ readonly entries: readonly WireEntry[]; readonly seq: number }>;
  /** Validates, then stores what is new, durable when it resolves. Entries of another scope are rejected. */
  apply(
    entries: readonly UntrustedItem[],
    scope: SharedLabel,
    certificates: readonly Certificate[],
  ): Promise<ApplyReport>;
  certificates(keys: readonly PublicKey[]): Promise<readonly Certificate[]>;
  /** Called after commit, and before the `apply` that stored them resolves. Private entries included. */
  subscribe(listener: (entries: readonly StoredEntry[]) => void): () => void;
}
