/**
 * Who this spore is: its own key, and the operator's certificate for it.
 *
 * Usually the operator's key file is at hand and the certificate is issued here, once. Where the operator's key stays
 * at home, the certificate comes as a file or as text instead. Where no disk outlives a restart, the key comes as text
 * too: it is kept in memory and never written.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Certificate,
  certificateSchema,
  type Grant,
  grantSchema,
} from "@synapse/shared/contract/certificate.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import {
  acceptCertificate,
  isCertificateInForce,
  isCertificateSigned,
  issueCertificate,
} from "./certificate.ts";
import { type KeyFileError, type KeyPair, loadOrCreateKeyPair, parseKeyPair } from "./keypair.ts";

export type IdentityError = KeyFileError | { readonly kind: "certificate"; readonly message: string };

export interface SporeIdentity {
  readonly key: KeyPair;
  readonly certificate: Certificate;
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
    return ok({ key: key.value, certificate });
  }
  const operator = loadOrCreateKeyPair(options.operatorKeyFile);
  if (!operator.ok) return operator;
  const path = join(options.dataDir, "certificate.json");
  const known = existsSync(path) ? readCertificate(path) : null;
  if (
    known !== null &&
    known.spore === key.value.publicKey &&
    known.operator === operator.value.publicKey &&
    known.name === options.name &&
    isCertificateInForce(known, options.now)
  ) {
    return ok({ key: key.value, certificate: known });
  }
  const certificate = issueCertificate(operator.value, {
    spore: key.value,
    name: options.name,
    issuedAt: options.now,
  });
  writeFileSync(path, `${JSON.stringify(certificate, null, 2)}\n`, { mode: 0o600 });
  return ok({ key: key.value, certificate });
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
