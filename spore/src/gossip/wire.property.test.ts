/** The wire decoders on honest, mutated and random bytes: a value of the right shape or an error, never a throw. */
import { describe, expect, test } from "bun:test";
import { encode } from "cborg";
import fc from "fast-check";
import { decodeBody, encodeBody } from "./body.ts";
import { KINDS, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, replySchemas, requestSchemas } from "./wire.ts";
import { type Message, mangled, replies, requests } from "./wire-messages.fixture.ts";

const schemas = KINDS.flatMap((kind) => [requestSchemas[kind], replySchemas[kind]]);
const messages: readonly {
  readonly name: string;
  readonly honest: fc.Arbitrary<Message>;
  readonly schema: (typeof schemas)[number];
  readonly max: number;
}[] = KINDS.flatMap((kind) => [
  { name: `request ${kind}`, honest: requests[kind], schema: requestSchemas[kind], max: REQUEST_BYTES_MAX },
  { name: `reply ${kind}`, honest: replies[kind], schema: replySchemas[kind], max: REPLY_BYTES_MAX },
]);

describe.each(messages)("$name", ({ honest, schema, max }) => {
  /** A value of the right shape, which says the same when it is sent on, or an error; never a throw. */
  function expectSound(body: Uint8Array): void {
    const decoded = decodeBody(body, null, max, schema);
    if (!decoded.ok) expect(["malformed", "too_large"]).toContain(decoded.error.kind);
    else {
      const again = decodeBody(encodeBody(decoded.value as object, false).bytes, null, max, schema);
      expect(again).toEqual(decoded);
    }
  }

  test("what was encoded decodes to itself, packed or not", () => {
    fc.assert(
      fc.property(honest, fc.boolean(), (message, compressible) => {
        const body = encodeBody(message, compressible);
        const decoded = decodeBody(body.bytes, body.encoding, max, schema);
        expect(decoded).toEqual({ ok: true, value: message as never });
      }),
    );
  });

  test("changed bytes, cut ends and appended ones decode to their shape or to an error", () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255));
    const wound = fc.record({
      bytes: fc.array(mutation, { maxLength: 6 }),
      cut: fc.option(fc.nat()),
      more: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(honest, wound, (message, { bytes, cut, more }) => {
        const body = encode(message);
        for (const [at, value] of bytes) body[at % body.length] = value;
        expectSound(
          new Uint8Array([...body.subarray(0, cut === null ? body.length : cut % body.length), ...more]),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("a member more or less is refused", () => {
    fc.assert(
      fc.property(honest, fc.nat(), fc.string({ maxLength: 8 }), (message, at, name) => {
        const names = Object.keys(message).filter((key) => key !== "sym" || !("v" in message));
        const { [names[at % names.length] ?? ""]: _, ...less } = message;
        expect(decodeBody(encode(less), null, max, schema).ok).toBe(false);
        fc.pre(!(name in message));
        // Not by assignment: `__proto__` is to be a member like any other.
        const more = Object.fromEntries([...Object.entries(message), [name, 1]]);
        expect(decodeBody(encode(more), null, max, schema).ok).toBe(false);
      }),
    );
  });

  test("strange values anywhere inside decode to the right shape or to an error", () => {
    fc.assert(
      fc.property(mangled(honest), (message) => expectSound(encode(message))),
      { numRuns: 200 },
    );
  });
});

describe("wire", () => {
  test("random bytes, packed or not, never throw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(null, "gzip", "br", ""),
        (body, encoding) => {
          for (const schema of schemas) decodeBody(body, encoding, REPLY_BYTES_MAX, schema);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any JSON-like value is refused unless it has the shape", () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: false }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as object;
        expect(decodeBody(encode(plain), null, REQUEST_BYTES_MAX, requestSchemas.put).ok).toBe(false);
      }),
    );
  });

  test("an idle round costs at most 64 bytes of bodies", () => {
    const ask = encodeBody({ v: 1, in: 0, root: new Uint8Array(32), n: 1_000_000 }, false);
    const equal = encodeBody({ is: "equal" }, true);
    expect(ask.bytes.byteLength + equal.bytes.byteLength).toBeLessThanOrEqual(64);
  });

  test("a decompression bomb stops at the cap", () => {
    const bomb = new Uint8Array(Bun.gzipSync(new Uint8Array(200_000_000)));
    const before = process.memoryUsage().rss;
    const decoded = decodeBody(bomb, "gzip", REQUEST_BYTES_MAX, requestSchemas.put);
    expect(decoded).toMatchObject({ ok: false, error: { kind: "too_large" } });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});
