/**
 * Who is calling, and who answered: every request between spores is signed with the spore's own key, and nothing that
 * could be stolen is ever sent.
 *
 * Request header `synapse`, in one of two forms:
 *   whole      `<key>.<nonce>.<expires>.<signature>`    `expires` in ms since the epoch, decimal
 *   brief      `<name><nonce><expires><signature>`      `expires` in s since the epoch, base 36 (6 digits until 2038)
 *   key        the caller's public key, 43 characters   name    its first 8 characters, 48 bits
 *   nonce      12 random bytes, base64url, 16 characters
 *   expires    on the *responder's* clock (learnt from its `hello`), so a wrong clock harms nobody
 *   signature  over {audience, body, expires_at, key, method, nonce, path}, domain "request", 86 characters; `body` is
 *              the SHA-256 of the bytes as they travel, `audience` the responder's key, or for `hello` the origin that was
 *              dialled, `expires_at` in ms and `key` whole in either form: what is signed is the same
 *
 * A `hello` is signed in the whole form, which introduces the key. After it, a caller whose card and whose peer's card
 * name gossip version 2 uses the brief one: the responder takes the one spore among the cards it holds whose key begins
 * so. Where it knows none, or more than one, the answer is 401 `unknown_caller`; the caller then greets and repeats
 * the call, newly signed, in the whole form, and stays with that until the next greeting. A name is a way to look a key
 * up and proves nothing: the signature is checked against the whole key.
 *
 * Reply header `synapse: <signature>` over {body, request}, domain "challenge"; `request` is the SHA-256 of the request
 *              header. It proves that the audience itself answered this very request.
 *
 * `hello` (in wire.ts) is the first call to a URL, and the challenge that proves which key answers there: the reply's
 * signature covers the nonce and the URL that was dialled, and a spore answers only for URLs that are its own, so a
 * relay in the middle cannot pass off somebody else's key as living at its own address.
 *
 * Invariants:
 * 1. A request is accepted once: its nonce is remembered until it expires, and where the memory is full new
 *    requests are refused rather than old nonces forgotten.
 * 2. Checks go from cheap to expensive: form, expiry, audience, replay, and only then the signature.
 * 3. A nonce counts once for a key, whichever form it came in.
 */
