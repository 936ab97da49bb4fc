/**
 * Peer cards: what every spore says of itself, signed, newest wins. This is the whole of membership; whoever holds the
 * cards can show the network. Cards are a replicated set of their own ("card" scope) and travel by the same
 * comparison as entries; unlike entries, a card is dropped when a newer one of the same key arrives or it expires.
 *
 * Invariants:
 * 1. A card is kept only if its operator signed its certificate and its spore signed the card.
 * 2. At most one card per key, and never an older one than was held before.
 * 3. At most CARDS_MAX cards, and CARDS_OF_OPERATOR_MAX of one foreign operator. Of an operator with more, those of the
 *    lowest keys are kept, so that everybody keeps the same ones; beyond CARDS_MAX a stranger's goes, chosen at random.
 *    Pinned peers, spores of the own operator and those met longest ago are not pushed out by anybody.
 * 4. A card that is refused is not kept, so it is shown to nobody; a change of mind is made with `dropRefused`.
 * 5. Only this spore's own signer makes its own card: an older or foreign one under its key is answered by a newer.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { Role } from "@synapse/shared/contract/entry.ts";
import type { Speaks, Vouch } from "@synapse/shared/contract/federation.ts";
import {
  CARD_LIFETIME_MS,
  type CardSummary,
  cardSummarySchema,
  type PeerCard,
  type Place,
} from "@synapse/shared/contract/peer-card.ts";
import type { EntryId, PublicKey, ReplicaId } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { SetIndex } from "../replica/set-index.ts";
import {
  type CardError,
  endOf,
  type KnownCard,
  type PeerRefusal,
  type ReadCard,
  sealCard,
  type WireCard,
} from "./card-reader.ts";
import { spanText } from "./clock-watch.ts";
import type { UntrustedItem } from "./replica-port.ts";
import { NAME_CHARS, type Signer } from "./request-signature.ts";

/** What this spore says of itself; gossip adds certificate, neighbours, times and signature. */
export interface CardDraft {
  readonly replica: ReplicaId;
  readonly url: string | null;
  readonly role: Role;
  readonly model: string;
  readonly version: string;
  readonly dna: string;
  readonly speaks: Speaks;
  readonly vouch: Vouch | null;
  readonly place: Place | null;
  readonly summary: CardSummary;
}

/** Five times the network size up to which full membership is kept; 6 KiB each at most. */
export const CARDS_MAX = 5_000;
/** A twentieth of the network's: nobody needs so many spores to be found, and no one operator can be the network. */
export const CARDS_OF_OPERATOR_MAX = CARDS_MAX / 20;
/** Cards drawn in search of a stranger's before all are looked at. */
const DRAWS_MAX = 50;
/** As many as the card's schema holds. */
const NEIGHBOURS_MAX = 32;
/** Clocks of honest machines differ; a card from further ahead could never be replaced. */
const FUTURE_MS_MAX = 5 * 60_000;
/** 256 trie nodes and 1,024 symbols: cards are few, and their index is cheap to hold a thousand times in a simulator. */
const INDEX_SHAPE = { cacheNibbles: 2, symbols: 1_024 };

/** What this spore has to do with a peer: chosen by its commander, met before, or heard of. */
export type Standing = "kept" | "met" | "stranger";

export interface CardKeeping {
  standingOf(peer: Pick<Certificate, "spore" | "operator">): Standing;
  /** When a peer became known, steady ms. */
  knownSince(peer: PublicKey): number;
  random(): number;
  /** A card was pushed out: its spore is to be forgotten. */
  onPushedOut(peer: PublicKey): void;
}

export class PeerCards {
  readonly index: SetIndex;
  private readonly byKey = new Map<PublicKey, KnownCard>();
  private readonly byId = new Map<EntryId, KnownCard>();
  /** Ascending; cards are few enough that inserting by position is cheap. */
  private readonly sorted: EntryId[] = [];
  /** First characters of keys → the key, or null for several. Made with the first question: few ever ask. */
  private keyByName: Map<string, PublicKey | null> | null = null;
  /** Issue time of the latest card seen under the own key that was not made here: one from before a clock went back. */
  private ownFloor = 0;
  private readonly read: ReadCard;
  private readonly self: PublicKey;
  private readonly refusalOf: (card: PeerCard) => PeerRefusal | null;
  private readonly keeping: CardKeeping;
  /** The spores of each operator whose cards are kept. */
  private readonly byOperator = new Map<PublicKey, Set<PublicKey>>();

  constructor(
    self: PublicKey,
    read: ReadCard,
    refusalOf: (card: PeerCard) => PeerRefusal | null,
    keeping: CardKeeping,
  ) {
    this.self = self;
    this.read = read;
    this.refusalOf = refusalOf;
    this.keeping = keeping;
    this.index = new SetIndex(async (prefix) => this.idsByPrefix(prefix), INDEX_SHAPE);
  }

