/** A replicated set as the anti-entropy code sees it: entries of one label, or peer cards. One code path for all. */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { SetIndex } from "../replica/set-index.ts";
import type { KnownCard } from "./card-reader.ts";
import type { PeerCards } from "./peer-cards.ts";
import type { ApplyReport, GossipReplica, UntrustedItem } from "./replica-port.ts";
import type { Portable, Scope } from "./wire.ts";

export interface TakeReport {
  readonly stored: number;
  readonly known: number;
  readonly rejected: number;
  /** Of the rejected, those that no honest spore could have sent. */
  readonly hostile: number;
  /** Of the rejected, those that this spore could not store just now, and has to be given again. */
  readonly unsettled: number;
  readonly missing: readonly PublicKey[];
}

export interface Collection {
  readonly scope: Scope;
  readonly index: SetIndex;
  idsByPrefix(prefixHex: string): Promise<readonly EntryId[]>;
  /** In an order in which the other side can take them. */
  items(ids: readonly EntryId[]): Promise<readonly Portable[]>;
  take(items: readonly UntrustedItem[], certificates: readonly Certificate[]): Promise<TakeReport>;
  certificates(keys: readonly PublicKey[]): Promise<readonly Certificate[]>;
}

/** Reasons that lie in this spore's disk and queue: nothing is said about the entry. */
const UNSETTLED: ReadonlySet<string> = new Set(["storage", "busy"]);

export function entryCollection(
  replica: GossipReplica,
  scope: SharedLabel,
  apply: (items: readonly UntrustedItem[], certificates: readonly Certificate[]) => Promise<ApplyReport>,
): Collection {
  return {
    scope,
    index: replica.index(scope),
    idsByPrefix: (prefix) => replica.idsByPrefix(scope, prefix),
    items: (ids) => replica.entries(scope, ids),
    certificates: (keys) => replica.certificates(keys),
    async take(items, certificates) {
      const report = await apply(items, certificates);
      return {
        stored: report.stored.length,
        known: report.known,
        rejected: report.rejected.length,
        hostile: report.rejected.filter(({ hostile }) => hostile === true).length,
        unsettled: report.rejected.filter(({ reason }) => UNSETTLED.has(reason)).length,
        missing: report.missingCertificates,
      };
    },
  };
}

export function cardCollection(
  cards: PeerCards,
  now: () => number,
  admitted: (known: KnownCard) => void,
  verifyAhead: (items: readonly UntrustedItem[]) => Promise<void> = async () => undefined,
): Collection {
  return {
    scope: "card",
    index: cards.index,
    idsByPrefix: async (prefix) => cards.idsByPrefix(prefix),
    items: async (ids) => cards.byIds(ids),
    certificates: async () => [],
    async take(items) {
      const counts = { stored: 0, known: 0, rejected: 0, hostile: 0, unsettled: 0, missing: [] };
      await verifyAhead(items);
      for (const item of items) {
        const result = cards.admit(item, now());
        if (result.ok) {
          counts.stored++;
          admitted(result.value);
        } else if (result.error.kind === "outdated") counts.known++;
        else {
          counts.rejected++;
          if (result.error.kind === "forged") counts.hostile++;
        }
      }
      return counts;
    },
  };
}
