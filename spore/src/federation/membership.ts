/**
 * Who takes part, as this spore sees it: one judgement over a peer card, used for greetings, joins and cards that others
 * pass on. Pure but for signature checks.
 *
 * Where membership is `open`, whoever speaks a dialect in common takes part. Where it is `invited`, a card must be of
 * an operator that belongs: the own one, the one that let this operator in, or one that either of them vouches for. The
 * vouch travels on the newcomer's own card, so every member can check it and no list of members has to be kept alike.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { Membership, Vouch } from "@synapse/shared/contract/federation.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import { negotiate } from "@synapse/shared/dialects.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { PeerRefusal } from "../gossip/card-reader.ts";
import { isCertificateInForce, isCertificateSigned } from "../identity/certificate.ts";
import { verifyValue } from "../identity/signature.ts";
import { SPEAKS } from "./dna.ts";

export interface MembershipDeps {
  readonly self: Certificate;
  readonly membership: Membership;
  readonly now: () => number;
  /** The operator that let this one in, or whose invitation it holds. */
  readonly sponsor: () => PublicKey | null;
  /** The commander's blocklist, and keys that were revoked. */
  readonly exclusionOf: (spore: PublicKey, operator: PublicKey) => PeerRefusal | null;
}

/** The standing of an operator that says nothing yet about how good its spores are. */
export type Standing = "own" | "vouched" | "stranger";

/** Checked vouches remembered; each card of a newcomer repeats the same one. */
const VOUCHES_REMEMBERED_MAX = 1_000;

export type MembershipView = ReturnType<typeof createMembership>;

export function createMembership(deps: MembershipDeps) {
  const { self, now } = deps;
  const genuine = new Set<string>();

  function isGenuine(vouch: Vouch): boolean {
    const name = JSON.stringify(vouch);
    if (genuine.has(name)) return true;
    if (!isCertificateSigned(vouch.by) || !verifyValue(vouch, "vouch", vouch.by.spore)) return false;
    if (genuine.size >= VOUCHES_REMEMBERED_MAX) genuine.clear();
    genuine.add(name);
    return true;
  }

  /** A genuine vouch for the operator, in force, by somebody whose word counts here. */
  function isVouchedFor(operator: PublicKey, vouch: Vouch | null): boolean {
    if (vouch === null || vouch.operator !== operator || vouch.expires_at <= now()) return false;
    const { by } = vouch;
    const counts = by.operator === self.operator || by.operator === deps.sponsor();
    if (!counts || deps.exclusionOf(by.spore, by.operator) !== null) return false;
    return isCertificateInForce(by, now()) && isGenuine(vouch);
  }

  function standingOf({ certificate, vouch }: PeerCard): Standing {
    const { operator } = certificate;
    if (operator === self.operator) return "own";
    return operator === deps.sponsor() || isVouchedFor(operator, vouch) ? "vouched" : "stranger";
  }

  return {
    standingOf,
    /** A genuine vouch for the own operator, by anybody: kept and shown to those whose swarm it is. */
    isOwnVouch: (vouch: Vouch): boolean =>
      vouch.operator === self.operator && vouch.expires_at > now() && isGenuine(vouch),

    refusalOf(card: PeerCard): PeerRefusal | null {
      const { spore, operator } = card.certificate;
      const excluded = deps.exclusionOf(spore, operator);
      if (excluded !== null) return excluded;
      const agreement = negotiate(card.speaks, SPEAKS);
      if (!agreement.ok) return { code: "incompatible", message: agreement.error.message };
      if (deps.membership === "open" || standingOf(card) !== "stranger") return null;
      return {
        code: "not_invited",
        message: "this swarm is private: ask its operator for an invitation and start with SPORE_INVITE",
      };
    },
  };
}