import { hash } from "node:crypto";
import { isPublicKey, type PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { digestOf, signingBytes } from "@synapse/shared/signing.ts";

export const SIGNATURE_HEADER = "synapse";
/** A request is good for this long; slow links and retries fit, and replay memory stays small. */
export const REQUEST_LIFETIME_MS = 60_000;
/** An expiry further ahead than this was not made for this clock. */
const EXPIRY_AHEAD_MAX_MS = 2 * REQUEST_LIFETIME_MS;
/** Nonces remembered at most: 1,000 requests a second for two minutes. */
const NONCES_MAX = 120_000;
/** Characters of a key that name its spore in a brief header. */
export const NAME_CHARS = 8;
/** One caller's share of it, so that no single key can fill the memory. */
const NONCES_PER_KEY_MAX = 12_000;

export interface Signer {
  readonly publicKey: PublicKey;
  /** @returns base64url */
  sign(message: Uint8Array): string;
}
export type Verify = (publicKey: PublicKey, message: Uint8Array, signature: string) => boolean;

export interface RequestFacts {
  /** The responder's key, or for `hello` the origin dialled. */
  readonly audience: string;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

export interface SignatureError {
  readonly kind: "unsigned" | "unknown_caller" | "expired" | "replayed" | "forged" | "busy";
  readonly message: string;
}

export type HeaderForm = "whole" | "brief";

/** @param expiresAt ms; the brief form rounds up to the next second */
export function signRequest(
  facts: RequestFacts,
  signer: Signer,
  expiresAt: number,
  nonce: string,
  form: HeaderForm = "whole",
): string {
  const key = signer.publicKey;
  const seconds = Math.ceil(expiresAt / 1_000);
  const at = form === "brief" ? seconds * 1_000 : expiresAt;
  const signature = signer.sign(signingBytes("request", requestDigest(facts, key, nonce, at)));
  if (form === "whole") return `${key}.${nonce}.${at}.${signature}`;
  return key.slice(0, NAME_CHARS) + nonce + seconds.toString(36) + signature;
}

export interface SignedCaller {
  readonly key: PublicKey;
  readonly nonce: string;
  readonly expiresAt: number;
  readonly signature: string;
  readonly form: HeaderForm;
}

const WHOLE = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{16})\.(\d{1,15})\.([A-Za-z0-9_-]{86})$/;
const BRIEF = /^([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{16})([0-9a-z]{6,7})([A-Za-z0-9_-]{86})$/;

/**
 * The header's form only; nothing is verified.
 * @param keyOf the key that a name stands for; null where it stands for none, or for more than one
 */
export function parseRequestHeader(
  header: string | null,
  keyOf: (name: string) => PublicKey | null,
): Result<SignedCaller, SignatureError> {
  const text = header ?? "";
  const brief = BRIEF.exec(text);
  const [, who, nonce, expires, signature] = brief ?? WHOLE.exec(text) ?? [];
  if (!who || !nonce || !expires || !signature) return unsigned();
  if (brief !== null) {
    const key = keyOf(who);
    if (key === null)
      return err({ kind: "unknown_caller", message: "say hello first, and sign with the whole key" });
    return ok({ key, nonce, expiresAt: Number.parseInt(expires, 36) * 1_000, signature, form: "brief" });
  }
  if (!isPublicKey(who)) return unsigned();
  return ok({ key: who, nonce, expiresAt: Number(expires), signature, form: "whole" });
}

function unsigned(): Result<never, SignatureError> {
  return err({ kind: "unsigned", message: "requests between spores carry a synapse signature header" });
}

/** Remembers nonces until they expire. */
export class ReplayGuard {
  private readonly expiryByNonce = new Map<string, number>();
  private readonly countByKey = new Map<PublicKey, number>();
  private sweptAt = 0;

  has(caller: SignedCaller): boolean {
    return this.expiryByNonce.has(`${caller.key}.${caller.nonce}`);
  }

  /** @returns false where there is no room for another nonce of this caller. */
  admit(caller: SignedCaller, now: number): boolean {
    if (now - this.sweptAt > 1_000) this.sweep(now);
    const count = this.countByKey.get(caller.key) ?? 0;
    if (count >= NONCES_PER_KEY_MAX || this.expiryByNonce.size >= NONCES_MAX) return false;
    this.expiryByNonce.set(`${caller.key}.${caller.nonce}`, caller.expiresAt);
    this.countByKey.set(caller.key, count + 1);
    return true;
  }

  get size(): number {
    return this.expiryByNonce.size;
  }

  private sweep(now: number): void {
    this.sweptAt = now;
    for (const [nonce, expiresAt] of this.expiryByNonce) {
      if (expiresAt >= now) continue;
      this.expiryByNonce.delete(nonce);
      const key = nonce.slice(0, 43) as PublicKey;
      const left = (this.countByKey.get(key) ?? 1) - 1;
      if (left > 0) this.countByKey.set(key, left);
      else this.countByKey.delete(key);
    }
  }
}

export function checkRequest(
  caller: SignedCaller,
  facts: RequestFacts,
  verify: Verify,
  guard: ReplayGuard,
  now: number,
): Result<PublicKey, SignatureError> {
  if (caller.expiresAt < now || caller.expiresAt > now + EXPIRY_AHEAD_MAX_MS) {
    return err({
      kind: "expired",
      message: "the request's expiry does not fit this spore's clock: say hello again",
    });
  }
  if (guard.has(caller)) return err({ kind: "replayed", message: "this request was already made" });
  const digest = requestDigest(facts, caller.key, caller.nonce, caller.expiresAt);
  if (!verify(caller.key, signingBytes("request", digest), caller.signature)) {
    return err({ kind: "forged", message: "the signature does not fit this request and this spore" });
  }
  if (!guard.admit(caller, now))
    return err({ kind: "busy", message: "too many requests; try again in a minute" });
  return ok(caller.key);
}

export function signReply(requestHeader: string, body: Uint8Array, signer: Signer): string {
  return signer.sign(signingBytes("challenge", replyDigest(requestHeader, body)));
}

export function checkReply(
  requestHeader: string,
  body: Uint8Array,
  signature: string | null,
  key: PublicKey,
  verify: Verify,
): boolean {
  if (signature === null || !/^[A-Za-z0-9_-]{86}$/.test(signature)) return false;
  return verify(key, signingBytes("challenge", replyDigest(requestHeader, body)), signature);
}

function requestDigest(facts: RequestFacts, key: PublicKey, nonce: string, expiresAt: number): string {
  const { audience, method, path } = facts;
  return digestOf({ audience, body: sha256(facts.body), expires_at: expiresAt, key, method, nonce, path });
}

function replyDigest(requestHeader: string, body: Uint8Array): string {
  return digestOf({ body: sha256(body), purpose: "reply", request: sha256(requestHeader) });
}

function sha256(data: Uint8Array | string): string {
  return hash("sha256", data, "hex");
}
