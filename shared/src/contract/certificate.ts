/**
 * Who stands behind a spore: an operator key signs the spore's key and name.
 *
 * signature = Ed25519(operator key, signingBytes("certificate", digestOf(certificate)))
 *
 * Trust caps, the `cluster` label and blocklists are per operator, so a spore without a valid certificate is nobody.
 */
import { z } from "zod";
import { publicKeySchema, signatureSchema, timeMsSchema } from "./entry.ts";

export const sporeNameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    "use 1-63 of a-z 0-9 . _ - and start and end with a letter or digit",
  );

export const certificateSchema = z.strictObject({
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
export type Certificate = z.infer<typeof certificateSchema>;
