/**
 * The key and the certificate of a spore that lives elsewhere, made at home and kept there.
 *
 * A hosted disk may be emptied by any restart; with its key handed over as a secret the spore stays who it is. The
 * operator's key signs its certificate here and never leaves this machine; the spore adds its own acceptance.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Grant, grantSchema } from "@synapse/shared/contract/certificate.ts";
import { digestOf, signingBytes } from "@synapse/shared/signing.ts";
import { OWNER_ONLY, readJsonFile, writeFileAtomically } from "../local/atomic-file.ts";
import type { DataDir } from "../local/data-dir.ts";
import { type Operator, rawPublicKey } from "../local/operator.ts";

export interface SporeCredentials {
  /** PKCS #8, base64url of the DER: one line, as a secret can carry it. */
  readonly key: string;
  /** JSON text. */
  readonly certificate: string;
}

/**
 * @param imagine true for a plan: nothing is written, and what is missing is made up for this run
 * @param now ms; the time of a certificate that has to be issued
 */
export function openSporeCredentials(
  dataDir: DataDir,
  operator: Operator,
  name: string,
  imagine: boolean,
  now: number,
): SporeCredentials {
  const keyFile = join(dataDir.hosted, `${name}.key`);
  const certificateFile = join(dataDir.hosted, `${name}.certificate.json`);
  if (!imagine) mkdirSync(dataDir.hosted, { recursive: true, mode: 0o700 });
  const key = readKey(keyFile) ?? makeKey(imagine ? null : keyFile);
  const known = grantSchema.safeParse(readJsonFile(certificateFile));
  const isValid =
    known.success &&
    known.data.name === name &&
    known.data.operator === operator.publicKey &&
    known.data.spore === rawPublicKey(key);
  const certificate = isValid ? known.data : grantCertificate(operator, key, name, now);
  if (!isValid && !imagine) {
    writeFileAtomically(certificateFile, `${JSON.stringify(certificate, null, 2)}\n`, OWNER_ONLY);
  }
  return {
    key: key.export({ type: "pkcs8", format: "der" }).toString("base64url"),
    certificate: JSON.stringify(certificate),
  };
}

const PASSPHRASE_BYTES = 32;

/** Opens the snapshots of this commander's spores; made once, kept at home beside their keys. */
export function openPassphrase(dataDir: DataDir, imagine: boolean): string {
  const file = join(dataDir.hosted, "snapshot.passphrase");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const passphrase = randomBytes(PASSPHRASE_BYTES).toString("base64url");
  if (imagine) return passphrase;
  mkdirSync(dataDir.hosted, { recursive: true, mode: 0o700 });
  writeFileAtomically(file, passphrase, OWNER_ONLY);
  return passphrase;
}

function grantCertificate(operator: Operator, key: KeyObject, name: string, now: number): Grant {
  const draft = {
    v: 1 as const,
    spore: rawPublicKey(key),
    operator: operator.publicKey,
    name,
    issued_at: now,
    expires_at: null,
  };
  const signature = sign(null, signingBytes("certificate", digestOf(draft)), operator.key).toString(
    "base64url",
  );
  return grantSchema.parse({ ...draft, signature });
}

function readKey(file: string): KeyObject | null {
  // A file that is there and cannot be read must end the launch: a new key would be another spore.
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  try {
    const key = createPrivateKey(text);
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    // Damaged: the spore gets a new key, and with it a new certificate.
    return null;
  }
}

function makeKey(file: string | null): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  if (file !== null) {
    writeFileAtomically(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString(), OWNER_ONLY);
  }
  return privateKey;
}
