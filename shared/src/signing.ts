/**
 * What is signed, and how it is told apart.
 *
 * Every signature covers `"synapse/<domain>/1\n" + <64 hex SHA-256 of the canonical bytes>`, so that a signature
 * made for one purpose can never be presented for another. Signing itself lives where the key lives; this file is
 * shared with the browser, which only verifies.
 */
import { canonicalJson } from "./canonical-json.ts";
import { sha256Hex } from "./hash.ts";

export type SigningDomain =
  | "entry"
  | "certificate"
  | "acceptance"
  | "card"
  | "request"
  | "challenge"
  | "receipt"
  | "join"
  | "invite"
  | "key"
  | "vouch";

const encoder = new TextEncoder();

/** The bytes to sign for a digest (64 hex) in a domain. */
export function signingBytes(domain: SigningDomain, digest: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`synapse/${domain}/1\n${digest}`);
}

/** SHA-256 over the canonical bytes of a value without its `signature` member. */
export function digestOf(value: object): string {
  const { signature: _, ...unsigned } = value as { signature?: unknown };
  return sha256Hex(canonicalJson(unsigned));
}

/** Checks an Ed25519 signature; key and signature in base64url. Async because browsers have no other kind. */
export type VerifySignature = (
  publicKey: string,
  message: Uint8Array<ArrayBuffer>,
  signature: string,
) => Promise<boolean>;
