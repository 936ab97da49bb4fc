/**
 * What must hold in every state of every run. The simulator asks after each message, write and start; a breach ends
 * the run and names the seed.
 *
 * 1. No forged entry is stored: whatever carries an honest author's name was stored by that author first.
 * 2. No label leaks: `private` never travels, `cluster` only between spores of one operator.
 * 3. No acknowledged write is lost: after a crash it is on the disk of whoever acknowledged it.
 * 4. Memory and queues are bounded.
 * 5. In the end, after cuts are mended: equal sets everywhere, each index equal to its disk, every acknowledged shared
 *    entry everywhere it belongs, and the same trust from the same evidence. (A spore whose commander has blocked an
 *    author counts that author's ids and holds none of its new entries.)
 */
import { hash } from "node:crypto";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { ACTIVE_VIEW_SIZE } from "@synapse/spore/gossip/active-view.ts";
import { CARDS_MAX } from "@synapse/spore/gossip/peer-cards.ts";
import { CALLERS_MAX } from "@synapse/spore/gossip/peer-sampling.ts";
import { LISTENS, SYNCS_MAX } from "@synapse/spore/gossip/protocol.ts";
import { ASKS_MAX, PARALLEL_MAX } from "@synapse/spore/gossip/push.ts";
import type { Item } from "@synapse/spore/gossip/wire.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { EvidenceBook, evidenceOf } from "@synapse/spore/trust/evidence.ts";
import { viewTrust } from "@synapse/spore/trust/lattice.ts";
import type { SimulatedSpore } from "./simulated-spore.ts";
import type { Carried } from "./virtual-network.ts";

export class InvariantBreach extends Error {}

interface Acknowledged {
  readonly by: SimulatedSpore;
  readonly label: Label;
  /** Its author's disk was lost since: others hold it, and its author only once they have given it back. */
  wiped: boolean;
}

/** Ids waiting to be pushed, announced or asked for: 10,000 asked for, and six outboxes of two times 1,000. */
const BACKLOG_MAX = 22_000;
/** Whom fresh entries go to: both active views and the last callers. */
const TOLD_MAX = 2 * ACTIVE_VIEW_SIZE + CALLERS_MAX;
/** Each seed is greeted once at a time; no scenario has more of them. */
const GREETINGS_MAX = 8;
/** As the product bounds them: comparisons, open `listen`s, greetings, questions, and what is told, whole and by key. */
const CALLS_UNDER_WAY_MAX = SYNCS_MAX + LISTENS + GREETINGS_MAX + ASKS_MAX + 2 * PARALLEL_MAX * TOLD_MAX;

export class Invariants {
  private readonly spores: readonly SimulatedSpore[];
  private readonly byKey: ReadonlyMap<PublicKey, SimulatedSpore>;
  private readonly isHostile: (spore: SimulatedSpore) => boolean;
  private readonly acknowledged = new Map<EntryId, Acknowledged>();
  private readonly written = new Set<EntryId>();

  constructor(spores: readonly SimulatedSpore[], isHostile: (spore: SimulatedSpore) => boolean) {
    this.spores = spores;
    this.byKey = new Map(spores.map((spore) => [spore.publicKey, spore]));
    this.isHostile = isHostile;
  }

  acknowledge(id: EntryId, by: SimulatedSpore, label: Label): void {
    this.acknowledged.set(id, { by, label, wiped: false });
    this.holds(by.disk.has(id), `${by.name} acknowledged ${id.slice(0, 8)} before it was durable`);
  }

  /** What only this spore still had, of its own or of others whose disk was lost before, is allowed to vanish with it. */
  wiped(spore: SimulatedSpore): void {
    for (const [id, held] of this.acknowledged) {
      if (held.by === spore) held.wiped = true;
      if (!held.wiped) continue;
      const survives = this.spores.some((other) => other !== spore && other.disk.has(id));
      if (!survives) this.acknowledged.delete(id);
    }
  }

  stored(at: SimulatedSpore, { id, entry }: StoredEntry): void {
    const authorKey = replicaKey(entry.replica);
    const author = this.byKey.get(authorKey);
    if (author === at) this.written.add(id);
    if (author === undefined || !this.isHostile(author)) {
      this.holds(this.written.has(id), `${at.name} stored a forged entry ${id.slice(0, 8)}`);
    }
    if (author === undefined || author === at) return;
    this.holds(entry.label !== "private", `a private entry of ${author.name} is at ${at.name}`);
    this.holds(
      entry.label !== "cluster" || sameOperator(author, at),
      `a cluster entry of ${author.name} is at ${at.name}, another operator's`,
    );
  }

