/**
 * A replica in memory for tests and the simulator: the same admission rule and the same index as the real one, with
 * maps in place of libSQL. What gossip sees of it is exactly `GossipReplica`.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { ENTRY_VERSION, type Entry, type SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import { type EntryId, type Incarnation, type PublicKey, toReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import type { ApplyReport, GossipReplica, UntrustedItem } from "@synapse/spore/gossip/replica-port.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import type { KeyPair } from "@synapse/spore/identity/keypair.ts";
import { admit } from "@synapse/spore/replica/admission.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { SetIndex, type SetIndexShape } from "@synapse/spore/replica/set-index.ts";
import { sealEntry } from "@synapse/spore/replica/wire-entry.ts";
import { insertSorted, prefixed } from "./sorted-ids.ts";

export interface MemoryReplicaOptions {
  readonly key: Pick<KeyPair, "publicKey" | "sign">;
  readonly certificate: Certificate;
  readonly now: () => number;
  readonly shape?: SetIndexShape;
}

export class MemoryReplica implements GossipReplica {
  readonly self: Certificate;
  private readonly options: MemoryReplicaOptions;
  private readonly log_: StoredEntry[] = [];
  private readonly byId = new Map<EntryId, StoredEntry>();
  private readonly sorted: Record<SharedLabel, EntryId[]> = { public: [], cluster: [] };
  private readonly indexes: Record<SharedLabel, SetIndex>;
  private readonly known = new Map<PublicKey, Certificate>();
  private readonly listeners = new Set<(entries: readonly StoredEntry[]) => void>();
  private counter = 0;

  constructor(options: MemoryReplicaOptions) {
    this.options = options;
    this.self = options.certificate;
    this.known.set(this.self.spore, this.self);
    const index = (scope: SharedLabel) =>
      new SetIndex(async (p) => prefixed(this.sorted[scope], p), options.shape);
    this.indexes = { public: index("public"), cluster: index("cluster") };
  }

  get size(): number {
    return this.log_.length;
  }

  has(id: EntryId): boolean {
    return this.byId.has(id);
  }

  index(scope: SharedLabel): SetIndex {
    return this.indexes[scope];
  }

  /** Signs and stores memories of this replica. */
  write(contents: readonly string[], label: Label): EntryId[] {
    const entries = contents.map((content) => this.signed(content, label));
    this.store(entries);
    return entries.map(({ id }) => id);
  }

  async idsByPrefix(scope: SharedLabel, prefix: string): Promise<EntryId[]> {
    return prefixed(this.sorted[scope], prefix);
  }

  async entries(scope: SharedLabel, ids: readonly EntryId[]) {
    const found = ids.flatMap((id) => this.byId.get(id) ?? []).sort((a, b) => a.seq - b.seq);
    return found.flatMap((stored) => seal(scope, stored));
  }

  async log(scope: SharedLabel, afterSeq: number, limit: number) {
    const page = this.log_.slice(afterSeq, afterSeq + limit);
    return { entries: page.flatMap((stored) => seal(scope, stored)), seq: afterSeq + page.length };
  }

  async apply(
    items: readonly UntrustedItem[],
    scope: SharedLabel,
    certificates: readonly Certificate[],
  ): Promise<ApplyReport> {
    for (const certificate of certificates) this.known.set(certificate.spore, certificate);
    const rejected: { id: null; reason: string; hostile: boolean }[] = [];
    const missing = new Set<PublicKey>();
    const fresh: SignedEntry[] = [];
    let known = 0;
    for (const item of items) {
      const result = admit(item, {
        scope,
        operator: this.self.operator,
        now: this.options.now(),
        rule: null,
        certificateOf: (key) => this.known.get(key) ?? null,
      });
      if (result.ok) {
        if (this.byId.has(result.value.id)) known++;
        else fresh.push(result.value);
      } else if (result.error.kind === "no_certificate") missing.add(result.error.spore);
      else {
        const honest = ["clock_ahead", "foreign_cluster"].includes(result.error.kind);
        rejected.push({ id: null, reason: result.error.kind, hostile: !honest });
      }
    }
    return { stored: this.store(fresh), known, rejected, missingCertificates: [...missing] };
  }

  async certificates(keys: readonly PublicKey[]): Promise<Certificate[]> {
    return keys.flatMap((key) => this.known.get(key) ?? []);
  }

  subscribe(listener: (entries: readonly StoredEntry[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private signed(content: string, label: Label): SignedEntry {
    const { key, now } = this.options;
    const entry: Entry = {
      v: ENTRY_VERSION,
      kind: "memory",
      label,
      replica: toReplicaId(key.publicKey, "0011223344556677" as Incarnation),
      counter: ++this.counter,
      clock: [now(), 0],
      parents: [],
      body: { content },
    };
    const id = entryIdOf(canonicalJson(entry));
    return { id, signature: key.sign(signingBytes("entry", id)), entry };
  }

  private store(entries: readonly SignedEntry[]): StoredEntry[] {
    const stored: StoredEntry[] = [];
    for (const entry of entries) {
      if (this.byId.has(entry.id)) continue;
      const one = { ...entry, seq: this.log_.length + 1, receivedAt: this.options.now() };
      this.log_.push(one);
      this.byId.set(one.id, one);
      stored.push(one);
      const { label } = one.entry;
      if (label === "private") continue;
      insertSorted(this.sorted[label], one.id);
      this.indexes[label].insert(one.id);
    }
    if (stored.length > 0) for (const listener of this.listeners) listener(stored);
    return stored;
  }
}

function seal(scope: SharedLabel, stored: StoredEntry) {
  return isOf(stored, scope) ? [sealEntry(stored, canonicalJson(stored.entry))] : [];
}

function isOf(stored: StoredEntry, scope: SharedLabel): stored is StoredEntry<SharedLabel> {
  return stored.entry.label === scope;
}
