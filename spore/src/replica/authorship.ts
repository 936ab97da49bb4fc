/**
 * What this spore writes itself: its sequences, their counters and its signatures.
 *
 * Each label has a sequence of its own, that is, a replica id: the counters of public entries then say nothing about how
 * much is kept private, a gap in them is a gap, and the public rate (public-rule.ts) counts what is public.
 *
 * Counters are drawn in the order of the write queue and are durable only with the group they were drawn for; a failed
 * write gives them back. A public sequence is made with the first public entry, since it costs a second of work, and
 * again before it dies of age.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { ENTRY_VERSION, type Entry } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { ReplicaId } from "@synapse/shared/ids.ts";
import type { PendingSignatures } from "../identity/crypto-threads.ts";
import { entryIdOf, entryText } from "../identity/entry-signature.ts";
import type { KeyPair } from "../identity/keypair.ts";
import type { AdmittedEntry } from "./admission.ts";
import type { Dot } from "./dot.ts";
import type { EncodedDraft } from "./draft.ts";
import type { HybridClock } from "./hybrid-clock.ts";
import { allowance, HOUR_MS, type PublicRule, waitFor } from "./public-rule.ts";

/** Drafts encoded before their signatures are asked for: the other thread is at work while the rest is encoded. */
const SIGNING_SLICE = 128;
/** A public sequence with less left to live is replaced, so that none dies between a check and its signature. */
const LIFE_LEFT_MIN_MS = HOUR_MS;

/** An entry on its way to the store. Its place in commit order is given when its group is written. */
export interface Row extends AdmittedEntry {
  readonly receivedAt: number;
  /** Drawn here, so nothing else can be on its dot. */
  readonly own: boolean;
  /** Came along with the entry, is genuine, and is kept with it. */
  readonly certificate?: Certificate | undefined;
  /** Why the commander does not want it: of such an entry the id alone is kept. */
  readonly refusal?: string | undefined;
  seq: number;
}

export interface AuthorshipDeps {
  readonly key: KeyPair;
  readonly clock: HybridClock;
  readonly rule: PublicRule;
  readonly now: () => number;
  /** The highest counter stored of a replica, 0 if none. */
  readonly highest: (replica: ReplicaId) => number;
  readonly replicas: Readonly<Record<Label, ReplicaId | null>>;
  /** Makes a public replica id that pays its price, and keeps it for the next start. */
  readonly mintPublic: (now: number) => Promise<ReplicaId>;
}

interface Sequence {
  readonly replica: ReplicaId;
  /** The highest counter that is on disk, and the highest one drawn for what is being prepared. */
  durable: number;
  drawn: number;
  /** Promised to drafts that are in the queue and have not drawn yet. */
  promised: number;
}

export type Authorship = ReturnType<typeof createAuthorship>;

