/** Messages of every kind as fast-check draws them: honest ones, and honest ones that something was done to. */
import { createPrivateKey } from "node:crypto";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { encode } from "cborg";
import fc from "fast-check";
import { issueCertificate } from "../identity/certificate.ts";
import { toKeyPair } from "../identity/keypair.ts";
import { SYMBOL_BYTES } from "../replica/sketch.ts";
import { type Kind, SCOPES } from "./wire.ts";

export type Message = Record<string, unknown>;

const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
const units = (unit: number, min: number, max: number) =>
  fc.integer({ min, max }).chain((n) => bytes(unit * n));
const v = fc.constant(1);
const scope = fc.nat(SCOPES.length - 1);
const count = fc.nat();
const root = bytes(32);
const keys = units(8, 0, 20);
const symbols = units(SYMBOL_BYTES, 1, 8);
const prefix = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), maxLength: 64 });

/** Always the same keys: a failure is replayed from its seed. */
function keyOf(number: number) {
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${String(number).padStart(64, "0")}`, "hex");
  return toKeyPair(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
}

const certificates: readonly Certificate[] = [0, 1].map((n) =>
  issueCertificate(keyOf(2 * n), { spore: keyOf(2 * n + 1), name: `spore-${n}`, issuedAt: 1 }),
);
const certificate = fc.constantFrom(...certificates);
const publicKey = certificate.map(({ spore }) => spore);
const item = fc.tuple(
  fc.string({ maxLength: 40 }),
  certificate.map(({ signature }) => signature),
);
const items = fc.array(item, { maxLength: 5 });

export const requests: Readonly<Record<Kind, fc.Arbitrary<Message>>> = {
  hello: fc.record({ v, url: fc.webUrl(), card: item }),
  compare: fc.record(
    { v, in: scope, root, n: count, sym: symbols },
    { requiredKeys: ["v", "in", "root", "n"] },
  ),
  sketch: fc.record({ v, in: scope, from: fc.nat(1_000), to: fc.integer({ min: 1, max: 1_000 }) }),
  descend: fc.record({
    v,
    in: scope,
    nonce: bytes(8),
    nodes: fc.array(fc.tuple(prefix, bytes(8)), { maxLength: 8 }),
  }),
  want: fc.record({ v, in: scope, keys, ids: units(32, 0, 5) }),
  put: fc.record({
    v,
    in: scope,
    items,
    certs: fc.array(certificate, { maxLength: 2 }),
    rumour: fc.boolean(),
  }),
  announce: fc.record({ v, in: scope, keys }),
  log: fc.record({ v, in: scope, after: count, limit: fc.integer({ min: 1, max: 1_000 }) }),
  certificates: fc.record({ v, keys: fc.array(publicKey, { maxLength: 4 }) }),
  listen: fc.record({ v }),
};

export const replies: Readonly<Record<Kind, fc.Arbitrary<Message>>> = {
  hello: fc.record({ card: item, at: count }),
  compare: fc.oneof(
    fc.record({ is: fc.constant("equal") }),
    fc.record({ is: fc.constant("diff"), items, have: keys, want: keys, root, n: count }),
    fc.record({ is: fc.constant("sketch"), sym: symbols, root, n: count }),
    fc.record({ is: fc.constant("split"), root, n: count }),
  ),
  sketch: fc.record({ sym: symbols, n: count }),
  descend: fc.record({
    done: fc.nat(1_000),
    nodes: fc.array(
      fc.oneof(
        fc.tuple(prefix, fc.constant(0), bytes(8 * 16)),
        fc.tuple(prefix, fc.constant(1), units(32, 0, 32)),
      ),
      { maxLength: 5 },
    ),
  }),
  want: fc.record({ items, more: fc.boolean() }),
  put: fc.record({
    stored: count,
    known: count,
    rejected: count,
    missing: fc.array(publicKey, { maxLength: 3 }),
  }),
  announce: fc.record({ want: keys }),
  log: fc.record({ items, seq: count, n: count }),
  certificates: fc.record({ certs: fc.array(certificate, { maxLength: 2 }) }),
  listen: fc.record({ news: fc.array(fc.tuple(scope, keys), { maxLength: SCOPES.length }) }),
};

/** What no honest spore says anywhere: other types, edges of numbers, things too large, deep or odd. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, "", [], {}, -1, 0.5, 2 ** 31, 2 ** 53, "\u0000", "__proto__"),
  fc.constantFrom<unknown>([[[[[[[[[[]]]]]]]]]], { a: { b: { c: {} } } }, "x".repeat(200_000)),
  bytes(0, 40),
  bytes(SYMBOL_BYTES * 3 + 1),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.constant(Array(20_000).fill(0)),
);

/** Every place inside a message: the keys and positions that lead there. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return [[...path]];
  const members = Array.isArray(value) ? value.map((one, i) => [i, one] as const) : Object.entries(value);
  const here = path.length === 0 ? [] : [[...path]];
  return [...here, ...members.flatMap(([key, one]) => placesIn(one, [...path, key]))];
}

function changedAt(value: unknown, path: readonly (string | number)[], change: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = changedAt(copy[key], rest, change);
  return copy;
}

/** An honest message with one to three of its values, anywhere inside, replaced by strange ones. */
export function mangled(honest: fc.Arbitrary<Message>): fc.Arbitrary<Message> {
  const change = fc.tuple(fc.nat(), strange);
  return fc.tuple(honest, fc.array(change, { minLength: 1, maxLength: 3 })).map(([message, changes]) =>
    changes.reduce<Message>((mangling, [at, value]) => {
      const places = placesIn(mangling);
      return changedAt(mangling, places[at % places.length] ?? [], value) as Message;
    }, message),
  );
}

/**
 * So many messages of a kind with something wrong inside, as an encoder writes them that knows more of CBOR than messages
 * may hold; the same seed draws the same.
 */
export const mangledRequests = (
  kind: Kind,
  count: number,
  seed: number,
): readonly Uint8Array<ArrayBuffer>[] =>
  fc
    .sample(mangled(requests[kind]), { numRuns: count, seed })
    .map((message) => new Uint8Array(encode(message)));
