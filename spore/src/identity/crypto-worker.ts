/**
 * The signature thread: signs and verifies in batches beside the thread that serves requests and writes the database.
 *
 * It runs whole batches without yielding; batches are small (crypto-threads.ts), so the next request waits for at most
 * a few milliseconds.
 */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { parentPort } from "node:worker_threads";
import type { SigningDomain } from "@synapse/shared/signing.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import {
  CHECK_BYTES,
  DIGEST_BYTES,
  DONE,
  FREE,
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SignRequest,
  TAKEN,
  type VerifyReply,
  type VerifyRequest,
} from "./crypto-messages.ts";
import { verifyRaw } from "./signature.ts";

/** The key used last: a spore has one. */
let known: { readonly der: Buffer; readonly key: KeyObject } | null = null;

parentPort?.on("message", (request: SignRequest | VerifyRequest) => {
  if (request.do === "sign") signBatch(request);
  else {
    const reply: VerifyReply = { number: request.number, genuine: verifyBatch(request) };
    parentPort?.postMessage(reply, [reply.genuine.buffer]);
  }
});

function signBatch({ key, domain, digests, signatures, states }: SignRequest): void {
  const privateKey = keyOf(Buffer.from(key));
  const hex = Buffer.from(digests).toString("hex");
  for (let i = 0; i < states.length; i++) {
    if (Atomics.compareExchange(states, i, FREE, TAKEN) !== FREE) continue;
    const digest = hex.slice(i * DIGEST_BYTES * 2, (i + 1) * DIGEST_BYTES * 2);
    const signature = sign(null, signingBytes(domain as SigningDomain, digest), privateKey);
    signatures.set(signature, i * SIGNATURE_BYTES);
    Atomics.store(states, i, DONE);
  }
}

function keyOf(der: Buffer): KeyObject {
  if (known === null || !known.der.equals(der)) {
    known = { der, key: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
  }
  return known.key;
}

function verifyBatch({ domain, checks }: VerifyRequest): Uint8Array<ArrayBuffer> {
  const genuine = new Uint8Array(checks.byteLength / CHECK_BYTES);
  for (let i = 0; i < genuine.length; i++) {
    const check = Buffer.from(checks.buffer, checks.byteOffset + i * CHECK_BYTES, CHECK_BYTES);
    const key = check.toString("base64url", 0, KEY_BYTES);
    const digest = check.toString("hex", KEY_BYTES, KEY_BYTES + DIGEST_BYTES);
    const message = signingBytes(domain as SigningDomain, digest);
    genuine[i] = verifyRaw(key, message, check.subarray(KEY_BYTES + DIGEST_BYTES)) ? 1 : 0;
  }
  return genuine;
}
