import { expect, test } from "bun:test";
import { sha256Hex } from "./hash.ts";
import { type PublicKey, replicaKey, toReplicaId } from "./ids.ts";
import { digestOf, type SigningDomain, signingBytes } from "./signing.ts";

test("SHA-256 agrees with the published value and with the platform", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const text = "Zürich 😀".repeat(100);
  expect(sha256Hex(text)).toBe(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
});

test("a digest leaves the signature out and nothing else", () => {
  const value = { a: 1, b: { signature: "inner" } };
  expect(digestOf({ ...value, signature: "x" })).toBe(digestOf(value));
  expect(digestOf({ ...value, b: { signature: "other" } })).not.toBe(digestOf(value));
});

test("no two domains sign the same bytes", () => {
  const domains: SigningDomain[] = [
    "entry",
    "certificate",
    "card",
    "request",
    "challenge",
    "receipt",
    "join",
  ];
  const messages = domains.map((domain) => Buffer.from(signingBytes(domain, "0".repeat(64))).toString());
  expect(new Set(messages).size).toBe(domains.length);
  expect(messages[0]).toBe(`synapse/entry/1\n${"0".repeat(64)}`);
});

test("a replica id carries the key that signs for it", () => {
  const key = "A".repeat(43) as PublicKey;
  expect(replicaKey(toReplicaId(key, "0011223344556677" as Parameters<typeof toReplicaId>[1]))).toBe(key);
});
