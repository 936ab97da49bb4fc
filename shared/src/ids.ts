/**
 * Branded identifiers, so that a task id cannot be passed where a spore key is meant.
 *
 * | name        | form                                             | example            |
 * |-------------|--------------------------------------------------|--------------------|
 * | EntryId     | SHA-256 of the canonical bytes, 64 lowercase hex | `9f86d0…`          |
 * | PublicKey   | raw Ed25519 key, base64url, 43 characters        | `11qYAYKxCrfVS_7…` |
 * | Incarnation | 16 lowercase hex, made together with the store   | `0011223344556677` |
 * | ReplicaId   | `<PublicKey>.<Incarnation>`                      |                    |
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type EntryId = Brand<string, "EntryId">;
export type PublicKey = Brand<string, "PublicKey">;
export type Incarnation = Brand<string, "Incarnation">;
export type ReplicaId = Brand<string, "ReplicaId">;

export const ENTRY_ID_PATTERN = /^[0-9a-f]{64}$/;
export const PUBLIC_KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/;
export const INCARNATION_PATTERN = /^[0-9a-f]{16}$/;
export const REPLICA_ID_PATTERN = /^[A-Za-z0-9_-]{43}\.[0-9a-f]{16}$/;

export function isEntryId(text: string): text is EntryId {
  return ENTRY_ID_PATTERN.test(text);
}

export function isPublicKey(text: string): text is PublicKey {
  return PUBLIC_KEY_PATTERN.test(text);
}

export function toReplicaId(key: PublicKey, incarnation: Incarnation): ReplicaId {
  return `${key}.${incarnation}` as ReplicaId;
}

/** The key that signs for a replica. */
export function replicaKey(replica: ReplicaId): PublicKey {
  return replica.slice(0, 43) as PublicKey;
}
