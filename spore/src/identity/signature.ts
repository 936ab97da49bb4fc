/**
 * Native Ed25519 verification (RFC 8032), about 67 µs a signature on one core.
 *
 * Key objects are kept, because importing one costs as much as a verification and authors repeat.
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { digestOf, type SigningDomain, signingBytes } from "@synapse/shared/signing.ts";
import type { KeyPair } from "./keypair.ts";

/** Authors seen lately; at about 1 KB each this is bounded at a few megabytes. */
const KEY_CACHE_MAX = 4_096;
/** SubjectPublicKeyInfo header of an Ed25519 key (RFC 8410): the raw key follows. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const SIGNATURE_BYTES = 64;

const keys = new Map<string, KeyObject | null>();

/** False for anything malformed; never throws. */
export function verifySignature(publicKey: string, message: Uint8Array, signature: string): boolean {
  const bytes = Buffer.from(signature, "base64url");
  // One spelling only: otherwise the same signature could be stored under two texts.
  if (bytes.length !== SIGNATURE_BYTES || bytes.toString("base64url") !== signature) return false;
  return verifyRaw(publicKey, message, bytes);
}

/** The same with the signature's 64 bytes. */
export function verifyRaw(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean {
  const key = keyObject(publicKey);
  return key !== null && verify(null, message, key, signature);
}

/** Signs a value's canonical bytes for a domain and returns it with its `signature`. */
export function signValue<T extends object>(
  value: T,
  domain: SigningDomain,
  key: KeyPair,
): T & { signature: string } {
  return { ...value, signature: key.sign(signingBytes(domain, digestOf(value))) };
}

/** Checks what `signValue` made. */
export function verifyValue(
  value: { readonly signature: string },
  domain: SigningDomain,
  publicKey: string,
): boolean {
  return verifySignature(publicKey, signingBytes(domain, digestOf(value)), value.signature);
}

function keyObject(publicKey: string): KeyObject | null {
  const known = keys.get(publicKey);
  if (known !== undefined) return known;
  if (keys.size >= KEY_CACHE_MAX) keys.clear();
  const key = importKey(publicKey);
  keys.set(publicKey, key);
  return key;
}

function importKey(publicKey: string): KeyObject | null {
  const raw = Buffer.from(publicKey, "base64url");
  if (raw.length !== 32 || raw.toString("base64url") !== publicKey) return null;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
  } catch {
    // 32 bytes that are not a point on the curve: nobody's key.
    return null;
  }
}
