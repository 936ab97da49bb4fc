/**
 * The answering end of `POST /federation/join`.
 *
 *   card ─▶ genuine? welcome? ─▶ challenge ─▶ signed? ─▶ does it answer at its URL? ─▶ invitation? ─▶ member
 *
 * Invariants:
 * 1. A challenge is good once, for the key it was made for, for CHALLENGE_MS.
 * 2. A card whose URL could be called is accepted only after that very key has answered there; a URL that must not be
 *    called is refused unless the joiner says itself that it cannot be reached (`reach: "key"`).
 * 3. Nothing is called, and no token is redeemed, before the joiner has proven its key.
 * 4. One address cannot use up what others may ask for; and who holds a challenge can answer it, however many ask for one.
 */
import { randomBytes } from "node:crypto";
import type { JoinReply, JoinRequest, Vouch } from "@synapse/shared/contract/federation.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { CardError, KnownCard, PeerRefusal, WireCard } from "../gossip/card-reader.ts";
import type { CallError } from "../gossip/exchanges.ts";
import { RateLimit } from "../gossip/rate-limit.ts";
import type { UntrustedItem } from "../gossip/replica-port.ts";
import { verifySignature } from "../identity/signature.ts";
import type { InviteError } from "./invites.ts";
import { joinMessage } from "./join-proof.ts";
import type { Refusal } from "./refusals.ts";

export interface JoinServerDeps {
  readonly self: PublicKey;
  readonly ownCard: () => WireCard;
  readonly readCard: (item: UntrustedItem) => Result<KnownCard, CardError>;
  readonly admitCard: (item: UntrustedItem) => void;
  readonly refusalOf: (card: PeerCard) => PeerRefusal | null;
  /** False for a URL that would certainly be refused. */
  readonly mayBeCalled: (url: string) => boolean;
  /** Greets the URL and says which key answers there. */
  readonly proveUrl: (url: string) => Promise<Result<PublicKey, CallError>>;
  readonly redeem: (token: string, operator: PublicKey) => Promise<Result<Vouch, InviteError>>;
  readonly tierOf: (card: PeerCard) => string;
  readonly nodes: () => number;
  readonly onRefusal: (refusal: Refusal) => void;
  readonly now: () => number;
}

export interface JoinError {
  readonly code:
    | PeerRefusal["code"]
    | "invalid_card"
    | "stale_challenge"
    | "forged"
    | "url_not_proven"
    | "invalid_invite"
    | "too_many_requests";
  readonly message: string;
  readonly retryAfterS?: number;
}

/** A slow joiner on a slow link; replay is impossible anyway. */
const CHALLENGE_MS = 60_000;
/** Challenges remembered; beyond it the oldest is void and its joiner asks again. */
const CHALLENGES_MAX = 10_000;
/** Joining is rare: from one address a thousand newcomers in three minutes. */
const JOIN_LIMIT = { burst: 200, perSecond: 5 };
/**
 * From everywhere together. Reading a card costs two signature checks: 50 a second are 1 % of a core. What it lets through
 * in CHALLENGE_MS stays below CHALLENGES_MAX, so nobody's challenge is pushed out before it expires.
 */
const ALL_JOINS = { burst: 2_000, perSecond: 50 };
/** Greetings under way on behalf of joiners, so that they cannot make this spore flood a third. */
const PROOFS_MAX = 8;

