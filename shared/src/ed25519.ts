/** Ed25519 verification through WebCrypto (RFC 8032): the same in browsers, Bun and Node. */
import { base64urlToBytes } from "./base64url.ts";
import type { VerifySignature } from "./signing.ts";

/** False for anything malformed. Rejects only where the platform has no Ed25519 at all. */
export const verifyEd25519: VerifySignature = async (publicKey, message, signature) => {
  const key = base64urlToBytes(publicKey);
  const bytes = base64urlToBytes(signature);
  if (key?.length !== 32 || bytes?.length !== 64) return false;
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return await crypto.subtle.verify({ name: "Ed25519" }, imported, bytes, message);
};
