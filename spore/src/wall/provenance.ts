/**
 * Proof, for later, of which restricted entry a public claim came from. Pure.
 *
 *   opening = HMAC-SHA256(spore secret, "synapse/provenance/1\n" + source id + "\n" + SHA-256(claim))
 *   tag     = SHA-256("synapse/provenance/1\n" + opening + "\n" + source id + "\n" + SHA-256(claim))
 *
 * The tag travels with the claim. Whoever lacks the secret cannot tell which source it belongs to, not even with the
 * source's id in hand, and two claims from one source carry unrelated tags. The author proves one origin by showing the
 * opening for that claim; nothing else is opened by it (a commitment with a pseudorandom opening).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";

const DOMAIN = "synapse/provenance/1\n";

export interface Provenance {
  readonly source: EntryId;
  /** 64 hex; shown only to prove. */
  readonly opening: string;
  /** 64 hex; travels with the claim. */
  readonly tag: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** @param secret 32 bytes that never leave the spore. */
export function provenanceOf(secret: Uint8Array, source: EntryId, claim: string): Provenance {
  const subject = `${source}\n${sha256(claim)}`;
  const opening = createHmac("sha256", secret)
    .update(DOMAIN + subject)
    .digest("hex");
  return { source, opening, tag: sha256(`${DOMAIN}${opening}\n${subject}`) };
}

/** Does this opening prove that the claim with this tag came from this source? Anybody can check. */
export function isProven({ source, opening, tag }: Provenance, claim: string): boolean {
  const expected = Buffer.from(sha256(`${DOMAIN}${opening}\n${source}\n${sha256(claim)}`));
  const given = Buffer.from(tag);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
