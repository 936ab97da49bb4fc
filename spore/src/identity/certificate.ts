/** Certificates: an operator key vouches for a spore key (shared/src/contract/certificate.ts). */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { KeyPair } from "./keypair.ts";
import { signValue, verifyValue } from "./signature.ts";

export interface CertificateDraft {
  readonly spore: PublicKey;
  readonly name: string;
  readonly issuedAt: number;
  readonly expiresAt?: number;
}

export function issueCertificate(operator: KeyPair, draft: CertificateDraft): Certificate {
  return signValue(
    {
      v: 1 as const,
      spore: draft.spore,
      operator: operator.publicKey,
      name: draft.name,
      issued_at: draft.issuedAt,
      expires_at: draft.expiresAt ?? null,
    },
    "certificate",
    operator,
  );
}

/** The signature alone; whether it is in force at some time is `isCertificateInForce`. */
export function isCertificateSigned(certificate: Certificate): boolean {
  return verifyValue(certificate, "certificate", certificate.operator);
}

/** `now` in ms. A certificate from the future is accepted: clocks differ, and it grants nothing a later one would not. */
export function isCertificateInForce(certificate: Certificate, now: number): boolean {
  return certificate.expires_at === null || certificate.expires_at > now;
}
