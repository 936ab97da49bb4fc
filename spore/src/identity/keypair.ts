/**
 * Ed25519 keys on disk: the operator's and the spore's own.
 *
 * A key is a PKCS #8 PEM file readable by its owner alone (mode 0600), so that ordinary tools (openssl, a backup)
 * understand it. The raw 32-byte public key in base64url is the identity everywhere else (RFC 8032).
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { SigningDomain } from "@synapse/shared/signing.ts";
import { type PendingSignatures, type SigningKey, signLater } from "./crypto-threads.ts";

export interface KeyPair {
  readonly publicKey: PublicKey;
  /** Ed25519 over the message; base64url, 86 characters. */
  sign(message: Uint8Array): string;
  /** Starts signing digests (64 hex) for a domain, beside this thread where there are many. */
  signLater(domain: SigningDomain, digests: readonly string[]): PendingSignatures;
}

export type KeyFileError = { readonly kind: "key_file"; readonly path: string; readonly message: string };

/** Reads the key at `path`, or makes one there. Two processes that race for the same file end with the same key. */
export function loadOrCreateKeyPair(path: string): Result<KeyPair, KeyFileError> {
  if (!existsSync(path)) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      createKeyFile(path);
    } catch (cause) {
      return err({ kind: "key_file", path, message: `cannot create the key file: ${String(cause)}` });
    }
  }
  return loadKeyPair(path);
}

export function loadKeyPair(path: string): Result<KeyPair, KeyFileError> {
  try {
    narrowAccess(path);
    const key = createPrivateKey(readFileSync(path, "utf8"));
    if (key.asymmetricKeyType !== "ed25519") {
      return err({ kind: "key_file", path, message: "the file holds a key that is not Ed25519" });
    }
    return ok(toKeyPair(key));
  } catch (cause) {
    // The cause of a parse failure never contains the key itself, only OpenSSL's reason.
    return err({
      kind: "key_file",
      path,
      message: `cannot read an Ed25519 PKCS #8 PEM key: ${String(cause)}`,
    });
  }
}

/** A PKCS #8 key as base64url of its DER form. @param source named in the error, which never holds the key */
export function parseKeyPair(text: string, source: string): Result<KeyPair, KeyFileError> {
  try {
    const der = Buffer.from(text, "base64url");
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    if (key.asymmetricKeyType === "ed25519") return ok(toKeyPair(key));
  } catch {
    // OpenSSL's own words (asn1 …) help nobody here.
  }
  return err({
    kind: "key_file",
    path: source,
    message: `${source} is no Ed25519 key (base64url of PKCS #8)`,
  });
}

/** A key that lives in memory only, for tests and simulations. */
export function createKeyPair(): KeyPair {
  return toKeyPair(generateKeyPairSync("ed25519").privateKey);
}

/** A mounted secret cannot be changed, and whoever mounted it has set who reads it. */
function narrowAccess(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EROFS" && code !== "EPERM") throw error;
  }
}

function createKeyFile(path: string): void {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, pem, { mode: 0o600 });
  try {
    // link() fails if the name exists: the first process wins and the others read its key.
    linkSync(draft, path);
  } catch (cause) {
    if (!existsSync(path)) throw cause;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** From a key object, wherever it came from. */
export function toKeyPair(privateKey: KeyObject): KeyPair {
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  let der: Uint8Array | null = null;
  const raw: SigningKey = {
    der() {
      der ??= privateKey.export({ type: "pkcs8", format: "der" });
      return der;
    },
    sign: (message) => sign(null, message, privateKey),
  };
  return {
    publicKey: jwk.x as PublicKey,
    sign: (message) => raw.sign(message).toString("base64url"),
    signLater: (domain, digests) => signLater(raw, domain, digests),
  };
}
