/**
 * Who this spore is: its own key, and the operator's certificate for it.
 *
 * Usually the operator's key file is at hand and the certificate is issued here, once. Where the operator's key stays
 * at home, the certificate comes as a file instead.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, certificateSchema } from "@synapse/shared/contract/certificate.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { isCertificateInForce, isCertificateSigned, issueCertificate } from "./certificate.ts";
import { type KeyFileError, type KeyPair, loadOrCreateKeyPair } from "./keypair.ts";

export type IdentityError = KeyFileError | { readonly kind: "certificate"; readonly message: string };

export interface SporeIdentity {
  readonly key: KeyPair;
  readonly certificate: Certificate;
}

export interface IdentityOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly operatorKeyFile: string;
  /** Instead of the operator's key. */
  readonly certificateFile: string | null;
  readonly now: number;
}

export function loadSporeIdentity(options: IdentityOptions): Result<SporeIdentity, IdentityError> {
  const key = loadOrCreateKeyPair(join(options.dataDir, "spore.key"));
  if (!key.ok) return key;
  if (options.certificateFile !== null) {
    const certificate = readCertificate(options.certificateFile);
    if (certificate === null || certificate.spore !== key.value.publicKey) {
      return err({
        kind: "certificate",
        message: `${options.certificateFile} is no valid certificate for this spore's key ${key.value.publicKey}`,
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
    spore: key.value.publicKey,
    name: options.name,
    issuedAt: options.now,
  });
  writeFileSync(path, `${JSON.stringify(certificate, null, 2)}\n`, { mode: 0o600 });
  return ok({ key: key.value, certificate });
}

function readCertificate(path: string): Certificate | null {
  try {
    const parsed = certificateSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success && isCertificateSigned(parsed.data) ? parsed.data : null;
  } catch {
    // Missing, unreadable or not JSON: the caller says which file, and issues anew where it can.
    return null;
  }
}
