/**
 * Where received entries meet the replica, and where it is decided what is still news.
 *
 * The replica tells its listeners of everything it stores; this file knows which of it arrived by gossip, from whom
 * and how, so that an entry is passed on once and never back to where it came from.
 *
 * Invariants:
 * 1. Nothing is stored but by `GossipReplica.apply`.
 * 2. What came as a rumour goes on as one while it is young. What comparing found is announced only if it is young
 *    and little: a healed partition would otherwise announce everything to everyone who is finding it anyway.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { type Collection, entryCollection } from "./collection.ts";
import type { GossipEvent } from "./protocol.ts";
import type { ApplyReport, GossipReplica, UntrustedItem } from "./replica-port.ts";

export interface Origin {
  readonly peer: PublicKey;
  readonly rumour: boolean;
}

/** Entries older than this by their own clock are history, not news. */
const YOUNG_MS = 5 * 60_000;
const FEW = 50;
const LAG_SAMPLES = 100;

export class Intake {
  readonly counters = { received: 0, rejected: 0 };
  /** By signature: it comes with the item, while the id would have to be hashed once more. */
  private readonly arriving = new Set<string>();
  private readonly lags: number[] = [];
  private readonly replica: GossipReplica;
  private readonly now: () => number;
  private readonly emit: (event: GossipEvent) => void;
  private readonly certificateOf: (key: PublicKey) => Certificate | null;

  /** @param certificateOf from a peer's card: an author whose card is known needs not be asked about. */
  constructor(
    replica: GossipReplica,
    now: () => number,
    emit: (event: GossipEvent) => void,
    certificateOf: (key: PublicKey) => Certificate | null,
  ) {
    this.replica = replica;
    this.now = now;
    this.emit = emit;
    this.certificateOf = certificateOf;
  }

  /** The set of a label, with what is taken into it marked as coming from the origin. */
  collection(scope: SharedLabel, origin: Origin | null): Collection {
    return entryCollection(this.replica, scope, (items, certificates) =>
      this.apply(scope, items, certificates, origin),
    );
  }

  /** Listens to what is written here, as opposed to what arrives. */
  watch(): () => void {
    return this.replica.subscribe((entries) => {
      for (const scope of ["public", "cluster"] as const) {
        const own = entries.filter(
          ({ entry, signature }) => entry.label === scope && !this.arriving.has(signature),
        );
        const ids = own.map(({ id }) => id);
        if (ids.length > 0) this.emit({ on: "fresh", scope, ids, from: null, whole: true });
      }
    });
  }

  /** Keys of which no entry is held. */
  async unknown(scope: SharedLabel, keys: readonly string[]): Promise<string[]> {
    const lacking: string[] = [];
    for (const key of keys) if ((await this.replica.idsByPrefix(scope, key)).length === 0) lacking.push(key);
    return lacking;
  }

  /** Median age of the last rumours at their arrival, by their authors' clocks, ms; null before the first. */
  lagMs(): number | null {
    const sorted = [...this.lags].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }

  private async apply(
    scope: SharedLabel,
    items: readonly UntrustedItem[],
    certificates: readonly Certificate[],
    origin: Origin | null,
  ): Promise<ApplyReport> {
    for (const { signature } of items) this.arriving.add(signature);
    try {
      const report = await this.applyCertified(scope, items, certificates);
      this.counters.received += report.stored.length;
      this.counters.rejected += report.rejected.length;
      if (origin !== null) this.passOn(scope, report.stored, origin);
      return report;
    } finally {
      for (const { signature } of items) this.arriving.delete(signature);
    }
  }

  private async applyCertified(
    scope: SharedLabel,
    items: readonly UntrustedItem[],
    certificates: readonly Certificate[],
  ): Promise<ApplyReport> {
    const first = await this.replica.apply(items, scope, certificates);
    const held = first.missingCertificates.flatMap((key) => this.certificateOf(key) ?? []);
    if (held.length === 0) return first;
    const again = await this.replica.apply(items, scope, held);
    return { ...again, stored: [...first.stored, ...again.stored], known: again.known - first.stored.length };
  }

  private passOn(scope: SharedLabel, stored: readonly StoredEntry[], { peer, rumour }: Origin): void {
    if (!rumour && stored.length > FEW) return;
    const now = this.now();
    const young = stored.filter(({ entry }) => now - entry.clock[0] < YOUNG_MS);
    if (young.length === 0) return;
    if (rumour) {
      this.lags.push(...young.map(({ entry }) => now - entry.clock[0]));
      this.lags.splice(0, this.lags.length - LAG_SAMPLES);
    }
    this.emit({ on: "fresh", scope, ids: young.map(({ id }) => id), from: peer, whole: rumour });
  }
}
