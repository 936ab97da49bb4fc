/**
 * Who stands behind a spore: an operator key signs the spore's key and name, and the spore accepts.
 *
 * digest     = digestOf(certificate without `acceptance`)
 * signature  = Ed25519(operator key, signingBytes("certificate", digest))
 * acceptance = Ed25519(spore key, signingBytes("acceptance", digest))
 *
 * Both, because a certificate gives rights over what the spore wrote (its operator's other spores may retract it):
 * with one signature alone any operator could claim any spore.
 *
 * Trust caps, the `cluster` label and blocklists are per operator, so a spore without a valid certificate is nobody.
 */
import { z } from "zod";
import type { PublicKey } from "../ids.ts";
import { digestOf, signingBytes } from "../signing.ts";
import { publicKeySchema, signatureSchema, timeMsSchema } from "./entry.ts";

export const sporeNameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    "use 1-63 of a-z 0-9 . _ - and start and end with a letter or digit",
  );

/** What an operator signs; it becomes a certificate once the spore has accepted it. */
export const grantSchema = z.strictObject({
  v: z.literal(1),
  spore: publicKeySchema,
  operator: publicKeySchema,
  /** The spore's display name (SPORE_ID). Unique within an operator by convention; the key is the identity. */
  name: sporeNameSchema,
  issued_at: timeMsSchema,
  /** Null: valid until it is revoked. */
  expires_at: timeMsSchema.nullable(),
  signature: signatureSchema,
});
export type Grant = z.infer<typeof grantSchema>;

export const certificateSchema = grantSchema.extend({ acceptance: signatureSchema });
export type Certificate = z.infer<typeof certificateSchema>;

/** What both signatures cover, 64 hex. */
export function digestOfGrant({ acceptance: _, ...granted }: Certificate): string {
  return digestOf(granted);
}

/** Who must have signed which bytes for the certificate to be genuine. */
export function certificateProofs(certificate: Certificate): readonly {
  readonly key: PublicKey;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly signature: string;
}[] {
  const digest = digestOfGrant(certificate);
  return [
    {
      key: certificate.operator,
      message: signingBytes("certificate", digest),
      signature: certificate.signature,
    },
    {
      key: certificate.spore,
      message: signingBytes("acceptance", digest),
      signature: certificate.acceptance,
    },
  ];
}
