/**
 * A stream of bytes under a passphrase: nobody without it reads them, and nobody changes, reorders or cuts them unseen.
 *
 * Format: "SYNBAK1\n", 16 random bytes of salt, 7 random bytes of nonce, then chunks of up to 1 MiB of plain text, each
 * followed by its tag of 16 bytes. AES-256-GCM; the key is scrypt(passphrase, salt). The nonce of a chunk is the random
 * part, the chunk's number (4 bytes, big endian) and 1 for the last chunk, else 0: the STREAM construction (Hoang,
 * Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015).
 * Salt and nonce are drawn anew for every file, so no key and nonce are ever used twice.
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

const MAGIC = Buffer.from("SYNBAK1\n");
const SALT_BYTES = 16;
const NONCE_BYTES = 7;
const TAG_BYTES = 16;
const HEADER_BYTES = MAGIC.length + SALT_BYTES + NONCE_BYTES;
export const CHUNK_BYTES = 1024 * 1024;
/** 128 MiB and half a second for each guess of a passphrase. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
export const PASSPHRASE_CHARS_MIN = 12;

/** The passphrase is wrong, or the file was damaged or cut short. The two cannot be told apart. */
export class UnsealError extends Error {}

/** From a salt to the key of one file, 32 bytes. */
export type KeyOfSalt = (salt: Uint8Array) => Buffer;

export function keyOfPassphrase(passphrase: string): KeyOfSalt {
  return (salt) => scryptSync(passphrase, salt, 32, SCRYPT);
}

export async function* seal(plain: AsyncIterable<Uint8Array>, keyOf: KeyOfSalt): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  yield Buffer.concat([MAGIC, salt, nonce]);
  const key = keyOf(salt);
  let number = 0;
  let waiting: Buffer = Buffer.alloc(0);
  for await (const piece of plain) {
    waiting = Buffer.concat([waiting, piece]);
    // One chunk is held back: the last one is marked, and may be empty.
    while (waiting.length > CHUNK_BYTES) {
      yield sealChunk(key, chunkNonce(nonce, number++, false), waiting.subarray(0, CHUNK_BYTES));
      waiting = waiting.subarray(CHUNK_BYTES);
    }
  }
  yield sealChunk(key, chunkNonce(nonce, number, true), waiting);
}

/** Throws UnsealError before it yields anything that is not genuine. */
export async function* unseal(sealed: AsyncIterable<Uint8Array>, keyOf: KeyOfSalt): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  let key: Buffer | null = null;
  let nonce: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const piece of sealed) {
    waiting = Buffer.concat([waiting, piece]);
    if (key === null) {
      if (waiting.length < HEADER_BYTES) continue;
      if (!waiting.subarray(0, MAGIC.length).equals(MAGIC))
        throw new UnsealError("this is no backup of a spore");
      const salt = waiting.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
      nonce = waiting.subarray(MAGIC.length + SALT_BYTES, HEADER_BYTES);
      key = keyOf(salt);
      waiting = waiting.subarray(HEADER_BYTES);
    }
    while (waiting.length > CHUNK_BYTES + TAG_BYTES) {
      const chunk = waiting.subarray(0, CHUNK_BYTES + TAG_BYTES);
      yield openChunk(key, chunkNonce(nonce, number++, false), chunk);
      waiting = waiting.subarray(CHUNK_BYTES + TAG_BYTES);
    }
  }
  if (key === null || waiting.length < TAG_BYTES) throw new UnsealError("the backup is cut short");
  yield openChunk(key, chunkNonce(nonce, number, true), waiting);
}

function chunkNonce(random: Buffer, number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  random.copy(nonce);
  nonce.writeUInt32BE(number, NONCE_BYTES);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function sealChunk(key: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    // GCM says only that the tag does not fit.
    throw new UnsealError("wrong passphrase, or the backup was damaged");
  }
}
