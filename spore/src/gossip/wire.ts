/**
 * The gossip wire protocol, versions 1 and 2. This head is its specification.
 *
 * Transport: `POST <base URL>/gossip/<kind>`, body one CBOR item (RFC 8949) of `application/cbor`, definite lengths,
 * text keys, no tags, floats, or duplicate keys, nesting at most 8. Bodies may be gzip-coded (`content-encoding`), replies
 * also zstd-coded where the request's `accept-encoding` names it, as `log` and `want` do.
 * Every request is signed (request-signature.ts), and so is every reply of status 200.
 * A request is at most 512 KiB and a reply at most 1 MiB plus envelope, before *and* after decompression.
 *
 * Values: *scope* 0 = public, 1 = cluster, 2 = peer cards. *key* = the first 8 bytes of an id. *keys*, *ids* = a byte
 * string of 8 or 32 bytes each, joined. *item* = [text, signature]; its id is SHA-256(text). *symbols*, see sketch.ts.
 *
 * | kind         | request                         | reply                                                         |
 * |--------------|---------------------------------|---------------------------------------------------------------|
 * | hello        | v url card                      | card at                                                       |
 * | compare      | v in root n [sym]               | is "equal" / "diff" items have want root n /                  |
 * |              |                                 |    "sketch" sym root n / "split" root n                       |
 * | sketch       | v in from to                    | sym n                                                         |
 * | descend      | v in nonce nodes                | done nodes                                                    |
 * | want         | v in keys ids                   | items more                                                    |
 * | put          | v in items certs rumour         | stored known rejected missing                                 |
 * | announce     | v in keys                       | want                                                          |
 * | log          | v in after limit                | items seq n                                                   |
 * | certificates | v keys                          | certs                                                         |
 * | listen       | v                               | news                                                          |
 *
 * compare  `root` is the caller's Merkle root, `n` its count, `sym` its first symbols. The reply is *equal*; or *diff*
 *          when the difference was decoded: items the caller lacks as far as they fit, the keys of those that did not
 *          (`have`), the keys the responder lacks (`want`); or *sketch*: the responder's own symbols, as many as the
 *          estimated difference needs, so that the caller decodes; or *split* where the difference is beyond a sketch.
 * sketch   more symbols of the responder, `from` ≤ i < `to`: the sketch is rateless, so none is sent twice.
 * descend  the certain way. Each node is [prefix, print], print = first 8 bytes of SHA-256(nonce ‖ digest) with a
 *          nonce the caller draws for each call. Of the first `done` nodes those that differ come back as
 *          [prefix, 0, 16 prints] or, where the responder has at most 32 ids, [prefix, 1, ids].
 * want     items by key or id; `more` when some known ones did not fit.
 * put      items the responder asked for, or (`rumour`) that are new and worth passing on; `missing` names authors whose
 *          certificates it lacks.
 * announce keys of fresh entries; the reply names those that the responder wants put now.
 * log      items in commit order after a sequence number of the responder, for a spore that has little.
 * listen   answered when something is announced or after LISTEN_MS: [scope, keys]… for spores nobody can call.
 * hello    exchanges cards and clocks, and proves which key answers at a URL; see request-signature.ts.
 *
 * Vectors for other implementations: shared/vectors/messages.json (a request and a reply of every kind, to the byte),
 * shared/vectors/replication.json (roots, prints, symbols, differences, a signed request, the rate of public entries,
 * forks) and shared/vectors/signed.json (entries, certificates). Roots: merkle-index.ts; symbols:
 * sketch.ts; which entries belong to a set at all: admission.ts, public-rule.ts, forks.ts.
 *
 * Versioning: the DNA in the peer card says which versions a spore speaks, and the highest one that both cards name is
 * used; a `hello` is always of version 1. Version 2 changes what is around a message, to a third of an idle round:
 *   - requests may be signed in the brief form (request-signature.ts), and then carry no `content-type`, nor need a short
 *     reply to them; whoever names a type names application/cbor;
 *   - requests may be zstd-coded.
 * It changes no message: `v`, the version of their shapes, is 1 in both. An unknown `v`, kind or member is refused with
 * 400, so a change of meaning needs a new one.
 */