  get size(): number {
    return this.byKey.size;
  }

  get(key: PublicKey): KnownCard | undefined {
    return this.byKey.get(key);
  }

  /** The one key that begins with these NAME_CHARS characters; null where there is none, or more than one. */
  keyOf(name: string): PublicKey | null {
    if (this.keyByName === null) {
      this.keyByName = new Map();
      for (const key of this.byKey.keys()) this.addName(key);
    }
    return this.keyByName.get(name) ?? null;
  }

  all(): IterableIterator<KnownCard> {
    return this.byKey.values();
  }

  idsByPrefix(prefix: string): EntryId[] {
    const ids: EntryId[] = [];
    for (let at = this.position(prefix as EntryId); this.sorted[at]?.startsWith(prefix); at++) {
      ids.push(this.sorted[at] as EntryId);
    }
    return ids;
  }

  byIds(ids: readonly EntryId[]): WireCard[] {
    return ids.flatMap((id) => this.byId.get(id)?.wire ?? []);
  }

  /** Checks a card from anywhere and keeps it if it is news. */
  admit(item: UntrustedItem, now: number): Result<KnownCard, CardError> {
    const read = this.checkWelcome(item, now);
    if (!read.ok) return read;
    const { certificate, issued_at } = read.value.card;
    const held = this.byKey.get(certificate.spore);
    // A card from the future was taken while this clock was wrong: it must not outlive that.
    const counts = held !== undefined && held.card.issued_at <= now + FUTURE_MS_MAX;
    if (held?.id === read.value.id || (counts && !isNewer(read.value, held))) {
      return err({ kind: "outdated", message: "a newer card of this spore is known" });
    }
    if (certificate.spore === this.self) {
      this.ownFloor = Math.max(this.ownFloor, issued_at);
      return err({ kind: "outdated", message: `own card of ${issued_at} made elsewhere or earlier` });
    }
    return this.put(read.value)
      ? ok(read.value)
      : err({ kind: "crowded", message: "there is no room for more cards like this" });
  }

  /** Makes and keeps this spore's own card, later than any that is around under its key. */
  issueOwn(
    draft: CardDraft,
    certificate: Certificate,
    neighbours: readonly PublicKey[],
    signer: Signer,
    now: number,
  ): KnownCard {
    const last = Math.max(this.ownFloor, this.byKey.get(this.self)?.card.issued_at ?? 0);
    // One from far in the future was made while the clock was wrong, and nobody has taken it.
    const issuedAt = last > now + FUTURE_MS_MAX ? now : Math.max(now, last + 1);
    const { replica, url, role, model, version, dna, speaks, vouch, place } = draft;
    const unsigned = {
      v: 1 as const,
      certificate,
      replica,
      url,
      role,
      model,
      version,
      dna,
      speaks,
      vouch,
      place,
      // The schema is strict at every reader: what is not part of a summary would make the whole card invalid.
      summary: cardSummarySchema.strip().parse(draft.summary),
      neighbours: neighbours.slice(0, NEIGHBOURS_MAX),
      issued_at: issuedAt,
      expires_at: endOf(certificate, issuedAt + CARD_LIFETIME_MS),
    };
    const text = canonicalJson(unsigned);
    const id = hash("sha256", text, "hex") as EntryId;
    const signature = signer.sign(signingBytes("card", id));
    const known = {
      id,
      card: { ...unsigned, neighbours: [...unsigned.neighbours], signature },
      wire: sealCard(text, signature),
    };
    this.put(known);
    return known;
  }

  /** @returns the keys whose cards, or certificates, have ended: the cards are dropped. */
  expire(now: number): PublicKey[] {
    const gone = [...this.byKey.values()].filter(
      ({ card }) => endOf(card.certificate, card.expires_at) < now && card.certificate.spore !== this.self,
    );
    for (const known of gone) this.drop(known);
    return gone.map(({ card }) => card.certificate.spore);
  }

  /** Drops the cards of spores that are no longer welcome. @returns their keys. */
  dropRefused(): PublicKey[] {
    const gone = [...this.byKey.values()].filter(
      ({ card }) => card.certificate.spore !== this.self && this.refusalOf(card) !== null,
    );
    for (const known of gone) this.drop(known);
    return gone.map(({ card }) => card.certificate.spore);
  }

  /** A genuine card, of a spore that is talked with. */
  checkWelcome(item: UntrustedItem, now: number): Result<KnownCard, CardError> {
    const known = this.check(item, now);
    if (!known.ok) return known;
    const refusal = this.refusalOf(known.value.card);
    return refusal === null ? known : err({ kind: "refused", message: refusal.message, refusal });
  }

