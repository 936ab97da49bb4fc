/**
 * Signing and verifying in bulk on other threads, so that a thousand signatures neither hold up requests nor wait for
 * the database: an Ed25519 signature takes about as long as storing the entry it signs, a verification three times that.
 *
 * `signLater` returns at once. Whoever asks for a signature that is not there yet makes it on the spot, or, while the
 * other thread is at it, the next one that nobody makes yet: nobody ever waits for the other thread, and should that one
 * die, what it had taken is made again. Ed25519 (RFC 8032) is deterministic, so both would write the same bytes.
 *
 * The threads start with the first large batch and do not keep the process alive.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
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
import { verifySignature } from "./signature.ts";

/** Fewer are done sooner here than handed over. */
const BATCH_MIN = 16;
/** Signatures in one request to a thread: so few that several threads share a batch. */
const SLICE = 128;
/**
 * One a core: the thread that parses and stores often waits, and its core then checks. Beyond four it is the narrow place
 * itself.
 */
const THREADS_MAX = 4;

export interface Check {
  /** Base64url, as they stand in entries. */
  readonly publicKey: string;
  readonly signature: string;
  /** 64 hex. */
  readonly digest: string;
}

/** Signatures that may still be in the making. */
export interface PendingSignatures {
  /** Raw, 64 bytes. */
  at(index: number): Buffer;
}

export interface SigningKey {
  /** PKCS #8 DER. */
  der(): Uint8Array;
  sign(message: Uint8Array): Buffer;
}

interface Job {
  readonly domain: SigningDomain;
  readonly checks: readonly Check[];
  readonly resolve: (genuine: readonly boolean[]) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

const threads: Thread[] = [];
let nextNumber = 0;

/** Starts making signatures for digests (64 hex) and returns. */
export function signLater(
  key: SigningKey,
  domain: SigningDomain,
  digests: readonly string[],
): PendingSignatures {
  const signHere = (index: number) => key.sign(signingBytes(domain, digests[index] ?? ""));
  if (digests.length < BATCH_MIN) return { at: signHere };
  const signatures = new Uint8Array(new SharedArrayBuffer(digests.length * SIGNATURE_BYTES));
  const states = new Uint8Array(new SharedArrayBuffer(digests.length));
  const request: SignRequest = {
    do: "sign",
    key: key.der(),
    domain,
    digests: Buffer.from(digests.join(""), "hex"),
    signatures,
    states,
  };
  threadFor(0).worker.postMessage(request);

  function make(index: number): void {
    signatures.set(signHere(index), index * SIGNATURE_BYTES);
    Atomics.store(states, index, DONE);
  }

  /** The first one from here on that nobody makes yet, now ours; −1 where there is none. */
  function take(from: number): number {
    for (let i = from; i < states.length; i++) {
      if (Atomics.compareExchange(states, i, FREE, TAKEN) === FREE) return i;
    }
    return -1;
  }

  return {
    at(index) {
      while (Atomics.load(states, index) !== DONE) {
        const taken = take(index);
        make(taken === -1 ? index : taken);
      }
      return Buffer.from(signatures.slice(index * SIGNATURE_BYTES, (index + 1) * SIGNATURE_BYTES));
    },
  };
}

/** Which of these signatures are genuine, in order. Malformed keys and signatures are not. */
export async function verifyMany(domain: SigningDomain, checks: readonly Check[]): Promise<boolean[]> {
  if (checks.length < BATCH_MIN) return checks.map((check) => verifyHere(domain, check));
  const slices: Promise<readonly boolean[]>[] = [];
  for (let start = 0; start < checks.length; start += SLICE) {
    slices.push(verifySlice(domain, checks.slice(start, start + SLICE)));
  }
  return (await Promise.all(slices)).flat();
}

function verifyHere(domain: SigningDomain, { publicKey, digest, signature }: Check): boolean {
  return verifySignature(publicKey, signingBytes(domain, digest), signature);
}

function verifySlice(domain: SigningDomain, checks: readonly Check[]): Promise<readonly boolean[]> {
  const bytes = new Uint8Array(checks.length * CHECK_BYTES);
  const buffer = Buffer.from(bytes.buffer);
  const wellFormed = checks.map((check, i) => writeCheck(buffer, i * CHECK_BYTES, check));
  const number = nextNumber++;
  const { worker, jobs } = threadFor(number);
  const { promise, resolve } = Promise.withResolvers<readonly boolean[]>();
  jobs.set(number, { domain, checks, resolve });
  worker.ref();
  const request: VerifyRequest = { do: "verify", number, domain, checks: bytes };
  worker.postMessage(request, [bytes.buffer]);
  return promise.then((genuine) => genuine.map((one, i) => one && wellFormed[i] === true));
}

/** @returns false where a part is not exactly the spelling of so many bytes. */
function writeCheck(buffer: Buffer, at: number, { publicKey, digest, signature }: Check): boolean {
  buffer.write(digest, at + KEY_BYTES, DIGEST_BYTES, "hex");
  return (
    writeExactly(buffer, publicKey, at, KEY_BYTES) &&
    writeExactly(buffer, signature, at + KEY_BYTES + DIGEST_BYTES, SIGNATURE_BYTES)
  );
}

/** One spelling only: otherwise the same signature could be stored under two texts. */
function writeExactly(buffer: Buffer, text: string, at: number, bytes: number): boolean {
  return (
    buffer.write(text, at, bytes, "base64url") === bytes &&
    buffer.toString("base64url", at, at + bytes) === text
  );
}

function threadFor(number: number): Thread {
  const index = number % Math.min(THREADS_MAX, Math.max(1, availableParallelism()));
  const thread = threads[index] ?? startThread(index);
  threads[index] = thread;
  return thread;
}

function startThread(index: number): Thread {
  const worker = new Worker(new URL("./crypto-worker.ts", import.meta.url));
  const jobs = new Map<number, Job>();
  worker.on("message", ({ number, genuine }: VerifyReply) => {
    const job = jobs.get(number);
    jobs.delete(number);
    job?.resolve(Array.from(genuine, (one) => one === 1));
    // While an answer is awaited the thread keeps the process alive, and only then.
    if (jobs.size === 0) worker.unref();
  });
  worker.on("error", () => {
    // The thread is gone: what it owed is done here, and the next batch starts another one.
    delete threads[index];
    for (const { domain, checks, resolve } of jobs.values()) {
      resolve(checks.map((check) => verifyHere(domain, check)));
    }
    jobs.clear();
  });
  // After the listeners: adding one makes the thread count again.
  worker.unref();
  return { worker, jobs };
}
