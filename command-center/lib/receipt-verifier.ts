/**
 * Judges a receipt in this browser: every signature with the browser's own Ed25519, then the rule again over the
 * contributions. Nothing is asked of any server, so the spore that gave the receipt has no say in the verdict.
 */
import { base64urlToBytes } from "@synapse/shared/base64url.ts";
import { type ReceiptReport, verifyReceipt } from "@synapse/shared/receipt.ts";
import type { VerifySignature } from "@synapse/shared/signing.ts";

const verify: VerifySignature = async (publicKey, message, signature) => {
  const key = base64urlToBytes(publicKey);
  const bytes = base64urlToBytes(signature);
  if (key === null || bytes === null) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, bytes, message);
  } catch {
    // Bytes that are no key or no signature prove nothing.
    return false;
  }
};

/** False in browsers without Ed25519, and on pages that are neither https nor local, where browsers switch it off. */
async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

/** @returns null where this browser cannot check signatures. */
export async function judgeReceipt(receipt: unknown): Promise<ReceiptReport | null> {
  return (await canVerify()) ? await verifyReceipt(receipt, verify) : null;
}
