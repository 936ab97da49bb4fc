/**
 * How much an author may publish: a rule over bytes alone, so that every honest spore admits the same public set.
 *
 * A memory that never forgets, open to strangers, has to bound what one key can make everyone keep. What arrives when,
 * and who knows whom, differs from spore to spore; so nothing of that is in the rule. It reads three things that are
 * signed into the entry itself:
 *
 *   replica   `<key>.<incarnation>`. Public entries have a sequence of their own, and the incarnation of that sequence is
 *             6 hex of its birth (hours since the Unix epoch) and 10 hex of a nonce.
 *   counter   1, 2, 3 … within the sequence.
 *   clock     the author's time. (That it is not in the future is the one local check, see admission.ts.)
 *
 * An entry is admissible when
 *   1. SHA-256("synapse/newcomer/1\n" + replica) starts with `workBits` zero bits: a new
 *      sequence costs its author about a second, and a thousand of them a quarter of an hour;
 *   2. birth ≤ clock < birth + `lifeHours`: a sequence is short-lived, so claiming an early birth buys little;
 *   3. counter ≤ `burst` + `perHour` × whole hours between birth and clock.
 *
 * So one sequence never holds more than burst + perHour × lifeHours entries, and forks of a sequence are bounded by the
 * replica (at most two entries a dot count). The writer asks `allowance` before anything is signed.
 *
 * Nobody is let off the price by somebody else's word: a word that honest spores have not all heard makes them hold
 * different sets, and whoever may give it gives it to himself.
 *
 * What is bounded is the sequence, not the key: a key may pay for any number of them, with births in the past too. A
 * limit on their number would be broken by whoever sends them in another order, or would take a spore that has lost its
 * disk for one that forks. Proof of work prices newcomers, it does not stop the rich: what does is that a commander can
 * block an operator.
 */
import { hash } from "node:crypto";
import type { ReplicaId } from "@synapse/shared/ids.ts";

export interface PublicRule {
  readonly workBits: number;
  readonly lifeHours: number;
  readonly burst: number;
  readonly perHour: number;
}

/** The network's rule. Part of the DNA: spores with another rule would hold other sets. */
export const PUBLIC_RULE: PublicRule = {
  // About a million hashes: a second in JavaScript on a laptop, three on a Raspberry Pi, once a month.
  workBits: 20,
  lifeHours: 30 * 24,
  // A shelf of notes at once, then 1,920 entries a day: far above what reasoning in the open produces.
  burst: 5_000,
  perHour: 80,
};

export type PublicBreach = "unpaid" | "out_of_life" | "over_rate";

export const HOUR_MS = 3_600_000;
const KEY_CHARS = 43;
const BIRTH_CHARS = 6;

/** @returns what is wrong with publishing this, or null. `clockMs` is the entry's own time. */
export function publicBreach(
  { replica, counter, clockMs }: { replica: ReplicaId; counter: number; clockMs: number },
  rule: PublicRule,
): PublicBreach | null {
  if (workOf(replica) < rule.workBits) return "unpaid";
  const allowed = allowance(replica, clockMs, rule);
  if (allowed === 0) return "out_of_life";
  return counter <= allowed ? null : "over_rate";
}

/** The highest counter that the sequence may have used at a time; 0 where it is not alive. */
export function allowance(replica: ReplicaId, clockMs: number, rule: PublicRule): number {
  const hours = Math.floor((clockMs - birthOf(replica)) / HOUR_MS);
  return hours < 0 || hours >= rule.lifeHours ? 0 : rule.burst + rule.perHour * hours;
}

/** How long from `now` until the sequence may reach a counter, ms; null where it dies before. */
export function waitFor(replica: ReplicaId, counter: number, now: number, rule: PublicRule): number | null {
  const hours = Math.ceil((counter - rule.burst) / rule.perHour);
  return hours >= rule.lifeHours ? null : Math.max(0, birthOf(replica) + hours * HOUR_MS - now);
}

/** Milliseconds since the epoch at which the sequence claims to have begun. */
export function birthOf(replica: ReplicaId): number {
  const at = KEY_CHARS + 1;
  return Number.parseInt(replica.slice(at, at + BIRTH_CHARS), 16) * HOUR_MS;
}

/** What a replica id starts with, up to the nonce that has to be found. */
export function replicaPrefix(publicKey: string, now: number): string {
  const hours = Math.floor(now / HOUR_MS);
  return `${publicKey}.${hours.toString(16).padStart(BIRTH_CHARS, "0")}`;
}

/** Zero bits in front of the hash that prices a sequence. */
function workOf(replica: ReplicaId): number {
  return leadingZeroBits(hash("sha256", `synapse/newcomer/1\n${replica}`, "hex"));
}

function leadingZeroBits(hex: string): number {
  const at = hex.search(/[^0]/);
  if (at === -1) return hex.length * 4;
  return at * 4 + Math.clz32(Number.parseInt(hex.charAt(at), 16)) - 28;
}

/**
 * Tries `tries` nonces from `start` (below 2^40).
 * @returns the replica id that pays, or null where none of these does.
 */
export function findPaidReplica(
  prefix: string,
  workBits: number,
  start: number,
  tries: number,
): ReplicaId | null {
  for (let nonce = start; nonce < start + tries; nonce++) {
    const replica = (prefix + (nonce % 2 ** 40).toString(16).padStart(10, "0")) as ReplicaId;
    if (workOf(replica) >= workBits) return replica;
  }
  return null;
}