  /**
   * Everything about a card but whether it is news and its spore welcome. What depends on the clock is never called
   * forged: an honest peer held it in time, or its clock is behind, and it is no rubbish of its own.
   */
  check(item: UntrustedItem, now: number): Result<KnownCard, CardError> {
    const known = this.read(item);
    if (!known.ok) return known;
    const { certificate, issued_at, expires_at } = known.value.card;
    const end = endOf(certificate, expires_at);
    if (issued_at > now + FUTURE_MS_MAX || end < now)
      return err({ kind: "untimely", message: untimelyText(issued_at, end, now), known: known.value });
    return known;
  }

  /** @returns false where there was no room for it. */
  private put(known: KnownCard): boolean {
    const { spore, operator } = known.card.certificate;
    const held = this.byKey.get(spore);
    if (held !== undefined) this.drop(held);
    this.byKey.set(spore, known);
    this.addName(spore);
    this.byId.set(known.id, known);
    this.sorted.splice(this.position(known.id), 0, known.id);
    this.index.insert(known.id);
    const siblings = this.byOperator.get(operator) ?? new Set();
    this.byOperator.set(operator, siblings.add(spore));
    for (const one of [this.tooManyOf(siblings), this.tooMany()]) {
      if (one === null) continue;
      this.drop(one);
      // Of the card that has just come nobody knows yet.
      if (one !== known) this.keeping.onPushedOut(one.card.certificate.spore);
    }
    return this.byKey.get(spore) === known;
  }

  private addName(key: PublicKey): void {
    const name = key.slice(0, NAME_CHARS);
    this.keyByName?.set(name, this.keyByName.has(name) ? null : key);
  }

  private dropName(key: PublicKey): void {
    const name = key.slice(0, NAME_CHARS);
    if (this.keyByName?.get(name) === key) this.keyByName.delete(name);
    // One of several has gone: whose name it is now is found out with the next question.
    else this.keyByName = null;
  }

  private drop(known: KnownCard): void {
    const { spore, operator } = known.card.certificate;
    this.byKey.delete(spore);
    this.dropName(spore);
    this.byId.delete(known.id);
    this.sorted.splice(this.position(known.id), 1);
    this.index.remove(known.id);
    const siblings = this.byOperator.get(operator);
    siblings?.delete(spore);
    if (siblings?.size === 0) this.byOperator.delete(operator);
  }

  /** The card that is one too many of its operator's, or null. */
  private tooManyOf(siblings: ReadonlySet<PublicKey>): KnownCard | null {
    if (siblings.size <= CARDS_OF_OPERATOR_MAX) return null;
    for (const spore of [...siblings].sort().reverse()) {
      const known = this.byKey.get(spore);
      if (known !== undefined && !this.isKept(known)) return known;
    }
    return null;
  }

  /** The card that is one too many of all, or null. */
  private tooMany(): KnownCard | null {
    if (this.byKey.size <= CARDS_MAX) return null;
    const isStranger = ({ card: { certificate } }: KnownCard) =>
      certificate.spore !== this.self && this.keeping.standingOf(certificate) === "stranger";
    for (let draws = 0; draws < DRAWS_MAX; draws++) {
      const id = this.sorted[Math.floor(this.keeping.random() * this.sorted.length)];
      const drawn = id === undefined ? undefined : this.byId.get(id);
      if (drawn !== undefined && isStranger(drawn)) return drawn;
    }
    const others = [...this.byKey.values()].filter((known) => !this.isKept(known));
    const stranger = others.find(isStranger);
    if (stranger !== undefined) return stranger;
    const since = ({ card }: KnownCard) => this.keeping.knownSince(card.certificate.spore);
    return others.sort((a, b) => since(b) - since(a))[0] ?? null;
  }

  private isKept({ card: { certificate } }: KnownCard): boolean {
    return certificate.spore === this.self || this.keeping.standingOf(certificate) === "kept";
  }

  /** Where the id is or would be. */
  private position(id: EntryId): number {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] as EntryId) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function untimelyText(issuedAt: number, expiresAt: number, now: number): string {
  const what =
    issuedAt > now
      ? `was made ${spanText(issuedAt - now)} ahead of`
      : `expired ${spanText(now - expiresAt)} ago by`;
  const here = new Date(now).toISOString();
  return `the card ${what} this spore's clock, where it is ${here}: one of the two clocks may be wrong`;
}

/** Total order on one spore's cards, so that every spore keeps the same one. */
function isNewer(a: KnownCard, b: KnownCard): boolean {
  if (a.card.issued_at !== b.card.issued_at) return a.card.issued_at > b.card.issued_at;
  return a.id > b.id;
}
