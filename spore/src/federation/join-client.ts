/**
 * Joining at another spore: ask, check who answers, sign the challenge, hear the verdict. No credential is sent: the
 * signature is good for one challenge of one spore, and an invitation goes only where it was issued.
 */
import {
  type JoinReply,
  type JoinRequest,
  joinReplySchema,
  type Vouch,
} from "@synapse/shared/contract/federation.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import { errorSchema } from "@synapse/shared/contract/status.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { CardError, KnownCard, PeerRefusal, WireCard } from "../gossip/card-reader.ts";
import type { GuardedFetch } from "../gossip/guarded-fetch.ts";
import { isLocalUrl } from "../gossip/peer-url.ts";
import type { UntrustedItem } from "../gossip/replica-port.ts";
import type { Signer } from "../gossip/request-signature.ts";
import { joinMessage } from "./join-proof.ts";

export interface JoinClientDeps {
  readonly fetch: GuardedFetch;
  readonly signer: Signer;
  readonly ownCard: () => KnownCard;
  readonly readCard: (item: UntrustedItem) => Result<KnownCard, CardError>;
  readonly refusalOf: (card: PeerCard) => PeerRefusal | null;
}

export interface JoinTarget {
  readonly url: string;
  /** The operator that must stand behind it; null for whoever answers. */
  readonly operator: PublicKey | null;
  readonly invite?: string;
}

export interface Joined {
  readonly tier: string;
  readonly vouch: Vouch | null;
}

export interface JoinFailure {
  /** `self`: the URL is this spore's own. */
  readonly kind: "unreachable" | "refused" | "not_welcome" | "self";
  readonly code: string;
  readonly message: string;
  /** The same may work soon. */
  readonly retryable: boolean;
}

/** Refusals that pass: the address comes up, the crowd thins out. */
const PASSING = new Set(["url_not_proven", "too_many_requests", "stale_challenge"]);

/** A card and the words around it. */
const REPLY_BYTES_MAX = 32 * 1024;
/** A stranger's words are cut here. */
const MESSAGE_CHARS_MAX = 300;

export type Join = (target: JoinTarget) => Promise<Result<Joined, JoinFailure>>;

export function createJoin(deps: JoinClientDeps): Join {
  async function post(url: string, request: JoinRequest): Promise<Result<JoinReply, JoinFailure>> {
    const address = `${url.replace(/\/+$/, "")}/federation/join`;
    const reply = await deps.fetch(address, { body: JSON.stringify(request), bytesMax: REPLY_BYTES_MAX });
    if (!reply.ok) return fail("unreachable", reply.error.kind, reply.error.message);
    const { status, text } = reply.value;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return fail(
        "unreachable",
        "not_a_spore",
        `answers with status ${status} and something that is not JSON`,
      );
    }
    const parsed = joinReplySchema.safeParse(value);
    if (status === 200 && parsed.success) return ok(parsed.data);
    const stated = errorSchema.safeParse(value);
    return stated.success
      ? fail("refused", stated.data.error.code, stated.data.error.message)
      : fail("unreachable", "not_a_spore", `answers with status ${status}, but not as a spore does`);
  }

  /** Whoever challenges must be the spore we meant, and one we talk with. */
  function checkHost(
    reply: JoinReply & { status: "challenge" },
    target: JoinTarget,
  ): Result<null, JoinFailure> {
    const known = deps.readCard(reply.card);
    if (!known.ok) return fail("not_welcome", "invalid_card", known.error.message);
    const { card } = known.value;
    const { spore, operator } = card.certificate;
    if (spore === deps.signer.publicKey) return fail("self", "self", "this is our own address");
    if (spore !== reply.audience) return fail("not_welcome", "invalid_card", "shows another spore's card");
    if (target.operator !== null && operator !== target.operator) {
      const message = `a spore of operator ${operator} answers there, the list names ${target.operator}`;
      return fail("not_welcome", "wrong_operator", message);
    }
    const refusal = deps.refusalOf(card);
    return refusal === null ? ok(null) : fail("not_welcome", refusal.code, refusal.message);
  }

  return async (target) => {
    const own = deps.ownCard();
    const { text, signature } = own.wire satisfies WireCard;
    const { url } = own.card;
    const invite = target.invite === undefined ? {} : { invite: target.invite };
    const reach = url !== null && isLocalUrl(url) && !isLocalUrl(target.url) ? { reach: "key" as const } : {};
    const request: JoinRequest = { card: { text, signature }, ...invite, ...reach };
    const asked = await post(target.url, request);
    if (!asked.ok) return asked;
    if (asked.value.status !== "challenge")
      return fail("unreachable", "not_a_spore", "answers without a challenge");
    const host = checkHost(asked.value, target);
    if (!host.ok) return host;
    const { audience, nonce } = asked.value;
    const message = joinMessage({ audience, card: own.id, invite: target.invite, nonce });
    const answered = await post(target.url, {
      ...request,
      proof: { nonce, signature: deps.signer.sign(message) },
    });
    if (!answered.ok) return answered;
    if (answered.value.status !== "joined")
      return fail("unreachable", "not_a_spore", "answers a proof with a challenge");
    const { tier, vouch } = answered.value;
    return ok({ tier: tier.slice(0, 40), vouch });
  };
}

function fail(kind: JoinFailure["kind"], code: string, message: string): Result<never, JoinFailure> {
  const oneLine = message.replace(/[\p{C}\s]+/gu, " ").slice(0, MESSAGE_CHARS_MAX);
  return err({
    kind,
    code: code.slice(0, 40),
    message: oneLine,
    retryable: kind === "unreachable" || PASSING.has(code),
  });
}
