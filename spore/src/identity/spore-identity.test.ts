/** Where a spore's identity comes from: files it makes, or text it is handed where no disk outlives a restart. */
import { afterAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grantCertificate } from "./certificate.ts";
import { createKeyPair, toKeyPair } from "./keypair.ts";
import { loadSporeIdentity } from "./spore-identity.ts";

const dataDir = mkdtempSync(join(tmpdir(), "synapse-identity-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const now = 1_000;
const operator = createKeyPair();
const { privateKey } = generateKeyPairSync("ed25519");
const spore = toKeyPair(privateKey);
const sporeKey = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64url");
const certificate = grantCertificate(operator, { spore: spore.publicKey, name: "hosted", issuedAt: now });
const base = { name: "hosted", dataDir, operatorKeyFile: join(dataDir, "operator.key"), now };

describe("an identity handed over as text", () => {
  test("is taken as it is, and neither key is ever written", () => {
    const loaded = loadSporeIdentity({ ...base, sporeKey, certificate: JSON.stringify(certificate) });
    expect(loaded).toMatchObject({ ok: true, value: { certificate: { ...certificate } } });
    expect(loaded.ok && loaded.value.key.publicKey).toBe(spore.publicKey);
    expect(existsSync(join(dataDir, "spore.key"))).toBe(false);
    expect(existsSync(base.operatorKeyFile)).toBe(false);
  });

  test("may name a file for the certificate", () => {
    const file = join(dataDir, "given.json");
    writeFileSync(file, JSON.stringify(certificate));
    expect(loadSporeIdentity({ ...base, sporeKey, certificate: file }).ok).toBe(true);
  });

  test.each([
    [
      "a certificate for another key",
      JSON.stringify(
        grantCertificate(operator, { spore: createKeyPair().publicKey, name: "hosted", issuedAt: now }),
      ),
      sporeKey,
    ],
    ["a certificate that was altered", JSON.stringify({ ...certificate, name: "other" }), sporeKey],
    ["a certificate that is not JSON", "{", sporeKey],
    [
      "an expired certificate",
      JSON.stringify(
        grantCertificate(operator, { spore: spore.publicKey, name: "hosted", issuedAt: 0, expiresAt: now }),
      ),
      sporeKey,
    ],
    ["a key that is none", JSON.stringify(certificate), "bm9uZQ"],
  ])("refuses %s, without showing the key", (_, given, key) => {
    const loaded = loadSporeIdentity({ ...base, sporeKey: key, certificate: given });
    expect(loaded.ok).toBe(false);
    expect(JSON.stringify(loaded)).not.toContain(sporeKey);
  });
});

test("without text the files are made once and found again", () => {
  const first = loadSporeIdentity({ ...base, sporeKey: null, certificate: null });
  const second = loadSporeIdentity({ ...base, sporeKey: null, certificate: null, now: now + 5 });
  if (!first.ok || !second.ok) throw new Error("no identity");
  expect(second.value.certificate).toEqual(first.value.certificate);
});
