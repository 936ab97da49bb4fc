/** Both forms of the request header say and prove the same, count once together, and nothing else is taken for either. */
import { describe, expect, test } from "bun:test";
import type { PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { createKeyPair } from "../identity/keypair.ts";
import { verifySignature } from "../identity/signature.ts";
import {
  checkRequest,
  type HeaderForm,
  NAME_CHARS,
  parseRequestHeader,
  ReplayGuard,
  type SignedCaller,
  signRequest,
} from "./request-signature.ts";

const caller = createKeyPair();
const responder = createKeyPair();
const stranger = createKeyPair();
const NOW = 1_800_000_000_123;
const EXPIRES = NOW + 30_000;
const NONCE = "AAECAwQFBgcICQoL";
const facts = {
  audience: responder.publicKey,
  method: "POST",
  path: "/gossip/compare",
  body: new Uint8Array([1, 2, 3]),
};
const nameOf = (key: string) => key.slice(0, NAME_CHARS);
const keyOf = (name: string): PublicKey | null =>
  name === nameOf(caller.publicKey) ? caller.publicKey : null;
const FORMS = ["whole", "brief"] as const;

const headerOf = (form: HeaderForm, nonce = NONCE) => signRequest(facts, caller, EXPIRES, nonce, form);
function parsed(header: string): SignedCaller {
  const result = parseRequestHeader(header, keyOf);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
const check = (
  one: SignedCaller,
  changes: Partial<typeof facts> = {},
  guard = new ReplayGuard(),
  now = NOW,
) => checkRequest(one, { ...facts, ...changes }, verifySignature, guard, now);
const refused = (kind: string) => ({ ok: false, error: { kind } });

describe.each(FORMS)("%s form", (form) => {
  test("names its caller, and is good for what was signed alone", () => {
    const one = parsed(headerOf(form));
    expect(one).toMatchObject({ key: caller.publicKey, nonce: NONCE, form });
    expect(check(one)).toEqual({ ok: true, value: caller.publicKey });
    for (const changes of [
      { audience: stranger.publicKey },
      { method: "PUT" },
      { path: "/gossip/put" },
      { body: new Uint8Array([1, 2, 4]) },
    ]) {
      expect(check(one, changes)).toMatchObject(refused("forged"));
    }
    expect(check({ ...one, expiresAt: one.expiresAt + 1_000 })).toMatchObject(refused("forged"));
    expect(check({ ...one, nonce: "AAECAwQFBgcICQoM" })).toMatchObject(refused("forged"));
    expect(check({ ...one, key: stranger.publicKey })).toMatchObject(refused("forged"));
  });

  test("ends when it expires, and is not made for a far future", () => {
    const one = parsed(headerOf(form));
    expect(one.expiresAt - EXPIRES).toBeGreaterThanOrEqual(0);
    expect(one.expiresAt - EXPIRES).toBeLessThan(1_000);
    expect(check(one, {}, new ReplayGuard(), one.expiresAt + 1)).toMatchObject(refused("expired"));
    expect(check(one, {}, new ReplayGuard(), NOW - 3_600_000)).toMatchObject(refused("expired"));
  });

  test("any other character in its place is refused", () => {
    const header = headerOf(form);
    const character = fc.constantFrom(..."AQgwz09_-. /=é\n");
    fc.assert(
      fc.property(fc.nat(header.length - 1), character, (at, changed) => {
        fc.pre(header[at] !== changed);
        const result = parseRequestHeader(header.slice(0, at) + changed + header.slice(at + 1), keyOf);
        if (result.ok) expect(check(result.value).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("nothing shorter or longer is one", () => {
    const header = headerOf(form);
    const cut = Array.from({ length: header.length }, (_, end) => header.slice(0, end));
    for (const text of [...cut, `${header}A`, `${header}.`, ` ${header}`, header + header]) {
      const result = parseRequestHeader(text, keyOf);
      if (result.ok) expect(check(result.value).ok).toBe(false);
    }
  });
});

test("what is signed is the same in both forms", () => {
  // On a whole second: the brief form has no room for more.
  const at = 1_800_000_030_000;
  const [whole, brief] = FORMS.map((form) => parsed(signRequest(facts, caller, at, NONCE, form)));
  expect({ ...brief, form: "whole" }).toEqual({ ...(whole as SignedCaller) });
});

test("a nonce counts once, whichever form it came in", () => {
  const at = 1_800_000_030_000;
  for (const [first, second] of [FORMS, FORMS.toReversed()] as const) {
    const guard = new ReplayGuard();
    const sign = (form: HeaderForm | undefined) => parsed(signRequest(facts, caller, at, NONCE, form));
    expect(check(sign(first), {}, guard).ok).toBe(true);
    expect(check(sign(second), {}, guard)).toMatchObject(refused("replayed"));
  }
});

test("a brief header is 116 characters until 2038, and is still read afterwards", () => {
  expect(headerOf("brief").length).toBe(116);
  const later = 2_300_000_000_000;
  const header = signRequest(facts, caller, later + 30_000, NONCE, "brief");
  expect(header.length).toBe(117);
  expect(check(parsed(header), {}, new ReplayGuard(), later).ok).toBe(true);
});

test("a name that stands for nobody, or for several, is said to be unknown", () => {
  expect(parseRequestHeader(headerOf("brief"), () => null)).toMatchObject(refused("unknown_caller"));
});

test("a name proves nothing: whoever bears the same one signs with another key", () => {
  // As if the responder's cards gave this name to somebody else.
  const result = parseRequestHeader(headerOf("brief"), () => stranger.publicKey);
  expect(result.ok && check(result.value)).toMatchObject(refused("forged"));
});

test("random text is no header", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      expect(parseRequestHeader(text, () => caller.publicKey).ok).toBe(false);
    }),
  );
  expect(parseRequestHeader(null, keyOf)).toMatchObject(refused("unsigned"));
});
