/**
 * Reads a peer card from anywhere: its form and its signatures, everything that does not depend on the time or on what
 * is held already. A function of the bytes alone, so one reader may serve many spores in one process (the simulator
 * reads each card once, not a thousand times).
 */
import { hash } from "node:crypto";
import { isCanonical } from "@synapse/shared/canonical-json.ts";
import { type Certificate, certificateProofs, digestOfGrant } from "@synapse/shared/contract/certificate.ts";
import {
  CARD_BYTES_MAX,
  CARD_LIFETIME_MS,
  type PeerCard,
  peerCardSchema,
} from "@synapse/shared/contract/peer-card.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { areCertificatesSigned } from "../identity/certificate.ts";
import { verifyMany } from "../identity/crypto-threads.ts";
import type { UntrustedItem } from "./replica-port.ts";
import type { Verify } from "./request-signature.ts";

declare const sealedCard: unique symbol;
/** A card as it travels: canonical JSON without the signature, and the signature. */
export interface WireCard {
  readonly text: string;
  readonly signature: string;
  readonly scope: "card";
  readonly [sealedCard]: true;
}

export interface KnownCard {
  readonly id: EntryId;
  readonly card: PeerCard;
  readonly wire: WireCard;
}

/** Why a spore whose card is genuine is not talked with all the same. */
export interface PeerRefusal {
  readonly code: "incompatible" | "blocked" | "revoked" | "not_invited";
  readonly message: string;
}

export interface RefusedGreeting {
  readonly by: "us" | "them";
  /** URL, or the key of a spore that has none. */
  readonly peer: string;
  readonly code: string;
  readonly message: string;
}

/** The code by which a greeting is refused for the time on its card. */
export const UNTIMELY = "untimely_card";

export type CardError =
  | { readonly kind: "invalid" | "forged" | "outdated" | "crowded"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string; readonly refusal: PeerRefusal }
  /** Genuine, but from the future or expired by this spore's clock: one of the two clocks may be wrong. */
  | { readonly kind: "untimely"; readonly message: string; readonly known: KnownCard };

export type ReadCard = (item: UntrustedItem) => Result<KnownCard, CardError>;

/** Certificates whose signature was checked; as many as there are cards at most. */
const CERTIFICATES_REMEMBERED_MAX = 5_000;

/** A reader, and how the signatures of many cards are checked before they are read, on other threads. */
export type CardReader = ReadCard & {
  readonly verifyAhead: (items: readonly UntrustedItem[]) => Promise<void>;
};

/** What was found out about a card before it is read. */
interface Ahead {
  readonly card: PeerCard;
  readonly certified: boolean;
  readonly signed: boolean;
}

export function createCardReader(verify: Verify): CardReader {
  const checked = new Set<string>();
  const ahead = new WeakMap<UntrustedItem, Ahead>();

  function isCertified(certificate: Certificate): boolean {
    const name = nameOf(certificate);
    if (checked.has(name)) return true;
    const proofs = certificateProofs(certificate);
    if (!proofs.every(({ key, message, signature }) => verify(key, message, signature))) return false;
    remember(name);
    return true;
  }

  function remember(name: string): void {
    if (checked.size >= CERTIFICATES_REMEMBERED_MAX) checked.clear();
    checked.add(name);
  }

  async function verifyAhead(items: readonly UntrustedItem[]): Promise<void> {
    const cards = items.flatMap((item) => {
      const parsed = parse(item);
      return parsed.ok ? [{ item, card: parsed.value, name: nameOf(parsed.value.certificate) }] : [];
    });
    const fresh = cards.filter(({ name }) => !checked.has(name));
    const [signed, genuine] = await Promise.all([
      verifyMany(
        "card",
        cards.map(({ item, card }) => ({
          publicKey: card.certificate.spore,
          digest: hash("sha256", item.text, "hex"),
          signature: card.signature,
        })),
      ),
      areCertificatesSigned(fresh.map(({ card }) => card.certificate)),
    ]);
    const forged = new Set(fresh.filter((_, i) => genuine[i] !== true));
    for (const [i, one] of cards.entries()) {
      const { item, card, name } = one;
      const certified = !forged.has(one);
      if (certified) remember(name);
      ahead.set(item, { card, certified, signed: signed[i] === true });
    }
  }

  const read: ReadCard = (item) => {
    const known = ahead.get(item);
    const parsed = known === undefined ? parse(item) : ok(known.card);
    if (!parsed.ok) return parsed;
    const card = parsed.value;
    const { certificate, issued_at, expires_at } = card;
    if (expires_at - issued_at > CARD_LIFETIME_MS) return invalid("card claims too long a life");
    if (endOf(certificate, expires_at) < expires_at) return invalid("card outlives its certificate");
    if (replicaKey(card.replica) !== certificate.spore) return invalid("card names another spore's replica");
    if (!(known?.certified ?? isCertified(certificate)))
      return err({ kind: "forged", message: "certificate not signed by its operator" });
    const id = hash("sha256", item.text, "hex") as EntryId;
    if (!(known?.signed ?? verify(certificate.spore, signingBytes("card", id), card.signature))) {
      return err({ kind: "forged", message: "card not signed by its spore" });
    }
    return ok({ id, card, wire: sealCard(item.text, item.signature) });
  };
  return Object.assign(read, { verifyAhead });
}

/** Both signatures and all that they cover. */
function nameOf(certificate: Certificate): string {
  return `${digestOfGrant(certificate)} ${certificate.signature} ${certificate.acceptance}`;
}

/** The card that its spore signed, whatever the time on it. */
export function genuineCard(read: Result<KnownCard, CardError>): Result<KnownCard, CardError> {
  return !read.ok && read.error.kind === "untimely" ? ok(read.error.known) : read;
}

/** When a card that would live until `expiresAt`, ms, ends: with its certificate at the latest. */
export function endOf(certificate: Certificate, expiresAt: number): number {
  return Math.min(expiresAt, certificate.expires_at ?? expiresAt);
}

export function sealCard(text: string, signature: string): WireCard {
  return { text, signature, scope: "card" } as WireCard;
}

export function invalid(message: string): Result<never, CardError> {
  return err({ kind: "invalid", message });
}

function parse(item: UntrustedItem): Result<PeerCard, CardError> {
  if (Buffer.byteLength(item.text) > CARD_BYTES_MAX) return invalid("card too large");
  let value: unknown;
  try {
    value = JSON.parse(item.text);
  } catch {
    return invalid("card is not JSON");
  }
  if (!isCanonical(item.text, value) || typeof value !== "object" || value === null)
    return invalid("card is not canonical");
  const parsed = peerCardSchema.safeParse({ ...value, signature: item.signature });
  if (!parsed.success) return invalid(parsed.error.issues[0]?.message ?? "card has another shape");
  return ok(parsed.data);
}