import { certificateSchema } from "@synapse/shared/contract/certificate.ts";
import {
  ENTRY_BYTES_MAX,
  publicKeySchema,
  SIGNATURE_PATTERN,
  timeMsSchema,
} from "@synapse/shared/contract/entry.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import { z } from "zod";
import { KEY_CHARS, SKETCH_SYMBOLS_MAX, SYMBOL_BYTES } from "../replica/sketch.ts";
import type { WireEntry } from "../replica/wire-entry.ts";
import type { WireCard } from "./card-reader.ts";

/** Of the shapes of messages: their member `v`. */
export const WIRE_VERSION = 1;
/** The version of gossip from which on requests may be signed briefly, and zstd-coded. */
export const BRIEF_SINCE = 2;
/** One request's body. Holds 32 of the largest entries; more go in further requests. */
export const REQUEST_BYTES_MAX = 512 * 1024;
/** Items and symbols in one reply. */
export const REPLY_PAYLOAD_BYTES_MAX = 1024 * 1024;
/** The reply around its payload: keys not sent, framing. 16,384 keys of 8 bytes and change. */
export const REPLY_BYTES_MAX = REPLY_PAYLOAD_BYTES_MAX + 256 * 1024;
export const ITEMS_MAX = 1_000;
/** Nodes in one `descend`; 1,024 × 16 prints of 8 bytes is 128 KiB. */
export const NODES_MAX = 1_024;
export const CERTIFICATES_MAX = 256;
/** How long a `listen` is held open: below the idle limits of common proxies. */
export const LISTEN_MS = 25_000;
/** A call whose reply may be a megabyte, over a slow link. */
const FETCH_TIMEOUT_MS = 15_000;
/** A call with a short reply: long enough for a busy disk, short enough that a lost one is soon tried elsewhere. */
const TELL_TIMEOUT_MS = 5_000;
/** The slowest link that is waited for, bytes a millisecond: 400 kbit/s. */
const SLOW_BYTES_PER_MS = 50;
export const KEY_BYTES = KEY_CHARS / 2;
export const ID_BYTES = 32;
export const PRINT_BYTES = 8;

export type Scope = SharedLabel | "card";
export const SCOPES = ["public", "cluster", "card"] as const satisfies readonly Scope[];

/** The only things that can be put on the wire. A private entry is neither. */
export type Portable = WireEntry | WireCard;

const v = z.literal(WIRE_VERSION);
const scope = z
  .int()
  .min(0)
  .max(SCOPES.length - 1);
const count = z.int().min(0);

function bytes(unit: number, unitsMin: number, unitsMax: number) {
  return z.custom<Uint8Array>(
    (value) =>
      value instanceof Uint8Array &&
      value.byteLength % unit === 0 &&
      value.byteLength >= unit * unitsMin &&
      value.byteLength <= unit * unitsMax,
    `must be a byte string of ${unitsMin} to ${unitsMax} times ${unit} bytes`,
  );
}

