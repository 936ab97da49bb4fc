/**
 * What the spore's thread and its signature thread say to each other (crypto-worker.ts, crypto-threads.ts).
 *
 * Fixed-size records in byte arrays: a message object a signature would cost as much as the signature.
 */

export const DIGEST_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const KEY_BYTES = 32;
/** Key, digest, signature. */
export const CHECK_BYTES = KEY_BYTES + DIGEST_BYTES + SIGNATURE_BYTES;

/** How far a signature is. Who makes it changes FREE to TAKEN first, atomically, so that no two make the same. */
export const FREE = 0;
export const TAKEN = 1;
export const DONE = 2;

/** Signatures wanted for digests, in memory both sides see: signature i is there once `states[i]` is DONE. */
export interface SignRequest {
  readonly do: "sign";
  /** PKCS #8 DER. */
  readonly key: Uint8Array;
  readonly domain: string;
  readonly digests: Uint8Array;
  readonly signatures: Uint8Array<SharedArrayBuffer>;
  readonly states: Uint8Array<SharedArrayBuffer>;
}

/** Are these signatures genuine? Answered by a VerifyReply of the same number. */
export interface VerifyRequest {
  readonly do: "verify";
  readonly number: number;
  readonly domain: string;
  readonly checks: Uint8Array<ArrayBuffer>;
}

export interface VerifyReply {
  readonly number: number;
  /** 1 for each genuine signature, else 0. */
  readonly genuine: Uint8Array<ArrayBuffer>;
}
