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

export interface KeyPair {
  readonly publicKey: PublicKey;
  /** Ed25519 over the message; base64url, 86 characters. */
  sign(message: Uint8Array): string;
  /** The same for many at once, in order: most of them from the thread pool, beside what this thread signs. */
  signAll(messages: readonly Uint8Array[]): Promise<readonly string[]>;
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
    chmodSync(path, 0o600);
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
  return {
    publicKey: jwk.x as PublicKey,
    sign: (message) => sign(null, message, privateKey).toString("base64url"),
    signAll: (messages) => signAll(messages, privateKey),
  };
}

/** What this thread signs itself while the pool signs the rest: it would only wait otherwise. */
const OWN_SHARE = 0.4;
/** So few are quicker signed than handed over. */
const HANDED_OVER_MIN = 8;

function signAll(messages: readonly Uint8Array[], key: KeyObject): Promise<readonly string[]> {
  const handed = messages.length < HANDED_OVER_MIN ? 0 : Math.round(messages.length * (1 - OWN_SHARE));
  const signatures: string[] = new Array(messages.length);
  return new Promise((resolve, reject) => {
    let left = handed;
    for (let i = 0; i < handed; i++) {
      sign(null, messages[i] as Uint8Array, key, (cause, signature) => {
        if (cause) return reject(cause);
        signatures[i] = signature.toString("base64url");
        if (--left === 0) resolve(signatures);
      });
    }
    for (let i = handed; i < messages.length; i++) {
      signatures[i] = sign(null, messages[i] as Uint8Array, key).toString("base64url");
    }
    if (handed === 0) resolve(signatures);
  });
}
