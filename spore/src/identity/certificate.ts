/** Certificates: an operator key vouches for a spore key (shared/src/contract/certificate.ts). */
import {
  type Certificate,
  certificateProofs,
  digestOfGrant,
  type Grant,
} from "@synapse/shared/contract/certificate.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { digestOf, signingBytes } from "@synapse/shared/signing.ts";
import { verifyMany } from "./crypto-threads.ts";
import type { KeyPair } from "./keypair.ts";
import { signValue, verifySignature } from "./signature.ts";

export interface GrantDraft {
  readonly spore: PublicKey;
  readonly name: string;
  readonly issuedAt: number;
  readonly expiresAt?: number;
}

/** The operator's half. */
export function grantCertificate(operator: KeyPair, draft: GrantDraft): Grant {
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

/** The spore's half. */
export function acceptCertificate(grant: Grant, spore: KeyPair): Certificate {
  return { ...grant, acceptance: spore.sign(signingBytes("acceptance", digestOf(grant))) };
}

/** Both halves, where both keys are at hand. */
export function issueCertificate(
  operator: KeyPair,
  draft: Omit<GrantDraft, "spore"> & { readonly spore: KeyPair },
): Certificate {
  const { spore } = draft;
  return acceptCertificate(grantCertificate(operator, { ...draft, spore: spore.publicKey }), spore);
}

/** Both signatures; whether it is in force at some time is `isCertificateInForce`. */
export function isCertificateSigned(certificate: Certificate): boolean {
  return certificateProofs(certificate).every(({ key, message, signature }) =>
    verifySignature(key, message, signature),
  );
}

/** Which of these are signed by both, in order: in bulk, so on other threads where there are many. */
export async function areCertificatesSigned(
  certificates: readonly Certificate[],
  verify: typeof verifyMany = verifyMany,
): Promise<boolean[]> {
  const digests = certificates.map(digestOfGrant);
  const part = (publicKey: "operator" | "spore", signature: "signature" | "acceptance") =>
    certificates.map((one, i) => ({
      publicKey: one[publicKey],
      digest: digests[i] ?? "",
      signature: one[signature],
    }));
  const [granted, accepted] = await Promise.all([
    verify("certificate", part("operator", "signature")),
    verify("acceptance", part("spore", "acceptance")),
  ]);
  return certificates.map((_, i) => granted[i] === true && accepted[i] === true);
}

/** `now` in ms. A certificate from the future is accepted: clocks differ, and it grants nothing a later one would not. */
export function isCertificateInForce(certificate: Certificate, now: number): boolean {
  return certificate.expires_at === null || certificate.expires_at > now;
}
