/**
 * Who this spore is: its own key, and the operator's certificate for it.
 *
 * Usually the operator's key file is at hand and the certificate is issued here, once. Where the operator's key stays
 * at home, the certificate comes as a file or as text instead. Where no disk outlives a restart, the key comes as text
 * too: it is kept in memory and never written.
 *
 * Rotation: a spore whose key file was taken away finds a certificate for another key, makes a new key, and the operator's
 * word that the one took the place of the other is published (federation/key-desk.ts).
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Certificate,
  certificateSchema,
  type Grant,
  grantSchema,
} from "@synapse/shared/contract/certificate.ts";
import { isPublicKey, type PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import {
  acceptCertificate,
  isCertificateInForce,
  isCertificateSigned,
  issueCertificate,
} from "./certificate.ts";
import { type KeyFileError, type KeyPair, loadOrCreateKeyPair, parseKeyPair } from "./keypair.ts";

/** Names the key before this one, from its replacement until that is published. */
const PREDECESSOR_FILE = "predecessor.key";

export type IdentityError = KeyFileError | { readonly kind: "certificate"; readonly message: string };

export interface SporeIdentity {
  readonly key: KeyPair;
  readonly certificate: Certificate;
  /** Null where the operator's key stays at home. */
  readonly operator: KeyPair | null;
  /** The key this spore had before, where it was replaced: the operator's word on it is still to be published. */
  readonly predecessor: PublicKey | null;
}

export interface IdentityOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly operatorKeyFile: string;
  /** The spore's key as text (SPORE_KEY); null: the file in the data dir. */
  readonly sporeKey: string | null;
  /** Instead of the operator's key: a file, or JSON text. */
  readonly certificate: string | null;
  readonly now: number;
}

export function loadSporeIdentity(options: IdentityOptions): Result<SporeIdentity, IdentityError> {
  const key =
    options.sporeKey === null
      ? loadOrCreateKeyPair(join(options.dataDir, "spore.key"))
      : parseKeyPair(options.sporeKey, "SPORE_KEY");
  if (!key.ok) return key;
  if (options.certificate !== null) {
    const isText = options.certificate.startsWith("{");
    const grant = readGrant(options.certificate, isText);
    const certificate = grant?.spore === key.value.publicKey ? acceptCertificate(grant, key.value) : null;
    if (certificate === null || !isCertificateSigned(certificate)) {
      return err({
        kind: "certificate",
        message: `${isText ? "SPORE_CERTIFICATE" : options.certificate} is no valid certificate for this spore's key ${key.value.publicKey}`,
      });
    }
    if (!isCertificateInForce(certificate, options.now)) {
      return err({
        kind: "certificate",
        message: "the certificate has expired: let the operator issue a new one",
      });
    }
    return ok({ key: key.value, certificate, operator: null, predecessor: null });
  }
  return loadOperated(options, key.value);
}

/** With the operator's key at hand: the certificate is kept, and made again when anything in it has changed. */
function loadOperated(options: IdentityOptions, key: KeyPair): Result<SporeIdentity, IdentityError> {
  const operator = loadOrCreateKeyPair(options.operatorKeyFile);
  if (!operator.ok) return operator;
  const own = { key, operator: operator.value };
  const path = join(options.dataDir, "certificate.json");
  const known = existsSync(path) ? readCertificate(path) : null;
  if (
    known !== null &&
    known.spore === key.publicKey &&
    known.operator === operator.value.publicKey &&
    known.name === options.name &&
    isCertificateInForce(known, options.now)
  ) {
    return ok({ ...own, certificate: known, predecessor: readPredecessor(options.dataDir) });
  }
  const isSameSpore = known?.operator === operator.value.publicKey && known.name === options.name;
  if (known !== null && isSameSpore && known.spore !== key.publicKey) {
    // Kept until it is published: the certificate that names the old key is about to be replaced.
    writeFileSync(join(options.dataDir, PREDECESSOR_FILE), `${known.spore}\n`, { mode: 0o600 });
  }
  const certificate = issueCertificate(operator.value, {
    spore: key,
    name: options.name,
    issuedAt: options.now,
  });
  writeFileSync(path, `${JSON.stringify(certificate, null, 2)}\n`, { mode: 0o600 });
  return ok({ ...own, certificate, predecessor: readPredecessor(options.dataDir) });
}

/** To be called once the succession is published. */
export function forgetPredecessor(dataDir: string): void {
  rmSync(join(dataDir, PREDECESSOR_FILE), { force: true });
}

function readPredecessor(dataDir: string): PublicKey | null {
  const path = join(dataDir, PREDECESSOR_FILE);
  const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return isPublicKey(text) ? text : null;
}

function readCertificate(path: string): Certificate | null {
  const parsed = certificateSchema.safeParse(readJson(path));
  return parsed.success && isCertificateSigned(parsed.data) ? parsed.data : null;
}

/** What the operator signed elsewhere; accepted here, whether or not that was done before. */
function readGrant(source: string, isText: boolean): Grant | null {
  const parsed = grantSchema.strip().safeParse(isText ? parseJson(source) : readJson(source));
  return parsed.success ? parsed.data : null;
}

function readJson(path: string): unknown {
  return existsSync(path) ? parseJson(readFileSync(path, "utf8")) : null;
}

/** Null for what is not JSON: the caller says which certificate is none, and issues anew where it can. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
