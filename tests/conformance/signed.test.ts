/**
 * The vectors of shared/vectors/signed.json: what is in the file verifies with the platform's own cryptography, our
 * code makes the same bytes again, and the replica refuses each entry that is to be refused.
 */
import { describe, expect, test } from "bun:test";
import { present } from "@synapse/shared/assert.ts";
import { base64urlToBytes } from "@synapse/shared/base64url.ts";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { certificateProofs, grantSchema } from "@synapse/shared/contract/certificate.ts";
import { entrySchema, KINDS } from "@synapse/shared/contract/entry.ts";
import { peerCardSchema } from "@synapse/shared/contract/peer-card.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { digestOf, type SigningDomain, signingBytes } from "@synapse/shared/signing.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { verifyValue } from "@synapse/spore/identity/signature.ts";
import { admit } from "@synapse/spore/replica/admission.ts";
import vectors from "../../shared/vectors/signed.json";
import { keyPairOfSeed } from "../support/test-keys.ts";
import { signedVectors } from "./signed-samples.ts";

const spore = keyPairOfSeed(vectors.keys.spore.seed);
const operator = keyPairOfSeed(vectors.keys.operator.seed);
const certificates = new Map(
  [spore, operator].map((key) => [
    key.publicKey,
    issueCertificate(operator, { spore: key, name: "vectors", issuedAt: vectors.nowMs }),
  ]),
);

/** What a browser does: Web Crypto instead of the spore's native calls. */
async function verifyInBrowser(publicKey: string, message: Uint8Array<ArrayBuffer>, signature: string) {
  const raw = present(base64urlToBytes(publicKey), "a key of the vectors");
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  return await crypto.subtle.verify(
    "Ed25519",
    key,
    present(base64urlToBytes(signature), "a signature"),
    message,
  );
}

function admitted(wire: { text: string; signature: string }, scope: "public" | "cluster") {
  return admit(wire, {
    scope,
    operator: operator.publicKey,
    now: vectors.nowMs,
    rule: null,
    certificateOf: (key: PublicKey) => certificates.get(key) ?? null,
  });
}

test("the file is what our code makes", () => {
  expect(vectors as unknown).toEqual(JSON.parse(JSON.stringify(signedVectors())));
});

describe("entries", () => {
  test("every kind has one", () => {
    expect(vectors.entries.map((one) => one.name).sort()).toEqual([...KINDS].sort());
  });

  test.each(vectors.entries)("$name", async ({ canonical, id, signature }) => {
    const entry = JSON.parse(canonical);
    expect(entrySchema.safeParse(entry).error).toBeUndefined();
    expect(canonicalJson(entry)).toBe(canonical);
    expect(sha256Hex(canonical)).toBe(id);
    expect(new Bun.CryptoHasher("sha256").update(canonical).digest("hex")).toBe(id);
    expect(await verifyInBrowser(vectors.keys.spore.publicKey, signingBytes("entry", id), signature)).toBe(
      true,
    );
    const scope = entry.label === "public" ? "public" : "cluster";
    expect(admitted({ text: canonical, signature }, scope).ok).toBe(entry.label !== "private");
  });

  test("a clock far ahead waits, and is admitted later", () => {
    const last = present(vectors.entries.at(-1), "a vector");
    const wire = { text: last.canonical, signature: last.signature };
    const context = {
      scope: "cluster" as const,
      operator: operator.publicKey,
      rule: null,
      certificateOf: (key: PublicKey) => certificates.get(key) ?? null,
    };
    expect(admit(wire, { ...context, now: 0 })).toEqual({ ok: false, error: { kind: "clock_ahead" } });
    expect(admit(wire, { ...context, now: vectors.nowMs }).ok).toBe(true);
  });
});

describe("refused", () => {
  test.each(vectors.refused)("$name", (wire) => {
    expect(admitted(wire, "public").ok).toBe(false);
  });
});

describe("certificates and cards", () => {
  test.each(vectors.values)("$name", async ({ name, domain, key, digest, value }) => {
    const schema = name === "card" ? peerCardSchema : grantSchema;
    const parsed = schema.parse(value);
    const own = domain as SigningDomain;
    expect(digestOf(parsed)).toBe(digest);
    expect(await verifyInBrowser(key, signingBytes(own, digest), parsed.signature)).toBe(true);
    expect(verifyValue(parsed, own, key)).toBe(true);
    expect(verifyValue(parsed, "challenge", key)).toBe(false);
    const later = { ...parsed, issued_at: parsed.issued_at + 1 };
    expect(verifyValue(later, own, key)).toBe(false);
  });

  test("the card's certificate is signed by the operator and accepted by the spore", async () => {
    const { value } = present(
      vectors.values.find(({ name }) => name === "card"),
      "the card",
    );
    const { certificate } = peerCardSchema.parse(value);
    const proofs = certificateProofs(certificate);
    expect(proofs.map(({ key }) => key)).toEqual([certificate.operator, certificate.spore]);
    for (const { key, message, signature } of proofs)
      expect(await verifyInBrowser(key, message, signature)).toBe(true);
  });
});
