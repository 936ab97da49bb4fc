/** SHA-256 (FIPS 180-4), synchronous in browsers and Bun. The spore's hot path uses the native one, same result. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const encoder = new TextEncoder();

/** @returns 64 lowercase hex characters. Strings are hashed as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(typeof data === "string" ? encoder.encode(data) : data));
}
