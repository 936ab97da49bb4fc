/** Signatures made and checked on another thread are those of this one, whoever is quicker, and forgeries are found. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { signingBytes } from "@synapse/shared/signing.ts";
import { type Check, verifyMany } from "./crypto-threads.ts";
import { createKeyPair } from "./keypair.ts";

const digests = (count: number) =>
  Array.from({ length: count }, (_, i) => createHash("sha256").update(String(i)).digest("hex"));

for (const [count, waitMs] of [
  [1, 0],
  [300, 0],
  [300, 200],
] as const) {
  test(`${count} signatures, asked for ${waitMs === 0 ? "at once" : "later"}, are this thread's`, async () => {
    const key = createKeyPair();
    const wanted = digests(count);
    const pending = key.signLater("entry", wanted);
    await Bun.sleep(waitMs);
    for (const twice of [0, 1]) {
      wanted.forEach((digest, i) => {
        expect([twice, pending.at(i).toString("base64url")]).toEqual([
          twice,
          key.sign(signingBytes("entry", digest)),
        ]);
      });
    }
  });
}

test("of many signatures exactly the forged, misspelt and mismatched ones are refused", async () => {
  const keys = [createKeyPair(), createKeyPair()] as const;
  const genuine = digests(500).map((digest, i): Check => {
    const key = keys[i % 2] ?? keys[0];
    return { publicKey: key.publicKey, digest, signature: key.sign(signingBytes("entry", digest)) };
  });
  const spoil: Record<number, (check: Check) => Check> = {
    3: (check) => ({ ...check, publicKey: keys[0].publicKey }),
    130: (check) => ({ ...check, digest: "0".repeat(64) }),
    131: (check) => ({ ...check, signature: check.signature.slice(0, 40) }),
    132: (check) => ({ ...check, signature: `${check.signature.slice(0, -1)}-` }),
    255: (check) => ({ ...check, publicKey: "not a key" }),
    256: (check) => ({ ...check, publicKey: `${"A".repeat(42)}8` }),
    499: () => genuine[1] as Check,
  };
  const checks = genuine.map((check, i) => spoil[i]?.(check) ?? check);
  const verdicts = await verifyMany("entry", checks);
  const refused = verdicts.flatMap((one, i) => (one ? [] : [i]));
  // The last one is a genuine signature over what it names: being there twice is not forgery.
  expect(refused).toEqual([3, 130, 131, 132, 255, 256]);
  expect(await verifyMany("certificate", genuine)).not.toContain(true);
});