const keys = (max: number) => bytes(KEY_BYTES, 0, max);
const symbols = bytes(SYMBOL_BYTES, 1, SKETCH_SYMBOLS_MAX);
const root = bytes(ID_BYTES, 1, 1);
/** By hand: a page holds a thousand, and a tuple of schemas takes several times as long and a copy of each. */
const item = z.custom<[text: string, signature: string]>(
  (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === "string" &&
    value[0].length <= ENTRY_BYTES_MAX &&
    typeof value[1] === "string" &&
    SIGNATURE_PATTERN.test(value[1]),
  `must be a text of at most ${ENTRY_BYTES_MAX} characters and its signature, 86 of base64url`,
);
const items = z.array(item).max(ITEMS_MAX);
const prefix = z.string().regex(/^[0-9a-f]{0,64}$/);
const certificates = z.array(certificateSchema).max(CERTIFICATES_MAX);

export const requestSchemas = {
  hello: z.strictObject({ v, url: z.string().max(500), card: item }),
  compare: z.strictObject({ v, in: scope, root, n: count, sym: symbols.optional() }),
  sketch: z.strictObject({
    v,
    in: scope,
    from: z.int().min(0).max(SKETCH_SYMBOLS_MAX),
    to: z.int().min(1).max(SKETCH_SYMBOLS_MAX),
  }),
  descend: z.strictObject({
    v,
    in: scope,
    nonce: bytes(8, 1, 1),
    nodes: z.array(z.tuple([prefix, bytes(PRINT_BYTES, 1, 1)])).max(NODES_MAX),
  }),
  want: z.strictObject({ v, in: scope, keys: keys(ITEMS_MAX), ids: bytes(ID_BYTES, 0, ITEMS_MAX) }),
  put: z.strictObject({ v, in: scope, items, certs: certificates, rumour: z.boolean() }),
  announce: z.strictObject({ v, in: scope, keys: keys(ITEMS_MAX) }),
  log: z.strictObject({ v, in: scope, after: count, limit: z.int().min(1).max(ITEMS_MAX) }),
  certificates: z.strictObject({ v, keys: z.array(publicKeySchema).max(CERTIFICATES_MAX) }),
  listen: z.strictObject({ v }),
} as const;

const descendNode = z.union([
  z.tuple([prefix, z.literal(0), bytes(PRINT_BYTES, 16, 16)]),
  z.tuple([prefix, z.literal(1), bytes(ID_BYTES, 0, 32)]),
]);

export const replySchemas = {
  hello: z.strictObject({ card: item, at: timeMsSchema }),
  compare: z.discriminatedUnion("is", [
    z.strictObject({ is: z.literal("equal") }),
    z.strictObject({
      is: z.literal("diff"),
      items,
      have: keys(SKETCH_SYMBOLS_MAX),
      want: keys(SKETCH_SYMBOLS_MAX),
      root,
      n: count,
    }),
    z.strictObject({ is: z.literal("sketch"), sym: symbols, root, n: count }),
    z.strictObject({ is: z.literal("split"), root, n: count }),
  ]),
  sketch: z.strictObject({ sym: symbols, n: count }),
  descend: z.strictObject({
    done: z.int().min(0).max(NODES_MAX),
    nodes: z.array(descendNode).max(NODES_MAX),
  }),
  want: z.strictObject({ items, more: z.boolean() }),
  put: z.strictObject({
    stored: count,
    known: count,
    rejected: count,
    missing: z.array(publicKeySchema).max(ITEMS_MAX),
  }),
  announce: z.strictObject({ want: keys(ITEMS_MAX) }),
  log: z.strictObject({ items, seq: count, n: count }),
  certificates: z.strictObject({ certs: certificates }),
  listen: z.strictObject({ news: z.array(z.tuple([scope, keys(ITEMS_MAX)])).max(SCOPES.length) }),
} as const;

export type Kind = keyof typeof requestSchemas;
export const KINDS = Object.keys(requestSchemas) as readonly Kind[];
export type Request_<K extends Kind> = z.infer<(typeof requestSchemas)[K]>;
export type Reply<K extends Kind> = z.infer<(typeof replySchemas)[K]>;
export type Item = z.infer<typeof item>;

export function isKind(text: string): text is Kind {
  return Object.hasOwn(requestSchemas, text);
}

/** How long a caller waits for the reply to a request of so many bytes. */
export function callTimeoutMs(kind: Kind, requestBytes: number): number {
  if (kind === "listen") return LISTEN_MS + FETCH_TIMEOUT_MS;
  const short = kind === "put" || kind === "announce" || kind === "hello";
  return (short ? TELL_TIMEOUT_MS : FETCH_TIMEOUT_MS) + Math.ceil(requestBytes / SLOW_BYTES_PER_MS);
}

export function scopeToWire(name: Scope): number {
  return SCOPES.indexOf(name);
}

export function scopeFromWire(index: number): Scope {
  return SCOPES[index] ?? "public";
}

export function toItem(portable: Portable): Item {
  return [portable.text, portable.signature];
}

/** Bytes an item adds to a message, at most: both strings, their lengths and the tuple. */
export function itemBytes(portable: Portable): number {
  // A UTF-16 unit takes at most three bytes of UTF-8; Buffer counts exactly and natively.
  return Buffer.byteLength(portable.text) + portable.signature.length + 8;
}

/** Splits joined byte strings into hex, `unit` bytes each. */
export function bytesToHexList(joined: Uint8Array, unit: number): string[] {
  const hex = Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength).toString("hex");
  const list: string[] = [];
  for (let at = 0; at < hex.length; at += unit * 2) list.push(hex.slice(at, at + unit * 2));
  return list;
}

export function hexListToBytes(list: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(list.join(""), "hex"));
}