  carried({ from, to, kind, value }: Carried): void {
    const items = (value as { items?: readonly Item[] }).items ?? [];
    if (!this.isHostile(from)) {
      for (const [text] of items) {
        this.holds(!text.includes('"label":"private"'), `${from.name} sent a private entry in a ${kind}`);
        this.holds(
          sameOperator(from, to) || !text.includes('"label":"cluster"'),
          `${from.name} sent a cluster entry to ${to.name}, another operator's, in a ${kind}`,
        );
      }
    }
    this.bounded(to);
  }

  callsUnderWay(spore: SimulatedSpore, calls: number): void {
    this.holds(
      calls <= CALLS_UNDER_WAY_MAX || this.isHostile(spore),
      `${spore.name} has ${calls} calls under way`,
    );
  }

  restarted(spore: SimulatedSpore): void {
    for (const [id, { by, wiped }] of this.acknowledged) {
      if (by === spore && !wiped)
        this.holds(spore.disk.has(id), `${spore.name} lost ${id.slice(0, 8)}, which it acknowledged`);
    }
  }

  /** @returns what still differs; empty when everything has converged. */
  async differences(): Promise<string[]> {
    const honest = this.spores.filter((spore) => spore.isUp && !this.isHostile(spore));
    const roots = new Map<string, string>();
    const differences: string[] = [];
    for (const spore of honest) {
      for (const scope of ["public", "cluster"] as const) {
        const group = scope === "public" ? scope : `cluster of ${spore.certificate.operator}`;
        const root = (await spore.indexes?.[scope].root()) ?? "";
        const first = roots.get(group);
        if (first === undefined) roots.set(group, root);
        else if (first !== root) differences.push(`${spore.name}: another ${scope} root`);
      }
    }
    return differences;
  }

  /** Everything that must hold once the sets are equal. */
  async settled(): Promise<void> {
    const honest = this.spores.filter((spore) => spore.isUp && !this.isHostile(spore));
    for (const spore of honest) {
      for (const scope of ["public", "cluster"] as const) {
        const count = spore.indexes?.[scope].count;
        this.holds(count === spore.disk.ids[scope].length, `${spore.name}: the ${scope} index miscounts`);
      }
    }
    for (const [id, { by, label }] of this.acknowledged) {
      if (label === "private") continue;
      for (const spore of honest) {
        if (label === "cluster" && !sameOperator(by, spore)) continue;
        if (spore.hasBlocked(by.publicKey)) continue;
        this.holds(spore.disk.has(id), `${spore.name} lacks ${id.slice(0, 8)}, acknowledged by ${by.name}`);
      }
    }
    const unbiased = honest.filter(
      (spore) => !this.spores.some(({ publicKey }) => spore.hasBlocked(publicKey)),
    );
    const views = new Set(unbiased.map((spore) => trustDigest(spore, this.spores)));
    this.holds(views.size <= 1, "the same evidence gives spores different trust");
  }

  holds(condition: boolean, otherwise: string): void {
    if (!condition) throw new InvariantBreach(otherwise);
  }

  private bounded(spore: SimulatedSpore): void {
    const { node } = spore;
    if (node === null) return;
    const { backlog } = node.protocol.push;
    this.holds(backlog <= BACKLOG_MAX, `${spore.name} has ${backlog} ids waiting`);
    this.holds(node.cards.size <= CARDS_MAX, `${spore.name} keeps ${node.cards.size} cards`);
  }
}

function sameOperator(a: SimulatedSpore, b: SimulatedSpore): boolean {
  return a.certificate.operator === b.certificate.operator;
}

/** Trust as the first spore would see it, from the public evidence that this spore holds, in the order it came here. */
function trustDigest(spore: SimulatedSpore, spores: readonly SimulatedSpore[]): string {
  const book = new EvidenceBook();
  for (const stored of spore.disk.rows) {
    if (stored.entry.label !== "public") continue;
    // When it arrived here is this spore's own matter; the entry's time is everybody's.
    const evidence = evidenceOf({ ...stored, receivedAt: Number.MAX_SAFE_INTEGER });
    if (evidence !== null) book.add(evidence);
  }
  const [first] = spores;
  const operators = new Map(spores.map(({ publicKey, certificate }) => [publicKey, certificate.operator]));
  const evidence = book.all();
  const view = viewTrust({
    evidence,
    anchors: new Set(first === undefined ? [] : [first.publicKey]),
    operatorOf: (key) => operators.get(key) ?? key,
    now: evidence.at(-1)?.at ?? 0,
  });
  return hash("sha256", JSON.stringify(view.subjects.map((subject) => view.score(subject, null))), "hex");
}