export function createAuthorship(deps: AuthorshipDeps) {
  const byLabel = new Map<Label, Sequence>();
  const byReplica = new Map<ReplicaId, Sequence>();
  let minting: Promise<ReplicaId> | null = null;

  function begin(label: Label, replica: ReplicaId): Sequence {
    const counter = deps.highest(replica);
    const sequence = { replica, durable: counter, drawn: counter, promised: 0 };
    byLabel.set(label, sequence);
    byReplica.set(replica, sequence);
    return sequence;
  }
  for (const [label, replica] of Object.entries(deps.replicas)) {
    if (replica !== null) begin(label as Label, replica);
  }

  function sequenceOf(label: Label): Sequence {
    const sequence = byLabel.get(label);
    if (sequence === undefined) throw new Error(`no ${label} sequence has been prepared`);
    return sequence;
  }

  async function livingPublic(now: number): Promise<Sequence> {
    const known = byLabel.get("public");
    const isAlive = (at: number) => known !== undefined && allowance(known.replica, at, deps.rule) > 0;
    if (known !== undefined && isAlive(now) && isAlive(now + LIFE_LEFT_MIN_MS)) return known;
    minting ??= deps.mintPublic(now).finally(() => {
      minting = null;
    });
    const replica = await minting;
    return byReplica.get(replica) ?? begin("public", replica);
  }

  function draw(drafts: readonly EncodedDraft[], receivedAt: number): Row[] {
    const unsigned = drafts.map(({ draft, bodyText }) => {
      const sequence = sequenceOf(draft.label);
      sequence.promised--;
      const entry = {
        v: ENTRY_VERSION,
        kind: draft.kind,
        label: draft.label,
        replica: sequence.replica,
        counter: ++sequence.drawn,
        clock: deps.clock.tick(receivedAt),
        parents: draft.parents ?? [],
        body: draft.body,
      } as Entry;
      const text = entryText(entry, bodyText);
      return { id: entryIdOf(text), entry, text };
    });
    const ids = unsigned.map(({ id }) => id);
    const signatures = deps.key.signLater("entry", ids);
    return unsigned.map(({ id, entry, text }, i) => new OwnRow(id, entry, text, receivedAt, signatures, i));
  }

  return {
    /** The sequence that cluster entries are written in; it is the spore's name among its own. */
    replica: sequenceOf("cluster").replica,

    /**
     * Promises counters to drafts, before anything is signed.
     * @returns null, or how long the author has to wait before so much may be published, ms.
     */
    async reserve(drafts: readonly EncodedDraft[]): Promise<number | null> {
      const wanted = new Map<Label, number>();
      for (const { draft } of drafts) wanted.set(draft.label, (wanted.get(draft.label) ?? 0) + 1);
      const published = wanted.get("public") ?? 0;
      if (published > 0) {
        const now = deps.now();
        const { replica, drawn, promised } = await livingPublic(now);
        const last = drawn + promised + published;
        if (last > allowance(replica, now, deps.rule)) {
          // A sequence that dies before it has room is followed by one that has.
          return waitFor(replica, last, now, deps.rule) ?? deps.rule.lifeHours * HOUR_MS;
        }
      }
      for (const [label, count] of wanted) sequenceOf(label).promised += count;
      return null;
    },

    /** What was promised is not wanted after all. */
    release(drafts: readonly EncodedDraft[]): void {
      for (const { draft } of drafts) sequenceOf(draft.label).promised--;
    },

    /** Draws counters and clocks at once, in order; the signatures are made while the rows before them are stored. */
    sign(drafts: readonly EncodedDraft[]): Row[] {
      const receivedAt = deps.now();
      const rows: Row[] = [];
      for (let start = 0; start < drafts.length; start += SIGNING_SLICE) {
        rows.push(...draw(drafts.slice(start, start + SIGNING_SLICE), receivedAt));
      }
      return rows;
    },

    /** An entry is on disk. Its author may be this spore in what it has forgotten and a peer gave back. */
    stored({ replica, counter }: Dot): void {
      const sequence = byReplica.get(replica);
      if (sequence === undefined) return;
      sequence.durable = Math.max(sequence.durable, counter);
      sequence.drawn = Math.max(sequence.drawn, counter);
    },

    /** A write failed: what was drawn for it and after it is void. */
    rollBack(): void {
      for (const sequence of byReplica.values()) sequence.drawn = sequence.durable;
    },
  };
}

/** An entry of this spore, whose signature is asked for as late as possible: another thread may be making it. */
class OwnRow implements Row {
  readonly own = true;
  seq = 0;
  readonly id: Row["id"];
  readonly entry: Entry;
  readonly text: string;
  readonly receivedAt: number;
  private readonly signatures: PendingSignatures;
  private readonly index: number;
  private made: Buffer | null = null;

  constructor(
    id: Row["id"],
    entry: Entry,
    text: string,
    receivedAt: number,
    signatures: PendingSignatures,
    index: number,
  ) {
    this.id = id;
    this.entry = entry;
    this.text = text;
    this.receivedAt = receivedAt;
    this.signatures = signatures;
    this.index = index;
  }

  get signatureBytes(): Buffer {
    this.made ??= this.signatures.at(this.index);
    return this.made;
  }

  get signature(): string {
    return this.signatureBytes.toString("base64url");
  }
}