interface Challenge {
  readonly key: PublicKey;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export function createJoinServer(deps: JoinServerDeps) {
  const { now } = deps;
  const challenges = new Map<string, Challenge>();
  const byAddress = new RateLimit(JOIN_LIMIT);
  const all = new RateLimit(ALL_JOINS);
  let proofs = 0;

  function challenge(key: PublicKey): JoinReply {
    if (challenges.size >= CHALLENGES_MAX) {
      for (const oldest of challenges.keys()) {
        challenges.delete(oldest);
        break;
      }
    }
    const nonce = randomBytes(16).toString("base64url");
    const expiresAt = now() + CHALLENGE_MS;
    challenges.set(nonce, { key, expiresAt });
    const { text, signature } = deps.ownCard();
    return {
      status: "challenge",
      nonce,
      audience: deps.self,
      expires_at: new Date(expiresAt).toISOString(),
      card: { text, signature },
    };
  }

  /** The challenge that a proof answers, which is good once, whatever comes of it; null for none or a stale one. */
  function takeChallenge(proof: JoinRequest["proof"]): Challenge | null {
    const made = challenges.get(proof?.nonce ?? "");
    challenges.delete(proof?.nonce ?? "");
    return made === undefined || made.expiresAt < now() ? null : made;
  }

  function checkProof(
    request: JoinRequest,
    known: KnownCard,
    made: Challenge | null,
  ): Result<null, JoinError> {
    const { nonce, signature } = request.proof ?? { nonce: "", signature: "" };
    const { spore } = known.card.certificate;
    if (made === null || made.key !== spore)
      return refuse(
        "stale_challenge",
        "the challenge is unknown, used, expired or another spore's: ask for a new one",
      );
    const message = joinMessage({ audience: deps.self, card: known.id, invite: request.invite, nonce });
    return verifySignature(spore, message, signature)
      ? ok(null)
      : refuse("forged", "the signature does not fit this card, invitation and challenge");
  }

  async function checkUrl(
    { card }: KnownCard,
    reach: JoinRequest["reach"],
  ): Promise<Result<null, JoinError>> {
    const { url } = card;
    if (url === null || (reach === "key" && !deps.mayBeCalled(url))) return ok(null);
    if (proofs >= PROOFS_MAX)
      return err({ code: "too_many_requests", message: "too many joins at once", retryAfterS: 5 });
    proofs++;
    const proven = await deps.proveUrl(url).finally(() => proofs--);
    if (!proven.ok)
      return refuse("url_not_proven", `this spore must be able to call ${url}: ${proven.error.message}`);
    return proven.value === card.certificate.spore
      ? ok(null)
      : refuse("url_not_proven", `another spore answers at ${url}`);
  }

  async function admit(request: JoinRequest, known: KnownCard): Promise<Result<JoinReply, JoinError>> {
    const reached = await checkUrl(known, request.reach);
    if (!reached.ok) return reached;
    let vouch: Vouch | null = null;
    if (request.invite !== undefined) {
      const redeemed = await deps.redeem(request.invite, known.card.certificate.operator);
      if (!redeemed.ok) return refuse("invalid_invite", redeemed.error.message);
      vouch = redeemed.value;
    } else {
      const refusal = deps.refusalOf(known.card);
      if (refusal !== null) return err(refusal);
      deps.admitCard(request.card);
    }
    const tier = deps.tierOf(vouch === null ? known.card : { ...known.card, vouch });
    return ok({ status: "joined", tier, vouch, nodes: deps.nodes() });
  }

  async function judge(
    request: JoinRequest,
    known: KnownCard,
    made: Challenge | null,
  ): Promise<Result<JoinReply, JoinError>> {
    const { spore } = known.card.certificate;
    if (spore === deps.self) return refuse("invalid_card", "this is the card of the spore that was asked");
    const refusal = deps.refusalOf(known.card);
    const mayBeInvited = refusal?.code === "not_invited" && request.invite !== undefined;
    if (refusal !== null && !mayBeInvited) return err(refusal);
    if (request.proof === undefined) return ok(challenge(spore));
    const proven = checkProof(request, known, made);
    return proven.ok ? await admit(request, known) : proven;
  }

  /** The challenge that is answered, if any, of a request that may go on and has been counted; else seconds to wait. */
  function admission({ proof }: JoinRequest, from: string): Result<Challenge | null, number> {
    const ownWaitS = byAddress.waitS(from, now());
    if (ownWaitS > 0) return err(ownWaitS);
    // Nobody else knows the nonce, and it is good once: who was given it is not turned away for what others ask.
    const made = takeChallenge(proof);
    const waitS = made === null ? all.waitS("", now()) : 0;
    if (waitS > 0) return err(waitS);
    byAddress.spend(from, 1, now());
    if (made === null) all.spend("", 1, now());
    return ok(made);
  }

  return {
    /** @param from whose share it is, an address (http/caller-share.ts) */
    async answer(request: JoinRequest, from: string): Promise<Result<JoinReply, JoinError>> {
      const admitted = admission(request, from);
      if (!admitted.ok)
        return err({ code: "too_many_requests", message: "too many joins", retryAfterS: admitted.error });
      const known = deps.readCard(request.card);
      if (!known.ok) return refuse("invalid_card", `card: ${known.error.message}`);
      const judged = await judge(request, known.value, admitted.value);
      if (!judged.ok) {
        const { name, spore } = known.value.card.certificate;
        deps.onRefusal({ by: "us", peer: `${name} ${spore}`, ...judged.error });
      }
      return judged;
    },
  };
}

function refuse(code: JoinError["code"], message: string): Result<never, JoinError> {
  return err({ code, message });
}
