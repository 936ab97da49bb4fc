/**
 * Two fixed Ed25519 keys for vectors and reproducible tests: the first two secret keys of RFC 8032, section 7.1.
 * They are published in that RFC, so they must never sign anything real.
 */
import { createPrivateKey } from "node:crypto";
import { type KeyPair, toKeyPair } from "@synapse/spore/identity/keypair.ts";

export const SPORE_SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
export const OPERATOR_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

/** PKCS #8 header of an Ed25519 key (RFC 8410); the 32-byte seed follows. */
const PKCS8_PREFIX = "302e020100300506032b657004220420";

/** @param seed 64 hex characters. */
export function keyPairOfSeed(seed: string): KeyPair {
  return toKeyPair(
    createPrivateKey({ key: Buffer.from(PKCS8_PREFIX + seed, "hex"), format: "der", type: "pkcs8" }),
  );
}
