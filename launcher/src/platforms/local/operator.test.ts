import { afterAll, describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataDirAt } from "./data-dir.ts";
import { openOperator } from "./operator.ts";

const root = mkdtempSync(join(tmpdir(), "synapse-operator-"));
afterAll(() => rmSync(root, { recursive: true }));

let next = 0;
const fresh = () => dataDirAt(join(root, `data-${next++}`));
const opened = (dataDir: ReturnType<typeof fresh>, token?: string) => {
  const operator = openOperator(dataDir, token);
  if (!operator.ok) throw new Error(operator.error);
  return operator.value;
};
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("key and token", () => {
  test("are made once, kept, and read by nobody else", () => {
    const dataDir = fresh();
    const first = opened(dataDir);
    expect(first.notices.join()).toContain("keep a copy");
    expect(first.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([modeOf(dataDir.operatorKey), modeOf(dataDir.operatorToken), modeOf(dataDir.path)]).toEqual([
      0o600, 0o600, 0o700,
    ]);
    const second = opened(dataDir);
    expect({ ...second, notices: [] }).toEqual({ ...first, notices: [] });
    expect(second.notices).toEqual([]);
  });

  test("the public half verifies what the key signs", () => {
    const dataDir = fresh();
    const { publicKey } = opened(dataDir);
    const key = createPrivateKey(readFileSync(dataDir.operatorKey));
    const signature = sign(null, Buffer.from("x"), key);
    const half = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
    expect(verify(null, Buffer.from("x"), half, signature)).toBe(true);
  });

  test("files that others could read are narrowed, and that is said", () => {
    const dataDir = fresh();
    opened(dataDir);
    chmodSync(dataDir.operatorToken, 0o644);
    expect(opened(dataDir).notices.join()).toContain("0600");
    expect(modeOf(dataDir.operatorToken)).toBe(0o600);
  });
});

describe("a token from the environment", () => {
  test("becomes the token where there is none, and yields to the file where there is one", () => {
    const dataDir = fresh();
    expect(opened(dataDir, "given-by-hand").token).toBe("given-by-hand");
    const later = opened(dataDir, "another-one");
    expect(later.token).toBe("given-by-hand");
    expect(later.notices.join()).toContain("differs");
  });

  test("that no header could carry is refused before a file is made", () => {
    const dataDir = fresh();
    expect(openOperator(dataDir, "two words").ok).toBe(false);
    expect(existsSync(dataDir.operatorToken)).toBe(false);
  });
});

test("a key that is none, or of another kind, is named and left alone", () => {
  for (const [pem, words] of [
    ["not a key", "PEM"],
    [generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "Ed25519"],
  ] as const) {
    const dataDir = fresh();
    opened(dataDir);
    writeFileSync(dataDir.operatorKey, pem);
    const operator = openOperator(dataDir, undefined);
    expect(operator.ok ? "" : operator.error).toContain(words);
    expect(readFileSync(dataDir.operatorKey, "utf8")).toBe(pem);
  }
});
