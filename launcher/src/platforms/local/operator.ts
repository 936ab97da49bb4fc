/**
 * The commander's key and token, made once and kept in the data dir.
 *
 * The key (Ed25519, PKCS #8 in PEM, RFC 8410) signs the certificates of the spores, so it is the identity of the whole
 * cluster; the token opens the spores' HTTP interface to the commander. Both are files that only their owner reads.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { bytesToBase64url } from "@synapse/shared/base64url.ts";
import { isPublicKey, type PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { OWNER_ONLY, writeFileAtomically } from "./atomic-file.ts";
import type { DataDir } from "./data-dir.ts";

/** 256 bits: not to be guessed however often one may ask. */
const TOKEN_BYTES = 32;
/** Printable ASCII without spaces, as an Authorization header can carry it. */
const TOKEN_PATTERN = /^[\x21-\x7e]{8,512}$/;

export interface Operator {
  readonly publicKey: PublicKey;
  /** The private half; signs certificates of spores that live elsewhere. */
  readonly key: KeyObject;
  readonly token: string;
  /** What had to be mended or was made, for people. */
  readonly notices: readonly string[];
}

/**
 * Reads key and token, makes what is missing. The caller holds the data dir's lock.
 * @param givenToken SPORE_TOKEN of the environment; becomes the token where none exists yet
 */
export function openOperator(dataDir: DataDir, givenToken: string | undefined): Result<Operator, string> {
  const notices: string[] = [];
  mkdirSync(dataDir.path, { recursive: true, mode: 0o700 });
  const pem = readOrCreate(dataDir.operatorKey, () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  if (pem.created)
    notices.push(`made the operator key ${dataDir.operatorKey}: keep a copy, it is your identity`);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.text);
  } catch {
    // node:crypto's own words (asn1 …) help nobody.
    return err(
      `${dataDir.operatorKey} is not a private key in PEM form; restore it from a copy or move it away`,
    );
  }
  if (key.asymmetricKeyType !== "ed25519") {
    return err(
      `${dataDir.operatorKey} holds a key of type ${key.asymmetricKeyType}; an Ed25519 key is needed`,
    );
  }
  if (givenToken !== undefined && !TOKEN_PATTERN.test(givenToken)) {
    return err("SPORE_TOKEN must be 8 to 512 printable characters without spaces");
  }
  const token = readOrCreate(
    dataDir.operatorToken,
    () => givenToken ?? bytesToBase64url(randomBytes(TOKEN_BYTES)),
  );
  if (!TOKEN_PATTERN.test(token.text.trim())) {
    return err(`${dataDir.operatorToken} holds no usable token; remove it to get a new one`);
  }
  if (givenToken !== undefined && givenToken !== token.text.trim()) {
    notices.push(`SPORE_TOKEN differs from ${dataDir.operatorToken}; the file is used`);
  }
  for (const path of [dataDir.operatorKey, dataDir.operatorToken]) {
    if (narrowAccess(path)) notices.push(`${path} could be read by others; its mode is now 0600`);
  }
  return ok({ publicKey: rawPublicKey(key), key, token: token.text.trim(), notices });
}

/** The raw 32 bytes of the public half, base64url. */
export function rawPublicKey(key: KeyObject): PublicKey {
  const raw = createPublicKey(key).export({ format: "jwk" }).x;
  if (raw === undefined || !isPublicKey(raw)) throw new Error("an Ed25519 key exports its x coordinate");
  return raw;
}

function readOrCreate(path: string, make: () => string): { text: string; created: boolean } {
  try {
    return { text: readFileSync(path, "utf8"), created: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const text = make();
  writeFileAtomically(path, text, OWNER_ONLY);
  return { text, created: true };
}

/** True when others had access and have it no more. Windows knows no such modes. */
function narrowAccess(path: string): boolean {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return false;
  chmodSync(path, OWNER_ONLY);
  return true;
}
